package mlflow_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestPagesAndIds(t *testing.T) {
	id := trace.TraceID{15: 1}
	ui := mlflow.NewUI("https://mlflow.example/team/")
	const experiment = "https://mlflow.example/team/#/experiments/7"
	for name, c := range map[string]struct{ got, want string }{
		"run":           {ui.Run("7", "a1"), experiment + "/runs/a1"},
		"artifacts":     {ui.RunArtifacts("7", "a1"), experiment + "/runs/a1/artifacts"},
		"runs":          {ui.Runs("7", "tags.job_id = 'é 1'"), experiment + "/runs?searchFilter=tags.job_id+%3D+%27%C3%A9+1%27"},
		"trace":         {ui.Trace("7", id), experiment + "/traces?selectedEvaluationId=tr-00000000000000000000000000000001"},
		"relative run":  {mlflow.UI{}.Run("7", "a1"), "#/experiments/7/runs/a1"},
		"pasted":        {mlflow.NewUI("https://mlflow.example/team/#/experiments/1").Run("7", "a1"), experiment + "/runs/a1"},
		"workspace":     {ui.InWorkspace("team-a").Run("7", "a1"), experiment + "/runs/a1?workspace=team-a"},
		"trace in one":  {ui.InWorkspace("team-a").Trace("7", id), experiment + "/traces?selectedEvaluationId=tr-00000000000000000000000000000001&workspace=team-a"},
		"prompt":        {ui.Prompt(mlflow.PromptRef{Name: "p", Version: "3"}), "https://mlflow.example/team/#/prompts/p?promptVersion=3"},
		"prompt in one": {ui.PromptIn("7", mlflow.PromptRef{Name: "p", Version: "3"}), "https://mlflow.example/team/#/experiments/7/prompts/p?promptVersion=3"},
		"default one":   {ui.InWorkspace("default").Run("7", "a1"), experiment + "/runs/a1"},
		"id of a trace": {mlflow.TraceID(id), "tr-00000000000000000000000000000001"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	one := mlflow.FeedbackID(id, "U1", "thumbs")
	if len(one) != 34 || one != mlflow.FeedbackID(id, "U1", "thumbs") {
		t.Errorf("the same opinion has ids %s and %s", one, mlflow.FeedbackID(id, "U1", "thumbs"))
	}
	for name, other := range map[string]string{
		"trace": mlflow.FeedbackID(trace.TraceID{15: 2}, "U1", "thumbs"), "user": mlflow.FeedbackID(id, "U2", "thumbs"), "name": mlflow.FeedbackID(id, "U1", "tone"),
	} {
		if other == one {
			t.Errorf("another %s has the same id", name)
		}
	}
}
