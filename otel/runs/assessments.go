package runs

import (
	"cmp"
	"strings"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Who judged, in MLflow's own words (mlflow.entities.AssessmentSourceType).
const (
	sourceCode  = "CODE"
	sourceJudge = "LLM_JUDGE"
)

// maxAssessments bounds the judgements of one trace: MLflow's page lists all of them, and
// takes them in one request with the trace.
const maxAssessments = 1000

// assessments reads a span's evaluation events. The source is the run that judged,
// or the span where there is none; of several verdicts of one name the last stands.
// There are at most so many names.
func assessments(t counted, s *tree.Span, source string, most int, n *notes.Notes) []Assessment {
	if source == "" {
		source = naming.Stable(s.PB.GetName())
	}
	_, row := memberOf(s.PB)
	var out []Assessment
	at := map[string]int{} // by id
	for _, e := range dialect.SortedEvents(s.PB.GetEvents()) {
		if e.GetName() != dialect.EvaluationEvent {
			continue
		}
		a := value.Attributes(e.GetAttributes())
		name := strings.TrimSpace(value.Word(a["gen_ai.evaluation.name"]))
		if name == "" {
			n.Add("event %s of span %q has no gen_ai.evaluation.name", dialect.EvaluationEvent, s.PB.GetName())
			continue
		}
		verdict, failed := verdictOf(a), value.Word(a["error.type"])
		if verdict == nil && failed == "" {
			continue
		}
		name = assessmentName(name)
		id := mlflowid.Evaluation(t.ID.String(), s.ID.String(), name)
		i, known := at[id]
		if !known && len(out) >= most {
			n.Add("more than %d assessments: the rest is in the events of the trace's spans", maxAssessments)
			continue
		}
		as := Assessment{
			ID: id, Name: name, SpanID: s.ID, SourceType: sourceCode,
			SourceID: source, Value: verdict, Rationale: value.Word(a["gen_ai.evaluation.explanation"]),
		}
		if verdict == nil {
			as.Error = failed
		}
		judge := value.Word(a["gen_ai.request.model"])
		if t.tally.Of(s).Kind.Model() || judge != "" {
			as.SourceType = sourceJudge
		}
		if row { // as mlflow.genai.evaluate says it
			as.SourceID = cmp.Or(judge, name)
		}
		if known {
			out[i] = as
			continue
		}
		at[id] = len(out)
		out = append(out, as)
	}
	return out
}

// verdictOf reads what was found: a word for yes or no is a bool, unless a score says more than
// that, of which MLflow has averages; else the score, else the word; nil when the event says none
// of them.
func verdictOf(a map[string]any) any {
	label := value.Word(a["gen_ai.evaluation.score.label"])
	score, scored := value.Number(a["gen_ai.evaluation.score.value"])
	if !scored || score == 0 || score == 1 {
		switch strings.ToLower(label) {
		case "pass", "passed", "true", "yes":
			return true
		case "fail", "failed", "false", "no":
			return false
		}
	}
	if scored {
		return score
	}
	if label != "" {
		return label
	}
	return nil
}
