package mlflowexporter

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// onServer draws the runs of a trace on a real server as shape does, with the input tokens
// of runs without a parent, and gives the trace's state.
func onServer(t *testing.T, c *mlflow.Client, experiment, trace string) (runs, state string) {
	t.Helper()
	e, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID},
		Filter: "tags.`otel.trace_id` = '" + trace + "'", MaxResults: 100})
	if err != nil {
		t.Fatal(err)
	}
	kids := map[string][]mlflow.Run{}
	for _, r := range found {
		parent := mlflow.TagMap(r.Data.Tags)["mlflow.parentRunId"]
		kids[parent] = append(kids[parent], r)
	}
	var draw func(parent string) string
	draw = func(parent string) string {
		var out []string
		for _, r := range kids[parent] {
			text := r.Info.Name + " " + r.Info.Status
			if mlflow.TagMap(r.Data.Tags)[mlflowattr.UnfinishedTag] != "" {
				text += "?"
			}
			for _, m := range r.Data.Metrics {
				if m.Key == "input_tokens" && parent == "" {
					text += fmt.Sprintf(" %v tokens", m.Value)
				}
			}
			if below := draw(r.Info.RunID); below != "" {
				text += " > [" + below + "]"
			}
			out = append(out, text)
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	if info, err := c.GetTraceInfo(t.Context(), "tr-"+trace); err == nil {
		state = info.State + " " + info.Metadata["mlflow.trace.tokenUsage"]
	}
	return draw(""), state
}

// TestALongAgentOnARealServer kills the Collector between the steps of an agent and its
// root, and lets another trace be given up and evicted before its root comes.
func TestALongAgentOnARealServer(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	first := int(time.Now().UnixNano() % 1_000_000_000) // a server shared by tests holds a trace id once
	long, lost := first, first+1
	dir := t.TempDir()
	settings := fmt.Sprintf(`mlflow:
  endpoint: %s
  experiment: {name: %s}
  storage: file_storage
  assembly: {wait_after_root: 300ms, max_wait: 1s, max_open: %%s, late_window: %%s}
  delivery: {running_interval: 500ms}
`, uri, experiment)
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	put := func(to *process, td ptrace.Traces) {
		t.Helper()
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "a Collector that takes spans", func() bool { return send(t.Context(), client, to.url, bytes.Clone(body)) == nil })
	}
	draws := func(trace int, wantRuns, wantState string) {
		t.Helper()
		runs, state := "", ""
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if runs, state = onServer(t, c, experiment, traceHex(trace)); runs == wantRuns && strings.HasPrefix(state, wantState) {
				return
			}
		}
		t.Fatalf("trace %d is\n%s\n%s\nwant\n%s\n%s", trace, runs, state, wantRuns, wantState)
	}

	one := collect(t, dir, fmt.Sprintf(settings, "1h", "1m"))
	put(one, request(long, "agent", chat(3, 1)))
	draws(long, "agent RUNNING? 10 tokens > [chat m FINISHED?]", "IN_PROGRESS")
	put(one, request(long, "agent", chat(6, 5)))
	draws(long, "agent RUNNING? 10 tokens > [chat m FINISHED?], agent RUNNING? 10 tokens > [chat m FINISHED?]", "IN_PROGRESS")
	one.kill()
	two := collect(t, dir, fmt.Sprintf(settings, "1h", "1m"))
	put(two, request(long, "agent", spanSpec{id: 5, parent: 1, name: "plan"}))
	draws(long, "agent RUNNING? 20 tokens > [chat m FINISHED?, plan FINISHED?]", "IN_PROGRESS")
	two.kill()
	three := collect(t, dir, fmt.Sprintf(settings, "2s", "1s"))
	put(three, request(long, "agent", root(1)))
	draws(long, "job FINISHED 20 tokens > [chat m FINISHED, plan FINISHED]",
		`OK {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}`)

	put(three, request(lost, "agent", chat(3, 1), chat(6, 5)))
	draws(lost, "agent KILLED? 10 tokens > [chat m FINISHED?], agent KILLED? 10 tokens > [chat m FINISHED?]", "ERROR")
	time.Sleep(3 * time.Second) // more than the late window: its parts are gone
	put(three, request(lost, "agent", root(1)))
	draws(lost, "job FINISHED 10 tokens > [agent KILLED > [chat m FINISHED?], chat m FINISHED?]", "")
	three.stop(t)
}
