package mlflowexporter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestCapturedLogsBecomeTheGoldenRuns sends what a Java program and a coding agent sent,
// traces and logs, through both pipelines of the exporter to a real MLflow.
func TestCapturedLogsBecomeTheGoldenRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	settingsText := fmt.Sprintf("experiment: {name: %s}\nnon_genai_traces: project\n"+
		"assembly: {wait_after_root: 1s, max_wait: 3s}\nstorage: file_storage\nprices: {enabled: false}", experiment)
	traces, logExp, _ := beginBoth(t, quick(t, uri, settingsText), files(t, t.TempDir()), settings(t))
	salt := byte(time.Now().UnixNano()) | 1
	session := fmt.Sprint("session-", time.Now().UnixNano())
	for _, folder := range []string{"java-agent-openai", "codex-logs"} {
		names, err := filepath.Glob(filepath.Join(captured, "logs", folder, "*.pb"))
		if err != nil || len(names) == 0 {
			t.Fatal("no captures", err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, ".logs.pb") {
				err = logExp.ConsumeLogs(t.Context(), saltedLogs(t, b, salt, session))
			} else {
				err = traces.ConsumeTraces(t.Context(), saltedTraces(t, b, salt))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	for id, list := range goldenRuns(t, filepath.Join(captured, "golden", "logs", "java-agent-openai.json")) {
		compare(t, c, experiment, salted(id, salt), list)
	}
	for _, list := range goldenRuns(t, filepath.Join(captured, "golden", "logs", "codex-logs.json")) {
		for i := range list { // ids follow from when the session came
			list[i].SpanID, list[i].ParentID = "", ""
		}
		compareByName(t, c, experiment, session, list)
	}
}

// saltedTraces reads a request of spans, in traces of its own: a server that tests share
// holds a trace id once.
func saltedTraces(t *testing.T, b []byte, salt byte) ptrace.Traces {
	t.Helper()
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				s.SetTraceID(saltedID(s.TraceID(), salt))
			}
		}
	}
	return td
}

// saltedLogs reads a request of log records, in the same traces, and sessions as a
// session of its own.
func saltedLogs(t *testing.T, b []byte, salt byte, session string) plog.Logs {
	t.Helper()
	ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				r.SetTraceID(saltedID(r.TraceID(), salt))
				if _, ok := r.Attributes().Get("conversation.id"); ok {
					r.Attributes().PutStr("conversation.id", session)
				}
			}
		}
	}
	return ld
}

func saltedID(id pcommon.TraceID, salt byte) pcommon.TraceID {
	if !id.IsEmpty() {
		id[0] ^= salt
	}
	return id
}

// compareByName waits for the runs of a session and holds their metrics against the golden
// ones of the same names.
func compareByName(t *testing.T, c *mlflow.Client, experiment, session string, want []goldenRun) {
	t.Helper()
	e, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	var got []mlflow.Run
	search := func(filter string) []mlflow.Run {
		list, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID}, Filter: filter, MaxResults: 500})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	within(t, 150*time.Second, "all runs of the session, finished", func() bool {
		roots := search("tags.`session.id` = '" + session + "' and attributes.run_name = '" + want[0].Name + "'")
		if len(roots) != 1 {
			return false
		}
		trace := mlflow.TagMap(roots[0].Data.Tags)["otel.trace_id"]
		got = search("tags.`otel.trace_id` = '" + trace + "' and attributes.status = 'FINISHED'")
		return len(got) == len(want)
	})
	byName := map[string]mlflow.Run{}
	for _, r := range got {
		byName[r.Info.Name] = r
	}
	for _, w := range want {
		metrics := map[string]float64{}
		for _, m := range byName[w.Name].Data.Metrics {
			metrics[m.Key] = m.Value
		}
		for k, v := range w.Metrics {
			if d := metrics[k] - v; d > 1e-9 || d < -1e-9 {
				t.Errorf("run %s: metric %s is %v, want %v", w.Name, k, metrics[k], v)
			}
		}
	}
	root := byName[want[0].Name]
	list, err := c.SearchTraces(t.Context(), e.ID, "trace.run_id = '"+root.Info.RunID+"'", 10)
	if err != nil || len(list) != 1 || !strings.Contains(list[0].RequestPreview, "How many lines has notes.txt") {
		t.Errorf("the session's trace in MLflow is %v, %v", list, err)
	}
}
