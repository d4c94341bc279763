package mlflowmatrix

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// site is a server, read as its own pages read it.
type site struct {
	uri    string
	client *http.Client
}

func newSite(uri string) *site {
	return &site{uri: uri, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// call makes one request. A body that is not []byte is sent as JSON.
func (s *site) call(t *testing.T, method, path string, body any, header http.Header) answer {
	t.Helper()
	media, raw := "application/x-protobuf", []byte(nil)
	switch b := body.(type) {
	case nil:
	case []byte:
		raw = b
	default:
		media = "application/json"
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.uri+"/"+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if body != nil {
		req.Header.Set("Content-Type", media)
	}
	return ask(t, s.client, req)
}

// must makes a request whose answer is JSON.
func (s *site) must(t *testing.T, method, path string, body, out any) {
	t.Helper()
	a := s.call(t, method, path, body, nil)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %s %.300s", method, path, a, a.body)
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		t.Fatalf("%s %s: %v: %.300s", method, path, err, a.body)
	}
}

func zip(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// experiment gives the id of an experiment, or nothing where there is none.
func (s *site) experiment(t *testing.T, name string) string {
	t.Helper()
	path := "ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=" + url.QueryEscape(name)
	if s.call(t, http.MethodGet, path, nil, nil).status == http.StatusNotFound {
		return ""
	}
	var out struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	s.must(t, http.MethodGet, path, nil, &out)
	return out.Experiment.ID
}

// shownRun is a run as the server shows it.
type shownRun struct {
	id, name, status string
	ended            bool
	tags, params     map[string]string
	metrics          map[string]float64
	artifacts        []string // files, with their sizes
}

// runs reads the runs of an experiment, with their artifacts.
func (s *site) runs(t *testing.T, experiment string) []shownRun {
	t.Helper()
	out := s.search(t, experiment)
	for i, r := range out {
		out[i].artifacts = s.artifacts(t, r.id, "")
	}
	return out
}

// search reads the runs of an experiment, up to 1,000.
func (s *site) search(t *testing.T, experiment string) []shownRun {
	t.Helper()
	var found struct {
		Runs []struct {
			Info struct {
				ID     string `json:"run_id"`
				Name   string `json:"run_name"`
				Status string `json:"status"`
				End    int64  `json:"end_time"`
			} `json:"info"`
			Data struct {
				Tags, Params []struct{ Key, Value string }
				Metrics      []struct {
					Key   string
					Value float64
				}
			} `json:"data"`
		} `json:"runs"`
	}
	query := map[string]any{"experiment_ids": []string{experiment}, "max_results": 1000}
	s.must(t, http.MethodPost, "ajax-api/2.0/mlflow/runs/search", query, &found)
	var out []shownRun
	for _, r := range found.Runs {
		run := shownRun{
			id: r.Info.ID, name: r.Info.Name, status: r.Info.Status, ended: r.Info.End > 0,
			tags: map[string]string{}, params: map[string]string{}, metrics: map[string]float64{},
		}
		for _, kv := range r.Data.Tags {
			run.tags[kv.Key] = kv.Value
		}
		for _, kv := range r.Data.Params {
			run.params[kv.Key] = kv.Value
		}
		for _, m := range r.Data.Metrics {
			run.metrics[m.Key] = m.Value
		}
		out = append(out, run)
	}
	slices.SortFunc(out, func(a, b shownRun) int { return strings.Compare(a.id, b.id) })
	return out
}

// artifacts lists the files of a run below a folder, as "path (bytes)".
func (s *site) artifacts(t *testing.T, run, folder string) []string {
	t.Helper()
	var found struct {
		Files []struct {
			Path  string `json:"path"`
			IsDir bool   `json:"is_dir"`
			Size  int64  `json:"file_size"`
		} `json:"files"`
	}
	s.must(t, http.MethodGet, "ajax-api/2.0/mlflow/artifacts/list?run_id="+run+"&path="+url.QueryEscape(folder), nil, &found)
	var out []string
	for _, f := range found.Files {
		if f.IsDir {
			out = append(out, s.artifacts(t, run, f.Path)...)
		} else {
			out = append(out, fmt.Sprintf("%s (%d)", f.Path, f.Size))
		}
	}
	return out
}

// artifact reads a file of a run, as the page of the run does.
func (s *site) artifact(t *testing.T, run, path string) []byte {
	t.Helper()
	a := s.call(t, http.MethodGet, "get-artifact?run_uuid="+run+"&path="+url.QueryEscape(path), nil, nil)
	if a.status != http.StatusOK {
		t.Errorf("artifact %s: %s %.300s", path, a, a.body)
	}
	return a.body
}

// shownTrace is the info of a trace.
type shownTrace struct {
	ID       string            `json:"trace_id"`
	State    string            `json:"state"`
	Request  string            `json:"request_preview"`
	Response string            `json:"response_preview"`
	Metadata map[string]string `json:"trace_metadata"`
	Tags     map[string]string `json:"tags"`
}

// is reports whether this is the trace of an OpenTelemetry id. Servers up to 3.1 give
// traces ids of their own; a tag has ours.
func (i shownTrace) is(traceID string) bool {
	return i.ID == "tr-"+traceID || i.Tags["otel.trace_id"] == "tr-"+traceID
}

// tracesOf lists the traces of an experiment, or of a run, as the Traces tab does.
// ok is false where the server has no such call or filter.
func (s *site) tracesOf(t *testing.T, experiment, run string) (found []shownTrace, ok bool) {
	t.Helper()
	query := map[string]any{"max_results": 500, "locations": []any{
		map[string]any{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": map[string]any{"experiment_id": experiment}},
	}}
	if run != "" {
		query["filter"] = "attributes.run_id = '" + run + "'"
	}
	a := s.call(t, http.MethodPost, "ajax-api/3.0/mlflow/traces/search", query, nil)
	if a.status == http.StatusNotFound && !json.Valid(a.body) {
		return s.olderTracesOf(t, experiment, run)
	}
	if a.status != http.StatusOK {
		return nil, false
	}
	var out struct {
		Traces []shownTrace `json:"traces"`
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("traces of %s: %v: %.300s", experiment, err, a.body)
	}
	slices.SortFunc(out.Traces, func(a, b shownTrace) int { return strings.Compare(a.ID, b.ID) })
	return out.Traces, true
}

// olderTracesOf is the call of pages up to 3.1.
func (s *site) olderTracesOf(t *testing.T, experiment, run string) (found []shownTrace, ok bool) {
	t.Helper()
	query := url.Values{"experiment_ids": {experiment}}
	if run != "" {
		query.Set("filter", "run_id='"+run+"'")
	}
	a := s.call(t, http.MethodGet, "ajax-api/2.0/mlflow/traces?"+query.Encode(), nil, nil)
	if a.status != http.StatusOK {
		return nil, false
	}
	type pairs []struct{ Key, Value string }
	var out struct {
		Traces []struct {
			ID       string `json:"request_id"`
			Status   string `json:"status"`
			Metadata pairs  `json:"request_metadata"`
			Tags     pairs  `json:"tags"`
		} `json:"traces"`
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("traces of %s: %v: %.300s", experiment, err, a.body)
	}
	named := func(list pairs) map[string]string {
		m := map[string]string{}
		for _, kv := range list {
			m[kv.Key] = kv.Value
		}
		return m
	}
	for _, tr := range out.Traces {
		metadata := named(tr.Metadata)
		found = append(found, shownTrace{
			ID: tr.ID, State: tr.Status, Request: metadata["mlflow.traceInputs"], Response: metadata["mlflow.traceOutputs"],
			Metadata: metadata, Tags: named(tr.Tags),
		})
	}
	slices.SortFunc(found, func(a, b shownTrace) int { return strings.Compare(a.ID, b.ID) })
	return found, true
}

// spans reads the spans of a trace by the calls of the trace page. All releases of
// 3.x have get-trace-artifact, which reads database or artifact store; newer ones ask
// traces/get instead where a tag says that the spans are in the database.
func (s *site) spans(t *testing.T, info shownTrace) (names []string, fault string) {
	t.Helper()
	a := s.call(t, http.MethodGet, "ajax-api/2.0/mlflow/get-trace-artifact?request_id="+info.ID, nil, nil)
	if a.status != http.StatusOK {
		return nil, fmt.Sprintf("the trace page gets %s for the spans: %.200s", a, a.body)
	}
	names, err := spanNames(a.body)
	if err != nil {
		return nil, fmt.Sprintf("the trace page cannot read the spans: %v: %.200s", err, a.body)
	}
	if info.Tags["mlflow.trace.spansLocation"] != "TRACKING_STORE" {
		return names, ""
	}
	a = s.call(t, http.MethodGet, "ajax-api/3.0/mlflow/traces/get?allow_partial=true&trace_id="+info.ID, nil, nil)
	var out struct {
		Trace json.RawMessage `json:"trace"`
	}
	if a.status == http.StatusNotFound && (!json.Valid(a.body) || strings.Contains(string(a.body), "'get'")) {
		return names, "" // no such route, or "get" is taken for an id: no page asks it
	}
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != http.StatusOK {
		return names, fmt.Sprintf("the trace page gets %s from traces/get: %.200s", a, a.body)
	}
	if other, err := spanNames(out.Trace); err != nil || !slices.Equal(other, names) {
		return names, fmt.Sprintf("traces/get has spans %q, get-trace-artifact %q: %v", other, names, err)
	}
	return names, ""
}

func spanNames(text []byte) ([]string, error) {
	var out struct{ Spans []struct{ Name string } }
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	names := []string{}
	for _, span := range out.Spans {
		names = append(names, span.Name)
	}
	return steps(names), nil
}

// steps sorts the names of spans, without those of waits, which are there when they were long.
func steps(names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "wait for ") })
	slices.Sort(names)
	return names
}
