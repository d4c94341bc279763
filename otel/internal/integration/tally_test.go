package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// tally is what one server has of the traces of an experiment, by their ids.
type tally map[trace.TraceID]*kept

// kept is what a server has of one trace.
type kept struct {
	runs  map[string][]mlflow.Run // by the id of their span
	spans int
	err   error // of reading its spans
}

// whole says what is wrong with a trace that should be there as a whole; nil: nothing.
func (k *kept) whole() error {
	switch {
	case k == nil:
		return fmt.Errorf("nothing is there")
	case len(k.runs) != runsOfTrace:
		return fmt.Errorf("%d runs", len(k.runs))
	case k.err != nil:
		return fmt.Errorf("read its spans: %w", k.err)
	case k.spans != spansOfTrace:
		return fmt.Errorf("%d spans", k.spans)
	}
	for _, runs := range k.runs {
		if r := runs[0]; r.Info.Status != "FINISHED" || len(r.Data.Metrics) == 0 {
			return fmt.Errorf("run %s is %s, with metrics %v", r.Info.Name, r.Info.Status, r.Data.Metrics)
		}
	}
	return nil
}

// doubled reports whether a span has more than one run.
func (k *kept) doubled() bool {
	if k == nil {
		return false
	}
	for _, runs := range k.runs {
		if len(runs) > 1 {
			return true
		}
	}
	return false
}

// count reads back what a server has.
func count(t *testing.T, c *mlflow.Client, uri, experiment string) tally {
	t.Helper()
	e, _, err := c.EnsureExperiment(t.Context(), experiment, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := tally{}
	query := mlflow.RunSearch{ExperimentIDs: []string{e.ID}, View: "ALL", MaxResults: 1000}
	for more := true; more; more = query.PageToken != "" {
		var runs []mlflow.Run
		if runs, query.PageToken, err = c.SearchRuns(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			tags := mlflow.TagMap(r.Data.Tags)
			id, err := trace.TraceIDFromHex(tags[mlflowattr.TraceIDTag])
			if err != nil {
				t.Errorf("run %s is of trace %q", r.Info.RunID, tags[mlflowattr.TraceIDTag])
				continue
			}
			if out[id] == nil {
				out[id] = &kept{runs: map[string][]mlflow.Run{}}
			}
			span := tags[mlflowattr.SpanIDTag]
			out[id].runs[span] = append(out[id].runs[span], r)
		}
	}
	for id, k := range out {
		k.spans, k.err = spansOf(t.Context(), c, uri, id)
	}
	return out
}

// spansOf counts the spans of a trace, wherever the server keeps them.
func spansOf(ctx context.Context, c *mlflow.Client, uri string, id trace.TraceID) (int, error) {
	info, err := c.GetTraceInfo(ctx, mlflow.TraceID(id))
	if err != nil {
		return 0, err
	}
	if info.Tags["mlflow.trace.spansLocation"] != "TRACKING_STORE" {
		file, err := c.GetTraceData(ctx, info.ArtifactLocation())
		return bytes.Count(file, []byte(`"span_id":`)), err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri+"/api/3.0/mlflow/traces/get?trace_id="+mlflow.TraceID(id), http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var out struct {
		Trace struct {
			Spans []json.RawMessage `json:"spans"`
		} `json:"trace"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s, %w", resp.Status, err)
	}
	return len(out.Trace.Spans), nil
}

// mustHaveOnce checks that a server has each of the traces once and whole, and no
// others.
func mustHaveOnce(t *testing.T, c *mlflow.Client, uri, experiment string, sent []trace.TraceID) {
	t.Helper()
	got := count(t, c, uri, experiment)
	for _, id := range sent {
		if err := got[id].whole(); err != nil {
			t.Errorf("trace %s: %v", id, err)
		} else if got[id].doubled() {
			t.Errorf("trace %s has runs twice", id)
		}
	}
	for id := range got {
		if !slices.Contains(sent, id) {
			t.Errorf("trace %s was never sent", id)
		}
	}
}
