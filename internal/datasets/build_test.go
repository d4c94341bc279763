package datasets_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// world writes jobs to MLflow as their delivery does, as far as datasets see it.
type world struct {
	t      *testing.T
	client *mlflow.Client
	exp    string
	n      int
}

// job writes a job: its trace with assessments, and the run of its retrieval with the evidence; none for "".
func (w *world) job(outcome job.Outcome, preview, evidence string, as ...mlflow.Assessment) trace.TraceID {
	w.t.Helper()
	w.n++
	var id trace.TraceID
	copy(id[:], fmt.Sprintf("%016d", time.Now().UnixNano()))
	begin := time.Now().Add(-time.Hour + time.Duration(w.n)*time.Second)
	for i := range as {
		as[i].ID, as[i].TraceID = mlflow.FeedbackID(id, as[i].Source.ID, as[i].Name), mlflow.TraceID(id)
	}
	info := mlflow.TraceInfo{
		TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(w.exp), RequestTime: mlflow.FormatTime(begin), State: "OK", RequestPreview: preview,
		Tags: map[string]string{"outcome": string(outcome), "domain": "e.com"}, Assessments: as,
	}
	if err := w.client.PutTraceInfo(w.t.Context(), info); err != nil {
		w.t.Fatal(err)
	}
	run, err := w.client.CreateRun(w.t.Context(), mlflow.RunSpec{ExperimentID: w.exp, Start: begin, Tags: []mlflow.Tag{
		{Key: mlflowattr.TraceIDTag, Value: id.String()}, {Key: "stage", Value: "retrieval"},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	if evidence == underWay {
		return id
	}
	if err := w.client.UpdateRun(w.t.Context(), run.Info.RunID, "FINISHED", time.Now(), ""); err != nil {
		w.t.Fatal(err)
	}
	if evidence == "" {
		return id
	}
	if err := w.client.PutArtifact(w.t.Context(), run.Info.ArtifactRoot(), "evidence.json", []byte(evidence)); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// underWay stands for the evidence of a job that is being delivered.
const underWay = "under way"

// found is evidence as a job stores it.
func found(url, text string) string {
	b, err := json.Marshal(job.Evidence{
		URL: url, Title: "T", Text: text, Coverage: job.CoverageFull, Sources: []job.Source{{URL: url, FetchedAt: time.Now()}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// said is what a person thinks, with the reason as the worker writes it.
func said(user string, good bool, why string) mlflow.Assessment {
	return mlflow.Assessment{
		Name: "helpful", Source: mlflow.AssessmentSource{Type: "HUMAN", ID: user}, Feedback: &mlflow.Feedback{Value: good},
		Rationale: why + "\n\nAlice Example reacted with 👎 in Slack", Metadata: map[string]string{datasets.ReasonKey: why},
	}
}

// wished is what a person would have liked to read.
func wished(user, text string) mlflow.Assessment {
	return mlflow.Assessment{
		Name: datasets.ExpectedResponse, Source: mlflow.AssessmentSource{Type: "HUMAN", ID: user}, Expectation: &mlflow.Expectation{Value: text},
	}
}

func gate(name string, score float64) mlflow.Assessment {
	return mlflow.Assessment{Name: "gate_" + name, Source: mlflow.AssessmentSource{Type: "CODE", ID: "gates"}, Feedback: &mlflow.Feedback{Value: score}}
}

// stopped is the verdict of all gates, with those that did not pass; others only warned.
func stopped(why string) mlflow.Assessment {
	return mlflow.Assessment{Name: "gates", Source: mlflow.AssessmentSource{Type: "CODE", ID: "gates"}, Feedback: &mlflow.Feedback{Value: false}, Rationale: why}
}

// build runs a query and returns what became of it in a line.
func (w *world) build(name string, q datasets.Query) string {
	w.t.Helper()
	writer, err := datasets.NewWriter(w.t.Context(), w.client, w.exp, name)
	if err != nil {
		w.t.Fatal(err)
	}
	q.ExperimentID, q.Verdict = w.exp, "helpful"
	jobs, err := q.Jobs(w.t.Context(), w.client)
	if err == nil {
		err = writer.Build(w.t.Context(), jobs)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	done, err := writer.Close(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	out := fmt.Sprintf("%d added, %d changed, %d unchanged", done.Added, done.Changed, done.Unchanged)
	for _, s := range done.Skipped {
		out += "; " + s.Why
	}
	return out
}

func TestJobsBecomeRows(t *testing.T) {
	c, exp := mlflowFor(t)
	w := &world{t: t, client: c, exp: exp}
	const page = "https://e.com/a?b=1&c=2"
	w.job(job.OutcomeSuccess, page, found(page, "text"), gate("links", 1)) // nobody said anything
	w.job(job.OutcomeSuccess, page, found(page, "text"), said("U0ALICE01", false, "ask <@U0BOBBY02>"), wished("U0ALICE01", "Write to ann@e.com"))
	w.job(job.OutcomeSuccess, page, found(page, "text"), said("U0BOBBY02", true, "")) // the same page, again
	other := w.job(job.OutcomeGateFailed, "https://e.com/2", found("https://e.com/2", "more"), gate("links", 0), gate("numbers", 0.5), gate("copy", 0), gate("tldr", 1),
		stopped("links: 2 lead nowhere; numbers: 3 of 6 are not on the page; see tldr: too"))
	w.job(job.OutcomeSuccess, "https://e.com/3", "", said("U0ALICE01", false, "gone"))
	w.job(job.OutcomeSuccess, "https://e.com/6", underWay, said("U0ALICE01", false, "later"))
	w.job(job.OutcomeSuccess, "https://e.com/4 says so?", found("https://e.com/4", "of a question"), said("U0ALICE01", false, ""))
	w.job("", "https://e.com/5", found("https://e.com/5", "of no job"), said("U0ALICE01", false, ""))

	both := datasets.Query{From: []datasets.From{datasets.FromFeedback, datasets.FromGates}}
	skips := "; its run has no evidence.json, as with MLFLOW_ENABLE_ARTIFACTS=false or without the capture of content" +
		"; it is not delivered completely yet: build again in a moment; it answers a question"
	if got := w.build("d", both); got != "2 added, 0 changed, 0 unchanged"+skips {
		t.Errorf("first: %s", got)
	}
	if got := w.build("d", both); got != "0 added, 0 changed, 2 unchanged"+skips {
		t.Errorf("again: %s", got)
	}
	d, err := datasets.Read(t.Context(), c, exp, "d")
	if err != nil || len(d.Rows) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	rows := map[string]datasets.Row{}
	for _, r := range d.Rows {
		rows[r.Inputs.URL] = r
	}
	r := rows[page]
	if got := fmt.Sprint(r.Expectations); got != "map[expected_response:Write to [e-mail] reasons:[👎 ask [person]]]" {
		t.Errorf("expectations %s", got)
	}
	if want := map[string]string{"from": "feedback", "feedback": "bad,good", "outcome": "success", "domain": "e.com"}; !maps.Equal(r.Tags, want) {
		t.Errorf("tags %v", r.Tags)
	}
	if r.Inputs.Evidence.Text != "text" || r.Inputs.Evidence.Title != "T" {
		t.Errorf("evidence %+v", r.Inputs.Evidence)
	}
	r = rows["https://e.com/2"]
	if want := map[string]string{"from": "gates", "failed_gates": "links,numbers", "outcome": "gate_failed", "domain": "e.com"}; !maps.Equal(r.Tags, want) ||
		len(r.Expectations) != 0 || r.Source.TraceID != mlflow.TraceID(other) {
		t.Errorf("row of a gate: %+v", r)
	}
	for _, r := range d.Rows {
		b, err := json.Marshal(r)
		if err != nil || strings.Contains(string(b), "Alice") || strings.Contains(string(b), "U0") {
			t.Errorf("a row names a person: %s, %v", b, err)
		}
	}

	// What is said later changes the row.
	w.job(job.OutcomeSuccess, page, found(page, "text"), said("U0ALICE01", false, "dull"), wished("U0ALICE01", "Be short"))
	if got := w.build("d", both); !strings.HasPrefix(got, "0 added, 1 changed, 1 unchanged") {
		t.Errorf("later: %s", got)
	}
	d, err = datasets.Read(t.Context(), c, exp, "d")
	i := slices.IndexFunc(d.Rows, func(r datasets.Row) bool { return r.Inputs.URL == page })
	if got := fmt.Sprint(d.Rows[i].Expectations); err != nil || got != "map[expected_response:Be short reasons:[👎 ask [person] 👎 dull]]" {
		t.Errorf("expectations %s, %v", got, err)
	}
}

func TestCorrectionsOfSeveralPeopleAreKept(t *testing.T) {
	c, exp := mlflowFor(t)
	w := &world{t: t, client: c, exp: exp}
	const page = "https://e.com/a"
	feedback := datasets.Query{From: []datasets.From{datasets.FromFeedback}}
	expects := func(want string) {
		t.Helper()
		w.build("d", feedback)
		d, err := datasets.Read(t.Context(), c, exp, "d")
		if err != nil || len(d.Rows) != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
		if got := fmt.Sprint(d.Rows[0].Expectations); got != want {
			t.Errorf("expectations %s, want %s", got, want)
		}
	}
	bad := said("U0ALICE01", false, "dull")
	of := func(a mlflow.Assessment, at int) mlflow.Assessment {
		a.Updated = time.Now().Add(-time.Hour + time.Duration(at)*time.Minute).UTC()
		return a
	}
	w.job(job.OutcomeSuccess, page, found(page, "text"), bad, of(wished("U0ALICE01", "Be short"), 3), of(wished("U0BOBBY02", "Be funny"), 2))
	expects("map[also_expected:[Be funny] expected_response:Be short reasons:[👎 dull]]")
	w.job(job.OutcomeSuccess, page, found(page, "text"), bad, of(wished("U0BOBBY02", "Be kind"), 4), of(wished("U0CAROL03", "Be short"), 1))
	expects("map[also_expected:[Be short] expected_response:Be kind reasons:[👎 dull]]")
}

func TestTheQuerySaysWhichJobs(t *testing.T) {
	c, exp := mlflowFor(t)
	w := &world{t: t, client: c, exp: exp}
	w.job(job.OutcomeSuccess, "https://e.com/1", found("https://e.com/1", "1"))
	w.job(job.OutcomeGateFailed, "https://e.com/2", found("https://e.com/2", "2"))
	w.job(job.OutcomeSuccess, "https://e.com/3", found("https://e.com/3", "3"), said("U0ALICE01", true, ""))
	all := []datasets.From{datasets.FromJobs}
	for name, c := range map[string]struct {
		q     datasets.Query
		added int
	}{
		"feedback": {datasets.Query{From: []datasets.From{datasets.FromFeedback}}, 1},
		"gates":    {datasets.Query{From: []datasets.From{datasets.FromGates}}, 1},
		"jobs":     {datasets.Query{From: all}, 3},
		"filtered": {datasets.Query{From: all, Filter: "tags.outcome = 'success'"}, 2},
		"recent":   {datasets.Query{From: all, Since: time.Now().Add(-30 * time.Minute)}, 0},
		"both":     {datasets.Query{From: all, Since: time.Now().Add(-2 * time.Hour), Filter: "tags.outcome = 'gate_failed'"}, 1},
		"none":     {datasets.Query{}, 0},
	} {
		if got, want := w.build(name, c.q), fmt.Sprintf("%d added, 0 changed, 0 unchanged", c.added); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := (datasets.Query{ExperimentID: exp, From: all, Filter: "tags.outcome is success"}).Jobs(t.Context(), c); err == nil ||
		!strings.Contains(err.Error(), "tags.outcome is success") {
		t.Errorf("a wrong filter: %v", err)
	}
}
