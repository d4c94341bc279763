package eval_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// childTime is what the last run has to deliver everything.
const childTime = 4 * time.Minute

const (
	rowsOfChild  = 100
	killsOfChild = 10
	callsAtOnce  = 4
)

// server is the newest release, whose evaluation pages are what is written for.
var server = mlflowtest.New(mlflowtest.WithVersion("3.18.0"))

// vendor is a model server that takes money for each answer, but not for one that it gave
// under the same idempotency key.
type vendor struct {
	*httptest.Server
	mu     sync.Mutex
	paid   map[string]int // by key
	calls  map[string]int
	called chan struct{} // one for each call
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{paid: map[string]int{}, calls: map[string]int{}, called: make(chan struct{}, 10*rowsOfChild)}
	v.Server = httptest.NewServer(http.HandlerFunc(v.answer))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	body, err := io.ReadAll(r.Body)
	n, _ := strconv.Atoi(string(body))
	if err != nil || key == "" {
		http.Error(w, "no key", http.StatusBadRequest)
		return
	}
	v.mu.Lock()
	if v.calls[key]++; v.calls[key] == 1 {
		v.paid[key]++
	}
	v.mu.Unlock()
	v.called <- struct{}{}
	time.Sleep(time.Duration(1+rand.IntN(5)) * time.Millisecond) // a model takes time
	_, _ = fmt.Fprint(w, 2*n)
}

// callVendor is a paid call of the child.
func callVendor(ctx context.Context, address, what string, n int) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(strconv.Itoa(n)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Idempotency-Key", what+"/"+eval.Key(ctx))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(body))
}

// childMain is the program that is killed: an evaluation of 100 rows with a judge.
func childMain(folder, address, uri, experiment string) error {
	ctx := context.Background()
	processor, err := runprocessor.New(ctx, runprocessor.WithSpoolDir(filepath.Join(folder, "outbox")),
		runprocessor.WithShutdownTimeout(childTime), runprocessor.WithConfig(mlflow.Config{
			URI: uri, ExperimentName: experiment, EnableTracking: true, EnableTracing: true,
		}))
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor), sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)))
	judge := eval.Scorer[int, int, int]{Name: "judge", Model: "gpt", Score: func(ctx context.Context, c eval.Case[int, int, int]) (eval.Score, error) {
		n, err := callVendor(ctx, address, "judge", c.Inputs)
		return eval.Score{Value: float64(n) / (2 * rowsOfChild)}, err
	}}
	_, err = eval.RunWith(ctx, []eval.Option{
		eval.WithTracerProvider(provider), eval.WithJournal(filepath.Join(folder, "journal")), eval.WithConcurrency(callsAtOnce),
	}, numbers(rowsOfChild), func(ctx context.Context, n int) (int, error) { return callVendor(ctx, address, "task", n) }, exact, judge)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*childTime)
	defer cancel()
	return provider.Shutdown(ctx)
}

const childVariable = "COMMENTATOR_EVAL_CHILD"

// child is this test's program again, as the one that is killed.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVariable+"="+strings.Join(args, "\n"), "GOMAXPROCS=2")
	cmd.Stderr = os.Stderr
	return cmd
}

func TestAnEvaluationSurvivesKills(t *testing.T) {
	v, experiment, folder := newVendor(t), mlflowtest.Experiment(t), t.TempDir()
	args := []string{folder, v.URL, server.URI(t), experiment}
	for range killsOfChild {
		cmd := child(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 1 + rand.IntN(rowsOfChild/killsOfChild) { // calls before the kill: fewer than there are to make
			<-v.called
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for len(v.called) > 0 {
			<-v.called
		}
	}
	last := child(t, args...)
	if out, err := last.Output(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	again := 0
	for key, paid := range v.paid {
		if paid != 1 {
			t.Errorf("%s was paid %d times", key, paid)
		}
		again += v.calls[key] - 1
	}
	if len(v.paid) != 2*rowsOfChild {
		t.Errorf("%d answers were paid, want %d", len(v.paid), 2*rowsOfChild)
	}
	// What was under way at a kill is asked again, under its key, and nothing else.
	if again > killsOfChild*callsAtOnce {
		t.Errorf("%d calls were made again, want at most those under way at %d kills", again, killsOfChild)
	}
	t.Logf("%d calls made again after %d kills", again, killsOfChild)
	checkKilled(t, args[2], experiment)
}

// checkKilled looks at what the server has: each row once.
func checkKilled(t *testing.T, uri, experiment string) {
	t.Helper()
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	exp, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{exp.ID}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d runs, %v", len(found), err)
	}
	tags := mlflow.TagMap(found[0].Data.Tags)
	if found[0].Info.Status != "FINISHED" || tags[mlflowattr.RowsMissingTag] != "" || tags[mlflowattr.UnfinishedTag] != "" {
		t.Errorf("run %+v with tags %v", found[0].Info, tags)
	}
	names := map[string]int{}
	err = c.RunTraces(t.Context(), exp.ID, found[0].Info.RunID, func(i mlflow.TraceInfo) error {
		names[i.Tags[mlflowattr.RowIDTag]]++
		if len(i.Assessments) != 3 || i.State != "OK" {
			t.Errorf("row %s is %s and has %d assessments", i.Tags[mlflowattr.RowIDTag], i.State, len(i.Assessments))
		}
		return nil
	})
	if err != nil || len(names) != rowsOfChild {
		t.Errorf("%d rows, %v", len(names), err)
	}
	for name, n := range names {
		if n != 1 {
			t.Errorf("row %s is there %d times", name, n)
		}
	}
	all, err := c.SearchTraces(t.Context(), exp.ID, "", 500)
	if err != nil || len(all) != rowsOfChild+1 {
		t.Errorf("%d traces in all, want the rows and the evaluation, %v", len(all), err)
	}
}
