package runs

import (
	"slices"
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

// assessments reads a span's evaluation events. The source is the run that judged,
// or the span where there is none; of several verdicts of one name the last stands.
func assessments(t counted, s *tree.Span, source string, n *notes.Notes) []Assessment {
	if source == "" {
		source = naming.Stable(s.PB.GetName())
	}
	var out []Assessment
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
		verdict := verdictOf(a)
		if verdict == nil {
			continue
		}
		name = strings.ReplaceAll(naming.Key(name), "/", "_")
		as := Assessment{
			ID: mlflowid.Evaluation(t.ID.String(), s.ID.String(), name), Name: name, SpanID: s.ID, SourceType: sourceCode,
			SourceID: source, Value: verdict, Rationale: value.Word(a["gen_ai.evaluation.explanation"]),
		}
		if t.tally.Of(s).Kind.Model() || value.Word(a["gen_ai.request.model"]) != "" {
			as.SourceType = sourceJudge
		}
		if i := slices.IndexFunc(out, func(o Assessment) bool { return o.ID == as.ID }); i >= 0 {
			out[i] = as
			continue
		}
		out = append(out, as)
	}
	return out
}

// verdictOf reads what was found: a word for yes or no is a bool, else the score,
// else the word; nil when the event says none of them.
func verdictOf(a map[string]any) any {
	label := value.Word(a["gen_ai.evaluation.score.label"])
	switch strings.ToLower(label) {
	case "pass", "passed", "true", "yes":
		return true
	case "fail", "failed", "false", "no":
		return false
	}
	if score, ok := value.Number(a["gen_ai.evaluation.score.value"]); ok {
		return score
	}
	if label != "" {
		return label
	}
	return nil
}
