package runs

import (
	"strings"
	"testing"
)

func TestVerdictsBecomeAssessments(t *testing.T) {
	evaluation := func(at uint64, attrs m) event {
		return event{Name: "gen_ai.evaluation.result", At: at, Attrs: attrs}
	}
	for name, c := range map[string]struct {
		attrs  m
		value  any // nil: none
		source string
	}{
		"a word for yes": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.label": "Passed",
			"gen_ai.evaluation.score.value": 1}, true, "CODE"},
		"a word for yes, and how far": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.label": "Passed",
			"gen_ai.evaluation.score.value": 0.8}, 0.8, "CODE"},
		"a word for no": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.label": "fail"}, false, "CODE"},
		"a score": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 0.5,
			"gen_ai.evaluation.score.label": "fair"}, 0.5, "CODE"},
		"a word": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.label": "fair"}, "fair", "CODE"},
		"a model's": {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 1, "gen_ai.request.model": "m"}, 1.0,
			"LLM_JUDGE"},
		"neither":             {m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.explanation": "well"}, nil, ""},
		"nameless":            {m{"gen_ai.evaluation.score.value": 1}, nil, ""},
		"a name with a slash": {m{"gen_ai.evaluation.name": "gate/n", "gen_ai.evaluation.score.value": 1}, 1.0, "CODE"},
	} {
		p := one(t, traceOf(span{Name: "job", To: 9, Events: []event{evaluation(1, c.attrs)}}), Rules{})
		list := p.Trace.Assessments
		if c.value == nil {
			if len(list) != 0 {
				t.Errorf("%s: %+v", name, list)
			}
			continue
		}
		if len(list) != 1 || list[0].Value != c.value || list[0].SourceType != c.source || strings.Contains(list[0].Name, "/") {
			t.Errorf("%s: %+v", name, list)
		}
	}
	nameless := one(t, traceOf(span{Name: "job", To: 9, Events: []event{evaluation(1, nil)}}), Rules{})
	if len(nameless.Notes) != 1 || !strings.Contains(nameless.Notes[0], "has no gen_ai.evaluation.name") {
		t.Errorf("notes %q", nameless.Notes)
	}
}

// MLflow knows assessments by their ids: of two verdicts of one name the later stands,
// and sending one again updates it.
func TestTheLaterVerdictStands(t *testing.T) {
	verdict := func(at uint64, score int) event {
		return event{Name: "gen_ai.evaluation.result", At: at, Attrs: m{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": score}}
	}
	judge := span{Name: "judge 123456789012", Parent: "stage", From: 2, To: 8, Events: []event{verdict(5, 2), verdict(3, 1)}}
	spans := []span{{Name: "job", To: 9}, {Name: "stage", Parent: "job", From: 1, To: 9}, judge}
	p := one(t, traceOf(spans...), Rules{})
	again := one(t, traceOf(spans...), Rules{OnlyListed: true})
	if list := p.Trace.Assessments; len(list) != 1 || list[0].Value != 2.0 || list[0].SourceID != "stage" {
		t.Errorf("assessments %+v", list)
	}
	if list := again.Trace.Assessments; len(list) != 1 || list[0].ID != p.Trace.Assessments[0].ID || list[0].SourceID != "judge {id}" {
		t.Errorf("without a run the span is the source, under the same id: %+v", list)
	}
}
