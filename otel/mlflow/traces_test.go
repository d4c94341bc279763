package mlflow

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnInfoThatLacksWhatOthersAddedIsSentAgainWithIt: servers before MLflow 3.17 refuse
// one that lacks a key, a tag or a person's assessment of theirs.
func TestAnInfoThatLacksWhatOthersAddedIsSentAgainWithIt(t *testing.T) {
	const there = `{"trace":{"trace_info":{"trace_id":"tr-1","trace_metadata":{"theirs":"1","both":"old"},
		"tags":{"by hand":"2","mlflow.artifactLocation":"mlflow-artifacts:/1"},
		"assessments":[{"assessment_id":"a-9","assessment_name":"good","feedback":{"value":true},"create_time":"2026-01-01T00:00:00Z"}]}}}`
	for name, refusal := range map[string]string{
		"a key":         `{"error_code":"INTERNAL_ERROR","message":"tried to blank-out primary key column 'trace_tags.request_id'"}`,
		"an assessment": `{"error_code":"BAD_REQUEST","message":"NOT NULL constraint failed: assessments.trace_id"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var posted []string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				switch {
				case r.Method == http.MethodGet:
					answers(200, there)(w, r)
				case !strings.Contains(string(body), "theirs"):
					answers(500, refusal)(w, r)
				default:
					posted = append(posted, string(body))
					answers(200, there)(w, r)
				}
			}))
			defer srv.Close()
			c, err := NewClient(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdle()
			info := TraceInfo{TraceID: "tr-1", Location: InExperiment("1"), Metadata: map[string]string{"both": "new"}}
			if err := c.PutTraceInfo(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			if known, err := c.StartTrace(t.Context(), info); err != nil || known.Tags["by hand"] != "2" {
				t.Fatalf("%+v, %v", known, err)
			}
			for _, body := range posted {
				for _, part := range []string{`"theirs":"1"`, `"both":"new"`, `"by hand":"2"`, `"create_time":"2026-01-01T00:00:00Z"`} {
					if !strings.Contains(body, part) {
						t.Errorf("no %s in %s", part, body)
					}
				}
				if strings.Contains(body, "artifactLocation") {
					t.Errorf("the server's own tag is in %s", body)
				}
			}
			if len(posted) != 2 {
				t.Errorf("%d infos got through", len(posted))
			}
		})
	}
}
