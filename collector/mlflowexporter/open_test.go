package mlflowexporter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadatatest"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/standin"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// shape draws the runs of a trace: "job FINISHED > [chat m FINISHED]", those without a
// parent side by side, marks on those that say that they are unfinished.
func shape(s *standin.Server, trace int) string {
	runs := s.RunsBySpan(traceHex(trace))
	kids := map[string][]standin.Run{}
	known := map[string]bool{"": true}
	for _, r := range runs {
		known[r.ID] = true
	}
	for _, span := range slices.Sorted(maps.Keys(runs)) {
		parent := runs[span].Tags["mlflow.parentRunId"]
		if !known[parent] {
			return "a run below one that is not there"
		}
		kids[parent] = append(kids[parent], runs[span])
	}
	var draw func(parent string) string
	draw = func(parent string) string {
		var out []string
		for _, r := range kids[parent] {
			text := r.Name + " " + r.Status
			if r.Tags[mlflowattr.UnfinishedTag] != "" {
				text += "?"
			}
			if below := draw(r.ID); below != "" {
				text += " > [" + below + "]"
			}
			out = append(out, text)
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	return draw("")
}

// remote says that the parent of each span of a request is in another process.
func remote(td ptrace.Traces) ptrace.Traces {
	for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		s.SetFlags(0x300)
	}
	return td
}

func consumeAll(t *testing.T, take func(context.Context, ptrace.Traces) error, requests ...ptrace.Traces) {
	t.Helper()
	for _, td := range requests {
		if err := take(t.Context(), td); err != nil {
			t.Fatal(err)
		}
	}
}

const openSettings = "assembly: {wait_after_root: 20ms, max_wait: 100ms, max_open: %s}\ndelivery: {running_interval: 30ms, running: %v}\n"

func TestALongTraceIsShownRunningAndJoinedByItsRoot(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, fmt.Sprintf(openSettings, "1h", true)), nil)
	draws := func(what, want string) {
		t.Helper()
		eventually(t, what+", last "+shape(mlflow, 1), func() bool { return shape(mlflow, 1) == want })
	}
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(3, 1)))
	draws("a step below its program", "agent RUNNING? > [chat m FINISHED?]")
	running := mlflow.RunsBySpan(traceHex(1))
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(4, 1), chat(6, 5)))
	draws("further steps, one of a part that is under way",
		"agent RUNNING? > [chat m FINISHED?, chat m FINISHED?], agent RUNNING? > [chat m FINISHED?]")
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", spanSpec{id: 5, parent: 2, name: "plan"}, spanSpec{id: 2, parent: 1, name: "step"}))
	draws("the part, which holds the step", "agent RUNNING? > [chat m FINISHED?, chat m FINISHED?, step FINISHED?]")
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", root(1)))
	draws("one tree", "job FINISHED > [chat m FINISHED, chat m FINISHED, step FINISHED]")
	for span, r := range mlflow.RunsBySpan(traceHex(1)) {
		if was, ok := running[span]; ok && was.ID != r.ID {
			t.Errorf("span %s has another run than before", span)
		}
	}
	if spans, _ := mlflow.Spans(); spans != 6 {
		t.Errorf("%d spans, want those of the program and none that stood in", spans)
	}
}

func TestALongTraceIsNotShownWhereThatIsNotWanted(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, fmt.Sprintf(openSettings, "1h", false)), nil)
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(3, 1)), request(2, "agent", root(1), chat(2, 1)),
		remote(request(3, "agent", chat(2, 1))))
	eventually(t, "the traces that are whole", func() bool {
		return shape(mlflow, 2) == "job FINISHED > [chat m FINISHED]" && shape(mlflow, 3) == "chat m FINISHED"
	})
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(4, 1)))
	time.Sleep(150 * time.Millisecond) // longer than max_wait
	if got := shape(mlflow, 1); got != "" {
		t.Errorf("shown as %s", got)
	}
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", root(1)))
	eventually(t, "one tree", func() bool { return shape(mlflow, 1) == "job FINISHED > [chat m FINISHED, chat m FINISHED]" })
}

// A local root is as final as a root; a root that comes later still takes it in.
func TestALocalRootIsFinalAndJoinsALaterRoot(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, fmt.Sprintf(openSettings, "1h", true)), nil)
	consumeAll(t, exp.ConsumeTraces, remote(request(1, "tools", chat(2, 1))), request(1, "tools", chat(3, 2)))
	eventually(t, "the local root", func() bool { return shape(mlflow, 1) == "chat m FINISHED > [chat m FINISHED]" })
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", root(1)))
	eventually(t, "one tree", func() bool { return strings.HasPrefix(shape(mlflow, 1), "job FINISHED > [chat m FINISHED") })
}

