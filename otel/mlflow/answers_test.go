package mlflow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// TestOnlyMLflowsAnswersCountAsProcessed: what stands in front of a server answers 200 too.
func TestOnlyMLflowsAnswersCountAsProcessed(t *testing.T) {
	calls := map[string]func(context.Context, *mlflow.Client) error{
		"log-batch": func(ctx context.Context, c *mlflow.Client) error {
			return c.LogBatch(ctx, "r", mlflow.Batch{Tags: []mlflow.Tag{{Key: "a", Value: "b"}}})
		},
		"runs/update": func(ctx context.Context, c *mlflow.Client) error {
			return c.UpdateRun(ctx, "r", "FINISHED", time.UnixMilli(7), "")
		},
		"runs/create": func(ctx context.Context, c *mlflow.Client) error {
			_, err := c.CreateRun(ctx, mlflow.RunSpec{ExperimentID: "1"})
			return err
		},
		"link-to-run": func(ctx context.Context, c *mlflow.Client) error { return c.LinkTraces(ctx, "r", "tr-1") },
		"trace info": func(ctx context.Context, c *mlflow.Client) error {
			return c.PutTraceInfo(ctx, mlflow.TraceInfo{TraceID: "tr-1"})
		},
		"runs/search": func(ctx context.Context, c *mlflow.Client) error {
			_, _, err := c.SearchRuns(ctx, mlflow.RunSearch{})
			return err
		},
		"experiment tag": func(ctx context.Context, c *mlflow.Client) error { return c.SetExperimentTag(ctx, "1", "k", "v") },
	}
	for name, a := range map[string]struct{ body, kind, says string }{
		"a login":              {"<!DOCTYPE html><title>Sign\x1b[31m in</title>", "text/html", `"Sign in"`},
		"a login without form": {"please sign in", "text/html; charset=utf-8", "an HTML page"},
		"nothing":              {"", "application/json", "with nothing"},
		"nothing of no kind":   {"", "", "with nothing"},
		"JSON by a text":       {"{}", "text/plain", "text/plain"},
		"JSON of another":      {`{"error":"login_required","redirect":"/"}`, "application/json", `"error", "redirect"`},
		"a list":               {"[]", "application/json", "MLflow"},
		"null":                 {"null", "application/json", "JSON object"},
		"a word":               {"OK", "application/json", "MLflow"},
		"two objects":          {"{}{}", "application/json", "MLflow"},
	} {
		server := answering(t, 200, a.body, "Content-Type", a.kind, "Server", "gateway")
		c := client(t, server.URL)
		for call, do := range calls {
			err := do(t.Context(), c)
			var foreign *mlflow.NotMLflowError
			if !errors.As(err, &foreign) || !mlflow.IsRetryable(err) || !mlflow.IsAmbiguous(err) {
				t.Errorf("%s answers %s: %v", name, call, err)
				continue
			}
			for _, want := range []string{strings.TrimPrefix(server.URL, "http://"), "Server: gateway", a.says} {
				if !strings.Contains(err.Error(), want) && !(a.says == "MLflow" || call == "runs/create" && a.body == "{}") {
					t.Errorf("%s answers %s: %v; it does not say %q", name, call, err, want)
				}
			}
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Errorf("%s answers %s: %q", name, call, err)
			}
		}
	}
}

