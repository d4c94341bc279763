package mlflowexporter

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap/zaptest"
	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadata"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/standin"
)

// parse reads a configuration as the Collector does.
func parse(t testing.TB, text string) (*Config, error) {
	t.Helper()
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	c := createDefaultConfig().(*Config)
	return c, confmap.NewFromStringMap(raw).Unmarshal(c)
}

// quick is a configuration whose waits suit tests.
func quick(t testing.TB, endpoint, more string) *Config {
	t.Helper()
	c, err := parse(t, "endpoint: "+endpoint+"\n"+more)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(more, "assembly") {
		c.Assembly.WaitAfterRoot, c.Assembly.MaxWait = 20*time.Millisecond, 300*time.Millisecond
	}
	c.RetryConfig.InitialInterval, c.RetryConfig.MaxInterval = 5*time.Millisecond, 20*time.Millisecond
	return c
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// files is a host with a file_storage extension in dir.
func files(t testing.TB, dir string, options ...func(*filestorage.Config)) host {
	t.Helper()
	f := filestorage.NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = dir
	for _, o := range options {
		o(cfg)
	}
	ext, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ext.Shutdown(context.Background()) })
	return host{component.NewID(f.Type()): ext}
}

func settings(t testing.TB) exporter.Settings {
	set := exportertest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type) // also names the storage, and must be the same after a restart
	set.Logger = zaptest.NewLogger(t)
	return set
}

// begin starts an exporter; stop ends it, at the latest with the test.
func begin(t testing.TB, c *Config, h component.Host) (exp exporter.Traces, stop func()) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	exp, err := NewFactory().CreateTraces(context.Background(), settings(t), c)
	if err != nil {
		t.Fatal(err)
	}
	if h == nil {
		h = componenttest.NewNopHost()
	}
	if err := exp.Start(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := exp.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return exp, stop
}

// beginBoth starts one exporter for a pipeline of traces and one of logs, as the
// Collector does; stop ends it, at the latest with the test.
func beginBoth(t testing.TB, c *Config, h component.Host, set exporter.Settings) (traces exporter.Traces, logs exporter.Logs, stop func()) {
	t.Helper()
	factory := NewFactory()
	traces, err := factory.CreateTraces(context.Background(), set, c)
	if err != nil {
		t.Fatal(err)
	}
	logs, err = factory.CreateLogs(context.Background(), set, c)
	if err != nil {
		t.Fatal(err)
	}
	if h == nil {
		h = componenttest.NewNopHost()
	}
	both := []component.Component{traces, logs}
	for _, one := range both {
		if err := one.Start(context.Background(), h); err != nil {
			t.Fatal(err)
		}
	}
	stop = sync.OnceFunc(func() {
		for _, one := range both {
			if err := one.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	t.Cleanup(stop)
	return traces, logs, stop
}

// fake is a stand-in server.
func fake(t testing.TB) (*standin.Server, string) {
	t.Helper()
	s := standin.New()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h.URL
}

// outage is a switch: while it is on, the server answers 503.
func outage(s *standin.Server) *atomic.Bool {
	away := &atomic.Bool{}
	s.Fault = func(*http.Request) (int, string) {
		if away.Load() {
			return 503, ""
		}
		return 0, ""
	}
	return away
}

// eventually waits until ok holds; the bound is for a machine that is busy.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	within(t, time.Minute, what, ok)
}

func within(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", limit, what)
}

// spanSpec is a span of a made-up trace.
type spanSpec struct {
	id, parent int // 0: no parent
	name       string
	attrs      map[string]any
}

// request puts spans of one trace and service into one message.
func request(trace int, service string, specs ...spanSpec) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", service)
	ss := rs.ScopeSpans().AppendEmpty()
	for _, spec := range specs {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(traceID(trace))
		s.SetSpanID(spanID(spec.id))
		if spec.parent != 0 {
			s.SetParentSpanID(spanID(spec.parent))
		}
		s.SetName(spec.name)
		begin := time.Unix(1_760_000_000, 0).Add(time.Duration(spec.id) * time.Millisecond)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(begin))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(begin.Add(time.Second)))
		_ = s.Attributes().FromRaw(spec.attrs)
	}
	return td
}

func traceID(n int) (id pcommon.TraceID) { copy(id[:], fmt.Sprintf("trace %010d", n)); return id }
func spanID(n int) (id pcommon.SpanID)   { copy(id[:], fmt.Sprintf("s %06d", n)); return id }

func traceHex(n int) string { id := traceID(n); return hex.EncodeToString(id[:]) }
func spanHex(n int) string  { id := spanID(n); return hex.EncodeToString(id[:]) }

// chat is a model call, which makes a trace a GenAI one.
func chat(id, parent int) spanSpec {
	return spanSpec{id: id, parent: parent, name: "chat m", attrs: map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5,
	}}
}