func TestWhatIsGivenUpSaysSoAndIsJoinedAllTheSame(t *testing.T) {
	mlflow, url := fake(t)
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	c := quick(t, url, fmt.Sprintf(openSettings, "300ms", true))
	c.Assembly.LateWindow = 50 * time.Millisecond
	exp, err := NewFactory().CreateTraces(t.Context(), metadatatest.NewSettings(tel), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(3, 1), chat(6, 5)))
	const given = "agent KILLED? > [chat m FINISHED?], agent KILLED? > [chat m FINISHED?]"
	eventually(t, "what is given up", func() bool { return shape(mlflow, 1) == given })
	r := mlflow.RunsBySpan(traceHex(1))[spanHex(1)]
	if text := r.Tags[mlflowattr.UnfinishedTag]; !strings.Contains(text, "300ms (assembly::max_open)") ||
		!strings.Contains(r.Tags["mlflow.note.content"], "given up") {
		t.Errorf("tags %v", r.Tags)
	}
	eventually(t, "its count", func() bool {
		return maps.Equal(counts(t, tel, "given_up_traces"), map[string]int64{"reason=max_open": 1})
	})
	eventually(t, "an empty store", func() bool { return storedSpans(tel) == 0 })
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", root(1)))
	eventually(t, "the root, hours later, that takes in all", func() bool {
		return shape(mlflow, 1) == "job FINISHED > [agent KILLED > [chat m FINISHED?], chat m FINISHED?]"
	})
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAShutdownWithoutStorageLeavesNothingRunning(t *testing.T) {
	mlflow, url := fake(t)
	exp, stop := begin(t, quick(t, url, fmt.Sprintf(openSettings, "1h", true)), nil)
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(3, 1)))
	eventually(t, "the running trace", func() bool { return strings.Contains(shape(mlflow, 1), "RUNNING") })
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(4, 1)), request(2, "agent", chat(3, 1)))
	stop()
	for n, want := range map[int]string{1: "agent KILLED? > [chat m FINISHED?, chat m FINISHED?]", 2: "agent KILLED? > [chat m FINISHED?]"} {
		if got := shape(mlflow, n); got != want {
			t.Errorf("trace %d is %s, want %s", n, got, want)
		}
	}
}

func TestARestartBetweenStepsAndRootLosesNothing(t *testing.T) {
	mlflow, url := fake(t)
	c := quick(t, url, "storage: file_storage\n"+fmt.Sprintf(openSettings, "1h", true))
	h := files(t, t.TempDir())
	exp, stop := begin(t, c, h)
	consumeAll(t, exp.ConsumeTraces, request(1, "agent", chat(3, 1), chat(6, 5)))
	eventually(t, "the running trace", func() bool { return strings.Count(shape(mlflow, 1), "RUNNING") == 2 })
	stop()
	exp, stop = begin(t, c, h)
	consumeAll(t, exp.ConsumeTraces, request(1, "agent",
		spanSpec{id: 5, parent: 2, name: "plan"}, spanSpec{id: 2, parent: 1, name: "step"}, root(1)))
	eventually(t, "one tree", func() bool { return shape(mlflow, 1) == "job FINISHED > [chat m FINISHED, step FINISHED]" })
	stop()
	if doubled, unfinished := mlflow.Doubled(); len(doubled)+len(unfinished) > 0 {
		t.Errorf("doubled %v, unfinished %v", doubled, unfinished)
	}
}

// A trace that was left out since it is no GenAI trace is left out with its late spans too.
func TestALateSpanDoesNotTakeInATraceWithoutGenAI(t *testing.T) {
	mlflow, url := fake(t)
	for _, window := range []string{"1h", "10ms"} {
		exp, stop := begin(t, quick(t, url, "assembly: {wait_after_root: 10ms, max_wait: 50ms, max_open: 0, late_window: "+window+"}"), nil)
		consumeAll(t, exp.ConsumeTraces, request(1, "web", root(1)))
		time.Sleep(80 * time.Millisecond)
		consumeAll(t, exp.ConsumeTraces, request(1, "web", spanSpec{id: 2, parent: 1, name: "late"}))
		stop()
		if got := mlflow.Traces(); len(got) != 0 {
			t.Errorf("took %v with a window of %s", got, window)
		}
	}
}