// TestARunThatIsAnotherThanWasSentIsNotEnded, as out of a cache.
func TestARunThatIsAnotherThanWasSentIsNotEnded(t *testing.T) {
	for name, body := range map[string]string{
		"another run":       `{"run_info":{"run_id":"other","status":"FINISHED","end_time":7}}`,
		"the status before": `{"run_info":{"run_id":"r","status":"RUNNING","end_time":7}}`,
		"another end":       `{"run_info":{"run_id":"r","status":"FINISHED","end_time":8}}`,
		"no end":            `{"run_info":{"run_id":"r","status":"FINISHED"}}`,
		"nothing":           `{}`,
	} {
		err := client(t, answering(t, 200, body).URL).UpdateRun(t.Context(), "r", "FINISHED", time.UnixMilli(7), "")
		var foreign *mlflow.NotMLflowError
		if !errors.As(err, &foreign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	right := client(t, answering(t, 200, `{"run_info":{"run_id":"r","status":"FINISHED","end_time":7,"new":1},"newer":2}`).URL)
	if err := right.UpdateRun(t.Context(), "r", "FINISHED", time.UnixMilli(7), ""); err != nil {
		t.Error(err)
	}
}

// TestAnAnswerMaySayNone: a member that is zero is an answer of MLflow's too.
func TestAnAnswerMaySayNone(t *testing.T) {
	c := client(t, answering(t, 200, `{"traces_deleted":0}`).URL)
	if err := c.DeleteTrace(t.Context(), "1", "tr-1"); err != nil {
		t.Error(err)
	}
	c = client(t, answering(t, 200, `{"next_page_token":""}`).URL)
	if runs, next, err := c.SearchRuns(t.Context(), mlflow.RunSearch{}); err != nil || len(runs) > 0 || next != "" {
		t.Error(runs, next, err)
	}
}

// TestAnExperimentMayBeFoundUnderAnotherSpelling, as by MySQL and by Databricks.
func TestAnExperimentMayBeFoundUnderAnotherSpelling(t *testing.T) {
	c := client(t, answering(t, 200, `{"experiment":{"experiment_id":"7","name":"Links"}}`).URL)
	for name, ok := range map[string]bool{"Links": true, "links": true, "Links/": true, "Link": false, "other": false} {
		e, err := c.ExperimentByName(t.Context(), name)
		var foreign *mlflow.NotMLflowError
		if ok && (err != nil || e.ID != "7") || !ok && !errors.As(err, &foreign) {
			t.Errorf("%q: %+v, %v", name, e, err)
		}
	}
}

func TestUploadsNeedTheAnswerOfAnUpload(t *testing.T) {
	root := mlflow.ArtifactRoot{RunID: "r", URI: "mlflow-artifacts:/1/r/artifacts"}
	for name, a := range map[string]struct {
		body, kind string
		ok         bool
	}{
		"Flask":         {"{}", "application/json", true},
		"FastAPI":       {"", "", true}, // seen on 3.17.2
		"a login":       {"<html><title>Sign in</title>", "text/html", false},
		"an empty page": {"", "text/html", false},
		"other JSON":    {`{"login":true}`, "application/json", false},
		"a text":        {"stored", "text/plain", false},
	} {
		err := client(t, answering(t, 200, a.body, "Content-Type", a.kind).URL).PutArtifact(t.Context(), root, "a.txt", []byte("x"))
		var foreign *mlflow.NotMLflowError
		if (err == nil) != a.ok || err != nil && !errors.As(err, &foreign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, a := range map[string]struct {
		body   string
		header []string
	}{
		"a login":       {loginText, []string{"ETag", "1", "Content-Type", "text/html"}},
		"an empty page": {"", []string{"Content-Type", "text/html"}},
		"no storage":    {"", []string{"X", "y"}},
	} {
		storage := answering(t, 200, a.body, a.header...)
		err := client(t, presigning(t, storage.URL+signed).URL).PutArtifact(t.Context(), direct, "a.txt", []byte("x"))
		if !mlflow.IsArtifactStorageFailure(err) || !mlflow.IsRetryable(err) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	storage := answering(t, 200, "", "ETag", "1", "Content-Type", "text/html; charset=utf-8") // as moto does
	if err := client(t, presigning(t, storage.URL+signed).URL).PutArtifact(t.Context(), direct, "a.txt", []byte("x")); err != nil {
		t.Error(err)
	}
}

func TestAnswersToSpansAreThoseOfOTLP(t *testing.T) {
	for name, a := range map[string]struct {
		body, kind string
		ok         bool
	}{
		"3.7 and newer":           {"", "application/x-protobuf", true},
		"3.4 to 3.6":              {`{"partialSuccess":null}`, "application/x-protobuf", true},
		"in the words of Python":  {`{"partial_success":{}}`, "application/json", true},
		"partial success":         {"\x0a\x02\x08\x01", "application/x-protobuf", true},
		"partial success in JSON": {`{"partialSuccess":{"rejectedSpans":"1"}}`, "application/json; charset=utf-8", true},
		"a login":                 {loginText, "text/html", false},
		"a login by another name": {loginText, "application/x-protobuf", false},
		"nothing":                 {"", "", false},
		"an empty text":           {"", "text/plain", false},
		"empty JSON":              {"", "application/json", false},
		"other JSON":              {`{"status":"ok"}`, "application/json", false},
		"not protobuf":            {"\xff\xff\xff", "application/x-protobuf", false},
	} {
		c := client(t, answering(t, 200, a.body, "Content-Type", a.kind).URL)
		req, err := newRequest(t, c.OTLPEndpoint())
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Transport().RoundTrip(req)
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if strings.HasPrefix(name, "partial") && string(body) != "\x0a\x02\x08\x01" {
				t.Errorf("%s: the exporter reads %q", name, body)
			}
		}
		var foreign *mlflow.NotMLflowError
		if (err == nil) != a.ok || err != nil && !errors.As(err, &foreign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const loginText = "<html><title>Sign in</title>"

func newRequest(t *testing.T, url string) (*http.Request, error) {
	return http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("spans"))
}

// TestALoginIsNoStoredTrace: its spans would be merged with nothing, and written over.
func TestALoginIsNoStoredTrace(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("path") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"files":[{"path":"traces.json"}]}`)
			return
		}
		fmt.Fprint(w, loginText)
	}))
	defer s.Close()
	data, err := client(t, s.URL).GetTraceData(t.Context(), "mlflow-artifacts:/1/traces/t/artifacts")
	var foreign *mlflow.NotMLflowError
	if !errors.As(err, &foreign) {
		t.Errorf("%q, %v", data, err)
	}
}
