package mlflowexporter

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Six spans of 60 MiB, 89 kB compressed, were taken and could not leave, and the memory that
// each try took kept sound traces out. Here they are smaller, as are the bounds.
func TestWhatIsTakenCanLeave(t *testing.T) {
	mlflow, url := fake(t)
	var largest atomic.Int64
	mlflow.Received = func(r *coltracepb.ExportTraceServiceRequest) int {
		if n := int64(proto.Size(r)); n > largest.Load() {
			largest.Store(n)
		}
		return http.StatusOK
	}
	exp, _ := begin(t, quick(t, url, "limits: {max_span_bytes: 1048576}\ndelivery: {memory_mib: 16}"), files(t, t.TempDir()))
	for i := range 6 {
		big := chat(2, 1)
		big.attrs["gen_ai.input.messages"] = strings.Repeat("a", 6<<20)
		if err := exp.ConsumeTraces(t.Context(), request(1+i, "shop", root(1), big)); err != nil {
			t.Fatal(err)
		}
	}
	deep := request(7, "shop", root(1), chat(2, 1))
	v := deep.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().PutEmpty("deep")
	for range 5000 {
		v = v.SetEmptySlice().AppendEmpty()
	}
	if err := exp.ConsumeTraces(t.Context(), deep); err != nil {
		t.Fatal(err)
	}
	if err := exp.ConsumeTraces(t.Context(), request(8, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all traces with their runs", func() bool {
		for n := 1; n <= 8; n++ {
			if !mlflow.HasSpan(traceHex(n), spanHex(2)) || len(mlflow.Runs(traceHex(n))) != 2 {
				return false
			}
		}
		return true
	})
	if n := largest.Load(); n > 2<<20 || n < 512<<10 {
		t.Errorf("a request of %d bytes", n)
	}
}

// A trace of many spans in one request goes in pieces, whole.
func TestALargeTraceInOneRequestGoesInPieces(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, "assembly: {max_trace_spans: 100, wait_after_root: 20ms, max_wait: 300ms}"), nil)
	specs := []spanSpec{root(1)}
	for i := range 1050 {
		specs = append(specs, chat(2+i, 1))
	}
	if err := exp.ConsumeTraces(t.Context(), request(1, "shop", specs...)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all spans", func() bool {
		spans, _ := mlflow.Spans()
		return spans == 1051
	})
}

func TestDeepLogRecordsAreTaken(t *testing.T) {
	mlflow, url := fake(t)
	traces, records, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
	ld := logs(1, "shop", asked(2, "hello"))
	r := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	deep := r.Body().SetEmptySlice().AppendEmpty()
	for range 5000 {
		deep = deep.SetEmptySlice().AppendEmpty()
	}
	if err := records.ConsumeLogs(t.Context(), ld); err != nil {
		t.Error(err)
	}
	if err := traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the trace", func() bool { return mlflow.HasSpan(traceHex(1), spanHex(2)) })
}
