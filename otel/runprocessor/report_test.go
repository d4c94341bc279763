package runprocessor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
)

// errorsHandled collects what reaches otel.Handle until the test ends.
func errorsHandled(t *testing.T) func() []error {
	var mu sync.Mutex
	var all []error
	before := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, err)
	}))
	t.Cleanup(func() { otel.SetErrorHandler(before) })
	return func() []error {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// dropThree has a processor lose three traces.
func dropThree(t *testing.T, opts ...Option) {
	p := start(newConfig(opts), &memoryStore{err: os.ErrPermission}, nil)
	for range 3 {
		id := oneSpan(t, p)
		_ = p.Flush(t.Context(), id)
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDropsAreLoggedOnce(t *testing.T) {
	handled := errorsHandled(t)
	var log bytes.Buffer
	dropThree(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if n := strings.Count(log.String(), "cannot be stored"); n != 1 || !strings.Contains(log.String(), "permission denied") {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if got := handled(); len(got) != 0 {
		t.Errorf("handled too: %v", got)
	}
}

func TestWithoutALoggerDropsGoToTheErrorHandlerOnce(t *testing.T) {
	handled := errorsHandled(t)
	dropThree(t, WithLogger(nil))
	got := handled()
	if len(got) != 1 || !errors.Is(got[0], os.ErrPermission) || !strings.Contains(got[0].Error(), "run processor: spans dropped") {
		t.Errorf("handled: %v", got)
	}
}

func TestErrorHandlerGetsWarningsOnly(t *testing.T) {
	handled := errorsHandled(t)
	l := slog.New(otelHandler{}).With("dir", "/outbox").WithGroup("g")
	l.Info("fine")
	l.Warn("nearly full", "parts", 7)
	if got := fmt.Sprint(handled()); got != "[run processor: nearly full, dir /outbox, parts 7]" {
		t.Errorf("handled: %s", got)
	}
}

// states is a queue that is in one state after the other.
type states struct {
	memoryDelivery
	left []deliver.QueueStats
}

func (s *states) Stats() deliver.QueueStats {
	first := s.left[0]
	s.left = s.left[1:]
	return first
}

func TestEachOutageIsReportedOnceAndRefusedTracesToo(t *testing.T) {
	var log bytes.Buffer
	r := newReporter(slog.New(slog.NewTextHandler(&log, nil)), "http://mlflow:5000")
	away := deliver.QueueStats{ServerDown: true, LastError: "connection refused"}
	q := &states{left: []deliver.QueueStats{{}, away, away, {Delivered: 1}, away, {Delivered: 2, DeadLettered: 1}, {Delivered: 2, DeadLettered: 2}}}
	for range len(q.left) {
		r.delivery(q)
	}
	if n := strings.Count(log.String(), "does not answer"); n != 2 || strings.Count(log.String(), `server=http://mlflow:5000 error="connection refused"`) < 2 {
		t.Errorf("%d outages reported:\n%s", n, log.String())
	}
	if n := strings.Count(log.String(), "dead letters"); n != 1 {
		t.Errorf("refused traces reported %d times:\n%s", n, log.String())
	}
}

// TestWhatIsLeftIsReportedWithReasonAndServer: a person who reads the one line knows where to look.
func TestWhatIsLeftIsReportedWithReasonAndServer(t *testing.T) {
	for name, c := range map[string]struct {
		serve   http.HandlerFunc
		timeout time.Duration
		wants   []string
	}{
		"nobody listens": {nil, time.Minute, []string{"connection refused"}},
		"another page":   {http.NotFound, time.Minute, []string{"404", "check host and path of MLFLOW_TRACKING_URI"}},
		"no answer comes": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 50 * time.Millisecond,
			[]string{"no answer came before the program ended"}},
	} {
		t.Run(name, func(t *testing.T) {
			hermetic(t)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := l.Addr().String()
			if c.serve == nil {
				_ = l.Close()
			} else {
				s := &http.Server{Handler: c.serve, ReadHeaderTimeout: time.Minute}
				go func() { _ = s.Serve(l) }()
				t.Cleanup(func() { _ = s.Close() })
			}
			var log bytes.Buffer
			p := mustNew(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithShutdownTimeout(c.timeout), WithConfig(mlflow.Config{
				URI: "http://ann:hunter2@" + address + "/team", Token: "t0ken", EnableTracking: true, EnableTracing: true,
			}))
			oneSpan(t, p)
			_ = p.Shutdown(context.Background()) // of a request that is under way it says that it did not end
			for _, want := range append(c.wants, "traces wait in the outbox", "server=http://"+address+"/team ") {
				if !strings.Contains(log.String(), want) {
					t.Errorf("%q is not in %s", want, log.String())
				}
			}
			for _, secret := range []string{"ann", "hunter2", "t0ken"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%q is in %s", secret, log.String())
				}
			}
		})
	}
}

func TestTheSDKLogsTheProcessorWithoutSecrets(t *testing.T) {
	hermetic(t)
	var log bytes.Buffer
	otel.SetLogger(funcr.New(func(_, args string) { log.WriteString(args) }, funcr.Options{Verbosity: 99}))
	t.Cleanup(func() { otel.SetLogger(funcr.New(func(string, string) {}, funcr.Options{})) })
	p := mustNew(t, WithConfig(mlflow.Config{
		URI: "http://ann:hunter2@127.0.0.1:1/x", ExperimentName: "mine", Token: "t0ken", Password: "pa55", EnableTracking: true,
	}))
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	defer func() { _ = tp.Shutdown(context.Background()) }()
	for _, want := range []string{"RunProcessor", "http://127.0.0.1:1/x", "mine", p.Spool().Dir()} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in %s", want, log.String())
		}
	}
	for _, secret := range []string{"ann", "hunter2", "t0ken", "pa55"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in %s", secret, log.String())
		}
	}
}
