package mlflow_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestRealServerWebhooksAreListed(t *testing.T) {
	uri := server.URI(t)
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	defer http.DefaultClient.CloseIdleConnections()
	for n := range 101 { // more than one page
		// The server has no work with them: others use it meanwhile.
		status, events := "DISABLED", `{"entity": "PROMPT_ALIAS", "action": "CREATED"}, {"entity": "MODEL_VERSION", "action": "CREATED"}`
		if n == 0 {
			status, events = "ACTIVE", `{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}`
		}
		resp, err := http.Post(uri+"/api/2.0/mlflow/webhooks", "application/json", strings.NewReader(fmt.Sprintf(
			`{"name": "w%d", "url": "http://127.0.0.1:1/%d", "secret": "of a test", "status": %q, "events": [%s]}`, n, n, status, events)))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		_ = resp.Body.Close()
	}
	all, err := c.Webhooks(t.Context())
	if err != nil || len(all) != 101 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for _, w := range all {
		events := []string{"prompt_alias.created", "model_version.created"}
		if w.Name == "w0" {
			events = []string{"budget_policy.exceeded"}
		}
		if slices.Sort(events); !slices.Equal(slices.Sorted(slices.Values(w.Events)), events) || w.Active != (w.Name == "w0") ||
			w.ID == "" || w.URL != "http://127.0.0.1:1/"+w.Name[1:] {
			t.Errorf("%+v", w)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, uri+"/api/2.0/mlflow/webhooks/"+w.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
}
