package datasets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// From says why a job becomes a row.
type From string

// The reasons for which jobs become rows.
const (
	FromFeedback From = "feedback" // a person judged its comment
	FromGates    From = "gates"    // its comment did not pass the gates
	FromJobs     From = "jobs"     // it ended, however
)

// Query says which jobs become rows.
type Query struct {
	ExperimentID string
	From         []From
	Since        time.Time // of the jobs' begin; zero for all
	Filter       string    // in MLflow's syntax of searches for traces; empty for all
	// Verdict is the name of what people judge.
	Verdict string
}

// Names that runs and traces of jobs have in MLflow, see package mlflowview.
const (
	runOfTrace   = "tags.`" + mlflowattr.TraceIDTag + "` = '%s' and tags.stage = 'retrieval'"
	evidenceFile = "evidence.json"
	gatePrefix   = "gate_"
	gatesVerdict = "gates" // why it is no says which gates did not pass; others of a low score only warned
)

// Jobs are those that a query has found, the oldest first.
type Jobs struct {
	query  Query
	traces []mlflow.TraceInfo
}

// None reports whether the query has found none.
func (j Jobs) None() bool { return len(j.traces) == 0 }

// Jobs asks the server for the jobs of the query. What is wrong with the filter is the server's answer, and
// nothing has been made then.
func (q Query) Jobs(ctx context.Context, c *mlflow.Client) (Jobs, error) {
	var chosen []mlflow.TraceInfo
	err := c.Traces(ctx, q.ExperimentID, q.search(), func(t mlflow.TraceInfo) error {
		if len(q.reasons(t)) > 0 {
			chosen = append(chosen, t)
		}
		if len(chosen) > MaxRows {
			return fmt.Errorf("there are more than %d such jobs: narrow them down by --since or --filter", MaxRows)
		}
		return nil
	})
	slices.Reverse(chosen) // what was said last counts
	return Jobs{q, chosen}, err
}

// Build adds jobs as rows. Each is counted, or skipped with its reason; what several jobs
// say of the same content comes together in one row. It may be called again: what did not change
// meanwhile changes nothing. A job's evidence is what its run has stored: nothing is fetched.
func (w *Writer) Build(ctx context.Context, jobs Jobs) error {
	q := jobs.query
	rows, order := map[string]*gathered{}, []string{}
	size := 0
	for _, t := range jobs.traces {
		in, why, err := w.inputs(ctx, q.ExperimentID, t)
		if err != nil {
			return fmt.Errorf("read the evidence of %s: %w", t.TraceID, err)
		}
		if why != "" {
			w.Skip(t.TraceID, why)
			continue
		}
		r := Row{Inputs: in.timeless(), Source: Source{t.TraceID}}
		digest := r.Inputs.Digest()
		if rows[digest] == nil {
			text, err := json.Marshal(r.Inputs)
			if size += len(text); err != nil || size > MaxRead {
				return fmt.Errorf("they have more than %d MiB of evidence: narrow them down by --since or --filter", MaxRead>>20)
			}
			rows[digest] = &gathered{row: r}
			order = append(order, digest)
		}
		q.describe(rows[digest], t)
	}
	for _, digest := range order {
		if err := w.Put(ctx, rows[digest].whole()); err != nil {
			return err
		}
	}
	return nil
}

// search is the part of the query that the server answers.
func (q Query) search() string {
	var parts []string
	if !q.Since.IsZero() {
		parts = append(parts, fmt.Sprintf("attributes.timestamp_ms >= %d", q.Since.UnixMilli()))
	}
	if q.Filter != "" {
		parts = append(parts, q.Filter)
	}
	return strings.Join(parts, " AND ")
}

