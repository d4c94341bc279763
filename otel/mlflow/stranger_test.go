package mlflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/internal/pagestest"
	"github.com/technoshare/commentator/otel/mlflow"
)

// TestARunThatWasMadeOfSomethingElseIsNotTakenForOurs: of an answer out of a cache, or to another's
// request, the run is somebody else's, and would be written over while ours is nowhere.
func TestARunThatWasMadeOfSomethingElseIsNotTakenForOurs(t *testing.T) {
	spec := mlflow.RunSpec{ExperimentID: "1", Name: "job", Start: time.UnixMilli(7), Tags: []mlflow.Tag{
		{Key: "otel.span_id", Value: "0123456789abcdef"}, {Key: "mlflow.user", Value: "ada"},
	}}
	run := func(info, tags string) string {
		return `{"run":{"info":{"run_id":"r","experiment_id":"1"` + info + `},"data":{"tags":[` + tags + `]}}}`
	}
	for name, c := range map[string]struct {
		body  string
		wrong bool
	}{
		"ours":                      {run(`,"start_time":7`, `{"key":"otel.span_id","value":"0123456789abcdef"}`), false},
		"ours, nothing said":        {`{"run":{"info":{"run_id":"r"}}}`, false},
		"ours, a value shortened":   {run("", `{"key":"otel.span_id","value":"0123"}`), false},
		"ours, a user of its own":   {run("", `{"key":"mlflow.user","value":"the server's"}`), false},
		"ours, a tag more":          {run("", `{"key":"team","value":"blue"}`), false},
		"began at another time":     {run(`,"start_time":8`, ""), true},
		"of another span":           {run(`,"start_time":7`, `{"key":"otel.span_id","value":"fedcba9876543210"}`), true},
		"of a span, ours shortened": {run("", `{"key":"otel.span_id","value":"0123456789abcdef0"}`), true},
	} {
		_, err := client(t, answering(t, 200, c.body).URL).CreateRun(t.Context(), spec)
		var foreign *mlflow.NotMLflowError
		if errors.As(err, &foreign) != c.wrong || err != nil && !mlflow.IsAmbiguous(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// searches are what has pages.
var searches = map[string]func(context.Context, *mlflow.Client) error{
	"runs": func(ctx context.Context, c *mlflow.Client) error {
		for q := (mlflow.RunSearch{}); ; {
			_, next, err := c.SearchRuns(ctx, q)
			if q.PageToken = next; err != nil || next == "" {
				return err
			}
		}
	},
	"traces": func(ctx context.Context, c *mlflow.Client) error {
		return c.Traces(ctx, "1", "", func(mlflow.TraceInfo) error { return nil })
	},
	"datasets": func(ctx context.Context, c *mlflow.Client) error {
		_, err := c.Datasets(ctx, "1")
		return err
	},
	"records": func(ctx context.Context, c *mlflow.Client) error {
		return c.DatasetRecords(ctx, "d", func(mlflow.DatasetRecord) error { return nil })
	},
	"webhooks": func(ctx context.Context, c *mlflow.Client) error {
		_, err := c.Webhooks(ctx)
		return err
	},
	"prompts": func(ctx context.Context, c *mlflow.Client) error {
		return c.Prompts(ctx, func(mlflow.RegisteredPrompt) error { return nil })
	},
	"versions": func(ctx context.Context, c *mlflow.Client) error {
		return c.PromptVersions(ctx, "p", func(mlflow.PromptVersion) error { return nil })
	},
}

// TestAPageThatFollowsItselfEndsTheSearch: a cache that answers by the address alone gives the same page for ever.
func TestAPageThatFollowsItselfEndsTheSearch(t *testing.T) {
	c := func(t *testing.T) *mlflow.Client {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > 3 {
				t.Errorf("%s is asked for page %d", r.URL.Path, asked)
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", "application/json")
			// A page that has something, of everything that there are pages of.
			_ = json.NewEncoder(w).Encode(map[string]any{"next_page_token": "second", "datasets": []any{map[string]any{"dataset_id": "d"}}})
		}))
		t.Cleanup(server.Close)
		return client(t, server.URL)
	}
	for name, all := range searches {
		t.Run(name, func(t *testing.T) {
			var foreign *mlflow.NotMLflowError
			if err := all(t.Context(), c(t)); !errors.As(err, &foreign) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPagesWithoutAnEndEndTheSearch(t *testing.T) {
	for name, all := range searches {
		if name == "runs" {
			continue // their pages are the caller's
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &pagestest.Endless{Page: `"datasets":[{"dataset_id":"d"}]`}
			c, err := mlflow.NewClient("http://mlflow.example", mlflow.WithTransport(server))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var foreign *mlflow.NotMLflowError
			if err := all(ctx, c); !errors.As(err, &foreign) {
				t.Errorf("after %d pages: %v", server.Asked, err)
			}
		})
	}
}

// TestPagesThatAreKeptTogetherHaveABound: of the others one is in memory at a time.
func TestPagesThatAreKeptTogetherHaveABound(t *testing.T) {
	full := strings.Repeat("{},", 9_999) + "{}"
	for _, name := range []string{"datasets", "webhooks"} {
		server := &pagestest.Endless{Page: `"` + name + `":[` + full + `]`}
		c, err := mlflow.NewClient("http://mlflow.example", mlflow.WithTransport(server))
		if err != nil {
			t.Fatal(err)
		}
		var foreign *mlflow.NotMLflowError
		if err := searches[name](t.Context(), c); !errors.As(err, &foreign) || server.Asked != 6 {
			t.Errorf("%s: after %d pages: %v", name, server.Asked, err)
		}
	}
}

// TestALargeFolderOfArtifactsIsListed: that of an experiment has one for each run, and no pages.
func TestALargeFolderOfArtifactsIsListed(t *testing.T) {
	const many = 60_000
	server := &pagestest.Endless{Page: `"files":[` + strings.Repeat(`{"path":"a","is_dir":true},`, many-1) + `{}]`}
	c, err := mlflow.NewClient("http://mlflow.example", mlflow.WithTransport(server))
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.ListArtifacts(t.Context(), "r", "")
	if err != nil || len(list) != many {
		t.Errorf("%d artifacts, %v", len(list), err)
	}
	if err := c.CheckArtifactLocation(t.Context(), "mlflow-artifacts:/1"); err != nil {
		t.Error(err)
	}
}

// TestWhatStandsInFrontSaysNothingAboutTheData: MLflow's refusals have an error_code, or the detail of a FastAPI route. What a gateway
// refuses in its own words is kept until somebody has put the gateway right.
func TestWhatStandsInFrontSaysNothingAboutTheData(t *testing.T) {
	for name, c := range map[string]struct {
		status    int
		body      string
		retryable bool
	}{
		"MLflow":             {400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}`, false},
		"a route of FastAPI": {422, `{"detail":"Cannot convert span"}`, false},
		"a body too large":   {413, `{"message":"Payload Too Large"}`, false},
		"a gateway's JSON":   {400, `{"message":"blocked by policy"}`, true},
		"a gateway's text":   {400, "Bad Request", true},
		"nothing":            {400, "", true},
		"a firewall":         {406, "Not Acceptable", true},
		"a legal reason":     {451, "", true},
		"headers too large":  {431, `{"error":"Request Header Fields Too Large"}`, true},
	} {
		err := client(t, answering(t, c.status, c.body).URL).SetExperimentTag(t.Context(), "1", "k", "v")
		if err == nil || mlflow.IsRetryable(err) != c.retryable {
			t.Errorf("%s: retryable %v, %v", name, mlflow.IsRetryable(err), err)
		}
	}
}

// TestWhoAnsweredInsteadOfMLflowIsSaid, but not of the page that MLflow has for methods that a release does not know.
func TestWhoAnsweredInsteadOfMLflowIsSaid(t *testing.T) {
	for status, said := range map[int]bool{http.StatusNotAcceptable: true, http.StatusMethodNotAllowed: false} {
		err := client(t, answering(t, status, "<!doctype html><title>No</title>").URL).SetExperimentTag(t.Context(), "1", "k", "v")
		if err == nil || strings.Contains(err.Error(), "proxy or firewall") != said {
			t.Errorf("%d: %v", status, err)
		}
	}
}
