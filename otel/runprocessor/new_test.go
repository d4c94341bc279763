package runprocessor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// tracking is a tracking server that takes everything and gives out ids.
type tracking struct {
	*httptest.Server
	calls atomic.Int64
	down  atomic.Bool

	mu     sync.Mutex
	paths  []string
	bodies []string
}

func newTracking(t *testing.T) *tracking {
	s := &tracking{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tracking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.calls.Add(1)
	if s.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.paths, s.bodies = append(s.paths, r.Method+" "+r.URL.String()), append(s.bodies, string(body))
	s.mu.Unlock()
	id := "id" + strings.Repeat("0", 10) + string(rune('a'+n%26))
	if r.URL.Path == "/v1/traces" {
		w.Header().Set("Content-Type", "application/x-protobuf")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(trackingAnswer(r, body, id))
}

// trackingAnswer is what MLflow answers to a call; id is one for a new run.
func trackingAnswer(r *http.Request, body []byte, id string) map[string]any {
	var in map[string]any
	_ = json.Unmarshal(body, &in)
	switch call := r.URL.Path; {
	case strings.Contains(call, "/experiments/get"):
		return map[string]any{"experiment": map[string]any{
			"experiment_id": "1", "name": cmp.Or(r.URL.Query().Get("experiment_name"), "e"), "lifecycle_stage": "active",
		}}
	case strings.HasSuffix(call, "/runs/create"):
		info := map[string]any{"run_id": id, "artifact_uri": "mlflow-artifacts:/1/" + id + "/artifacts"}
		return map[string]any{"run": map[string]any{"info": info}}
	case strings.HasSuffix(call, "/runs/update"):
		return map[string]any{"run_info": in}
	case strings.HasSuffix(call, "/logged-models"):
		return map[string]any{"model": map[string]any{"info": map[string]any{"model_id": "m1", "status": "LOGGED_MODEL_READY"}}}
	case strings.HasSuffix(call, "3.0/mlflow/traces"):
		info := in["trace"].(map[string]any)["trace_info"].(map[string]any)
		info["tags"] = map[string]any{"mlflow.trace.spansLocation": "TRACKING_STORE"}
		return map[string]any{"trace": map[string]any{"trace_info": info}}
	}
	return map[string]any{}
}

func (s *tracking) asked(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.paths {
		if strings.Contains(p, what) {
			return true
		}
	}
	return false
}

func (s *tracking) sent(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.bodies, func(b string) bool { return strings.Contains(b, what) })
}

func hermetic(t *testing.T) (state string) {
	state = t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("OTEL_SERVICE_NAME", "svc")
	for _, k := range []string{"MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_ENABLE_TRACKING", "MLFLOW_ENABLE_TRACING"} {
		t.Setenv(k, "")
	}
	return state
}

func mustNew(t *testing.T, opts ...Option) *SpanProcessor {
	t.Helper()
	p, err := New(t.Context(), append([]Option{WithLogger(quiet), WithShutdownTimeout(5 * time.Minute)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func oneSpan(t *testing.T, p *SpanProcessor) trace.TraceID {
	t.Helper()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	_, s := tp.Tracer("x").Start(context.Background(), "job")
	s.End()
	return s.SpanContext().TraceID()
}

func TestTraceArrivesAtTheServer(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	t.Setenv("MLFLOW_EXPERIMENT_NAME", "mine")
	p := mustNew(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	id := oneSpan(t, p)
	r, err := p.Wait(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if r.TraceID != id || r.ParentRunID == "" {
		t.Errorf("result %+v", r)
	}
	for _, path := range []string{"runs/create", "runs/update", "/v1/traces", "/api/3.0/mlflow/traces"} {
		if !server.asked(path) {
			t.Errorf("no request to %s", path)
		}
	}
	if st := p.Spool().Stats(); st.Pending != 0 {
		t.Errorf("%d left in the outbox", st.Pending)
	}
}

func TestShutdownDelivers(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	p := mustNew(t)
	oneSpan(t, p)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !server.asked("runs/update") {
		t.Error("not delivered")
	}
	if !server.asked("experiment_name=Default") {
		t.Error("not in the default experiment")
	}
}

// brokenDelivery gives up at once.
type brokenDelivery struct{ memoryDelivery }

func (*brokenDelivery) Run(context.Context) error { return os.ErrInvalid }

func TestShutdownDoesNotWaitForDeliveryThatGaveUp(t *testing.T) {
	s, err := spool.Open(t.TempDir(), spool.WithLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	d := &brokenDelivery{}
	p := start(newConfig([]Option{WithLogger(quiet), WithShutdownTimeout(time.Minute)}), s, startOutbound(t.Context(), d, d, nil))
	p.outbox = s
	oneSpan(t, p)
	began := time.Now()
	if err := p.Shutdown(t.Context()); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("shutdown: %v", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestServerThatIsAwayHoldsUpNothing(t *testing.T) {
	state := hermetic(t)
	server := newTracking(t)
	server.down.Store(true)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	p := mustNew(t) // which may take five minutes to shut down
	oneSpan(t, p)
	began := time.Now()
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("shutdown took %v", took)
	}
	if left, err := spool.List(filepath.Join(state, "otel-mlflow", "svc")); err != nil || len(left) != 1 {
		t.Fatalf("in the outbox: %v, %v", left, err)
	}

	server.down.Store(false)
	p = mustNew(t) // the next start delivers it
	eventually(t, "the trace is delivered", func() bool { return p.Spool().Stats().Pending == 0 })
}

func TestBothSwitchesOffMeansNothingHappens(t *testing.T) {
	state := hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	t.Setenv("MLFLOW_ENABLE_TRACKING", "false")
	t.Setenv("MLFLOW_ENABLE_TRACING", "false")
	p := mustNew(t)
	oneSpan(t, p)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Enabled() || server.calls.Load() != 0 {
		t.Errorf("enabled %v, %d requests", p.Enabled(), server.calls.Load())
	}
	if left, _ := os.ReadDir(state); len(left) != 0 {
		t.Errorf("files: %v", left)
	}
}

func TestOneSwitchLeavesTheOther(t *testing.T) {
	for off, absent := range map[string]string{"MLFLOW_ENABLE_TRACKING": "runs/create", "MLFLOW_ENABLE_TRACING": "/v1/traces"} {
		t.Run(off, func(t *testing.T) {
			hermetic(t)
			server := newTracking(t)
			t.Setenv("MLFLOW_TRACKING_URI", server.URL)
			t.Setenv(off, "false")
			p := mustNew(t)
			oneSpan(t, p)
			if err := p.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if server.asked(absent) {
				t.Errorf("asked for %s", absent)
			}
			if p.Spool().Stats().Stored != 1 || server.calls.Load() == 0 {
				t.Error("nothing was delivered")
			}
		})
	}
}

func TestFailedSetUpSaysWhatWhereAndHowToMend(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	owned := t.TempDir()
	s, err := spool.Open(owned)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, c := range map[string]struct {
		env  [2]string
		opts []Option
		want []string
	}{
		"address":       {[2]string{"MLFLOW_TRACKING_URI", "sqlite:///mlflow.db"}, nil, []string{"sqlite:///mlflow.db", "http://"}},
		"switch":        {[2]string{"MLFLOW_ENABLE_TRACKING", "perhaps"}, nil, []string{"MLFLOW_ENABLE_TRACKING", "perhaps", "true or false"}},
		"folder":        {[2]string{}, []Option{WithSpoolDir(filepath.Join(file, "x"))}, []string{file, "writable", "WithSpoolDir"}},
		"shared folder": {[2]string{}, []Option{WithSharedSpoolDir(filepath.Join(file, "x"))}, []string{file, "writable", "WithSpoolDir"}},
		"owned folder":  {[2]string{}, []Option{WithSpoolDir(owned)}, []string{owned, "in use", "WithSpoolDir"}},
	} {
		t.Run(name, func(t *testing.T) {
			hermetic(t)
			if c.env[0] != "" {
				t.Setenv(c.env[0], c.env[1])
			}
			p, err := New(t.Context(), c.opts...)
			if err == nil {
				t.Fatal(p.Shutdown(t.Context()))
			}
			// A program that only logs the error goes on with it.
			id := oneSpan(t, p)
			if _, waitErr := p.Wait(t.Context(), id); p.Enabled() || errors.Join(waitErr, p.Shutdown(t.Context())) != nil {
				t.Errorf("the processor beside the error: enabled %v, %v", p.Enabled(), waitErr)
			}
			for _, w := range append(c.want, "set up run processor") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	hermetic(t)
	t.Setenv("MLFLOW_TRACKING_URI", "ftp://user:hunter2@host/")
	if _, err := New(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestSecondProcessStepsAsideAndItsTracesAreTakenOver(t *testing.T) {
	state := hermetic(t)
	base := filepath.Join(state, "otel-mlflow", "svc")
	first := mustNew(t, WithoutDelivery())
	second := mustNew(t, WithoutDelivery())
	if first.Spool().Dir() != base || second.Spool().Dir() != base+"-2" {
		t.Fatalf("folders %s and %s", first.Spool().Dir(), second.Spool().Dir())
	}
	oneSpan(t, second)
	for _, p := range []*SpanProcessor{second, first} {
		if err := p.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	third := mustNew(t, WithoutDelivery())
	entries := third.Spool().Entries()
	if third.Spool().Dir() != base || len(entries) != 1 || !entries[0].FoundAtOpen {
		t.Errorf("%s holds %+v", third.Spool().Dir(), entries)
	}
}

func TestSharedFolderStepsAsideTooAndIsTakenOver(t *testing.T) {
	hermetic(t)
	base := filepath.Join(t.TempDir(), "outbox")
	shared := []Option{WithoutDelivery(), WithSharedSpoolDir(base)}
	first, second := mustNew(t, shared...), mustNew(t, shared...)
	if first.Spool().Dir() != base || second.Spool().Dir() != base+"-2" {
		t.Fatalf("folders %s and %s", first.Spool().Dir(), second.Spool().Dir())
	}
	oneSpan(t, second)
	for _, p := range []*SpanProcessor{second, first} {
		if err := p.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if third := mustNew(t, shared...); third.Spool().Dir() != base || len(third.Spool().Entries()) != 1 {
		t.Errorf("%s holds %+v", third.Spool().Dir(), third.Spool().Entries())
	}
	own := t.TempDir()
	if p := mustNew(t, append(shared, WithSpoolDir(own))...); p.Spool().Dir() != own {
		t.Errorf("the folder of its own does not win: %s", p.Spool().Dir())
	}
}

func TestAnExperimentIDWins(t *testing.T) {
	hermetic(t)
	handled := errorsHandled(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	t.Setenv("MLFLOW_EXPERIMENT_NAME", "another")
	t.Setenv("MLFLOW_EXPERIMENT_ID", "1")
	p := mustNew(t)
	oneSpan(t, p)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !server.asked("experiments/get?experiment_id=1") || server.asked("get-by-name") || !server.asked("runs/update") {
		t.Errorf("asked %v", server.paths)
	}
	if got := handled(); len(got) != 1 || !strings.Contains(got[0].Error(), `"another"`) {
		t.Errorf("the name that disagrees: %v", got)
	}
}

func TestAnUnknownExperimentIDIsSaidAndRefusedForGood(t *testing.T) {
	hermetic(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "experiments/get") {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=77 exists"}`)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	t.Setenv("MLFLOW_EXPERIMENT_ID", "77")
	p := mustNew(t)
	_, err := p.Wait(t.Context(), oneSpan(t, p))
	var refused *deliver.DeadLetterError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "MLFLOW_EXPERIMENT_ID") || !strings.Contains(err.Error(), "77") {
		t.Errorf("wait: %v", err)
	}
}

func TestTagsViewsAndPagesReachTheServer(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	p := mustNew(t, WithUIURL("https://mlflow.example/"), WithRunTags(map[string]string{"team": "research"}),
		WithExperimentTags(map[string]string{"mlflow.note.content": "what it is"}), WithViews(deliver.RunsView{ID: "mine", Name: "Mine"}))
	r, err := p.Wait(t.Context(), oneSpan(t, p))
	if err != nil || !strings.HasPrefix(r.RunURL, "https://mlflow.example/#/experiments/1/runs/") {
		t.Errorf("%+v, %v", r, err)
	}
	for _, want := range []string{`"key":"team","value":"research"`, `"value":"what it is"`, `"key":"mlflow.sharedViewState.mine"`} {
		if !server.sent(want) {
			t.Errorf("%s was not sent", want)
		}
	}
}

func TestConfigReplacesTheEnvironment(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", "not an address")
	p := mustNew(t, WithConfig(mlflow.Config{URI: server.URL, EnableTracking: true, EnableTracing: true}), WithSpoolDir(t.TempDir()))
	oneSpan(t, p)
	if err := p.Shutdown(t.Context()); err != nil || server.calls.Load() == 0 {
		t.Errorf("%v, %d requests", err, server.calls.Load())
	}
}