// reasons are those of the query for which a job becomes a row; none for what is no job.
func (q Query) reasons(t mlflow.TraceInfo) []string {
	outcome := t.Tags[mlflowview.OutcomeTag]
	if outcome == "" {
		return nil
	}
	var out []string
	for _, from := range q.From {
		switch {
		case from == FromJobs, from == FromGates && outcome == string(job.OutcomeGateFailed),
			from == FromFeedback && len(q.verdicts(t)) > 0:
			out = append(out, string(from))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// verdicts are what people judged, in an order that does not change.
func (q Query) verdicts(t mlflow.TraceInfo) []mlflow.Assessment {
	var out []mlflow.Assessment
	for _, a := range t.Assessments {
		if a.Source.Type == "HUMAN" && a.Feedback != nil && a.Name == q.Verdict {
			out = append(out, a)
		}
	}
	sortByID(out)
	return out
}

func sortByID(as []mlflow.Assessment) {
	slices.SortFunc(as, func(a, b mlflow.Assessment) int { return cmp.Compare(a.ID, b.ID) })
}

// inputs are the link and the evidence of a job, or why there are none.
func (w *Writer) inputs(ctx context.Context, experimentID string, t mlflow.TraceInfo) (in Inputs, why string, err error) {
	found, _, err := w.client.SearchRuns(ctx, mlflow.RunSearch{
		ExperimentIDs: []string{experimentID}, MaxResults: 1,
		Filter: fmt.Sprintf(runOfTrace, strings.TrimPrefix(t.TraceID, "tr-")),
	})
	if err != nil {
		return in, "", err
	}
	if len(found) == 0 {
		return in, "it has no run of its retrieval", nil
	}
	body, err := w.client.GetArtifact(ctx, found[0].Info.ArtifactRoot(), evidenceFile)
	var elsewhere *mlflow.ArtifactStoreError
	switch {
	case mlflow.IsNotFound(err) && found[0].Info.Status == string(runs.Running): // files come before the end
		return in, "it is not delivered completely yet: build again in a moment", nil
	case mlflow.IsNotFound(err), errors.As(err, &elsewhere):
		return in, "its run has no " + evidenceFile + ", as with MLFLOW_ENABLE_ARTIFACTS=false or without the capture of content", nil
	case err != nil:
		return in, "", err
	}
	ev := new(job.Evidence)
	switch {
	case json.Unmarshal(body, ev) != nil || ev.URL == "":
		return in, "its " + evidenceFile + " can't be read", nil
	case ev.Coverage == job.CoverageFailed || ev.Text == "" && len(ev.Snippets) == 0:
		return in, "its page could not be read", nil
	case !isLink(t.RequestPreview):
		return in, "it answers a question", nil
	}
	return Inputs{URL: ev.URL, Evidence: ev}, "", nil
}

// isLink reports whether a trace's preview, which is what was asked, is a link or the beginning of one.
func isLink(preview string) bool {
	return (strings.HasPrefix(preview, "http://") || strings.HasPrefix(preview, "https://")) && !strings.ContainsAny(preview, " \t\r\n")
}

// describe adds to a row what is known of one of its jobs.
func (q Query) describe(g *gathered, t mlflow.TraceInfo) {
	r := &g.row
	if r.Expectations == nil {
		r.Expectations, r.Tags = map[string]any{}, map[string]string{}
	}
	add := func(tag string, values ...string) {
		all := append(strings.FieldsFunc(r.Tags[tag], func(c rune) bool { return c == ',' }), values...)
		slices.Sort(all)
		if all = slices.Compact(all); len(all) > 0 {
			r.Tags[tag] = strings.Join(all, ",")
		}
	}
	r.Source.TraceID = t.TraceID
	r.Tags[mlflowview.OutcomeTag] = t.Tags[mlflowview.OutcomeTag]
	if d := t.Tags[mlflowview.DomainTag]; d != "" {
		r.Tags[mlflowview.DomainTag] = d
	}
	add("from", q.reasons(t)...)
	reasons, _ := r.Expectations[Reasons].([]any)
	for _, a := range q.verdicts(t) {
		verdict, mark := "good", "👍"
		if a.Feedback.Value != true {
			verdict, mark = "bad", "👎"
		}
		add("feedback", verdict)
		if why := reasonOf(a); why != "" && !slices.Contains(reasons, any(mark+" "+why)) {
			reasons = append(reasons, mark+" "+why)
		}
	}
	if len(reasons) > 0 {
		r.Expectations[Reasons] = reasons
	}
	assessments := slices.Clone(t.Assessments)
	sortByID(assessments)
	stopped := ""
	for _, a := range assessments {
		if a.Name == gatesVerdict && a.Source.Type == "CODE" {
			stopped = "; " + a.Rationale
		}
	}
	for _, a := range assessments {
		switch {
		case a.Expectation != nil && a.Name == ExpectedResponse:
			g.correct(a)
		case a.Expectation != nil:
			r.Expectations[a.Name] = valueOf(*a.Expectation)
		}
		score, judged := valueOfFeedback(a).(float64)
		if name, ok := strings.CutPrefix(a.Name, gatePrefix); ok && judged && score < 1 && strings.Contains(stopped, "; "+name+": ") {
			add("failed_gates", name)
		}
	}
}

// reasonOf is why a person judged so, without the person's name. What was written in MLflow's own pages is
// the rationale alone.
func reasonOf(a mlflow.Assessment) string {
	if why, ours := a.Metadata[ReasonKey]; ours {
		return why
	}
	if strings.HasSuffix(a.Rationale, " in Slack") { // of earlier versions: a name and no reason
		return ""
	}
	return a.Rationale
}

// valueOf is what an expectation says.
func valueOf(e mlflow.Expectation) any {
	var v any
	if e.Serialized != nil && json.Unmarshal([]byte(e.Serialized.Value), &v) == nil {
		return v
	}
	return e.Value
}

// valueOfFeedback is nil for what is none.
func valueOfFeedback(a mlflow.Assessment) any {
	if a.Feedback == nil {
		return nil
	}
	return a.Feedback.Value
}
