package usage_test

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/runs/usage"
)

// sums are what traces used.
type sums struct {
	input, output, embedding int64
	calls, embeddings        int
	cost                     float64
}

func (s *sums) add(calls []usage.Call) {
	for _, c := range calls {
		switch {
		case c.Operation == "embeddings" && c.IsCall:
			s.embedding += c.Input
			s.embeddings++
		case c.IsCall:
			s.calls++
			fallthrough
		default:
			s.input += c.Input
			s.output += c.Output
		}
		s.cost += c.Cost
	}
	s.cost = math.Round(s.cost*1e9) / 1e9
}

// projected are the sums of the runs that the traces become.
func projected(td *tracepb.TracesData, table *prices.Table) (s sums) {
	for _, p := range runs.Read(td, runs.Rules{Prices: table}).Project() {
		for _, r := range p.Runs {
			if r.ParentSpanID.IsValid() {
				continue
			}
			for _, m := range r.Metrics {
				switch m.Key {
				case "input_tokens":
					s.input += int64(m.Value)
				case "output_tokens":
					s.output += int64(m.Value)
				case "embedding_tokens":
					s.embedding += int64(m.Value)
				case "llm_call_count":
					s.calls += int(m.Value)
				case "embedding_call_count":
					s.embeddings += int(m.Value)
				case "total_cost_usd":
					s.cost += m.Value
				}
			}
		}
	}
	s.cost = math.Round(s.cost*1e9) / 1e9
	return s
}

// captures are the traces of real programs, by file; in short mode those that are read quickly.
func captures(t *testing.T) map[string]*tracepb.TracesData {
	t.Helper()
	out := map[string]*tracepb.TracesData{}
	for _, dir := range []string{"traces", "programs", "reports"} {
		files, err := filepath.Glob("../testdata/" + dir + "/*.pb")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			td := &tracepb.TracesData{}
			if err := proto.Unmarshal(raw, td); err != nil {
				t.Fatal(err)
			}
			// Parts of one program, which may be parts of one trace.
			name, _, _ := strings.Cut(filepath.Base(file), ".")
			if out[name] == nil {
				out[name] = &tracepb.TracesData{}
			}
			out[name].ResourceSpans = append(out[name].ResourceSpans, td.ResourceSpans...)
		}
	}
	const quick = 32 << 10 // bytes
	for name, td := range out {
		if testing.Short() && proto.Size(td) > quick {
			delete(out, name)
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d captures", len(out))
	}
	return out
}

// count adds spans to their traces, and counts after each of them where piecewise is true.
func count(spans []*usage.Span, table *prices.Table, piecewise bool) (s sums) {
	traces := map[trace.TraceID]*usage.Trace{}
	for _, span := range spans {
		tr := traces[span.TraceID()]
		if tr == nil {
			tr = usage.NewTrace(span.TraceID())
			traces[span.TraceID()] = tr
		}
		tr.Add(span)
		if piecewise {
			s.add(tr.Count(table))
		}
	}
	for _, tr := range traces {
		s.add(tr.Count(table))
		if again := tr.Count(table); len(again) > 0 {
			s.calls += 1000
		}
	}
	return s
}

func TestWholeTracesCountAsTheirRuns(t *testing.T) {
	for name, td := range captures(t) {
		if got, want := count(usage.Read(td), prices.BuiltIn(), false), projected(td, prices.BuiltIn()); got != want {
			t.Errorf("%s: %+v, and its runs have %+v", name, got, want)
		}
	}
}

// What is read in a wrong unit takes longer than the call. Clocks that are not one may differ a little.
func TestFirstChunksComeWithinTheirCalls(t *testing.T) {
	streamed := 0
	for name, td := range captures(t) {
		for _, span := range usage.Read(td) {
			tr := usage.NewTrace(span.TraceID())
			tr.Add(span)
			for _, c := range tr.Count(nil) {
				if c.FirstChunk > c.Duration+50*time.Millisecond {
					t.Errorf("%s: a first chunk after %s of %s", name, c.FirstChunk, c.Duration)
				}
				if c.FirstChunk > 0 {
					streamed++
				}
			}
		}
	}
	if streamed < 10 && !testing.Short() {
		t.Errorf("%d streamed calls in all captures", streamed)
	}
}

// As a span is sent when it ends, and by the one, which is the worst case.
func TestTracesInPiecesCountAsTheirRuns(t *testing.T) {
	calls := 0
	for name, td := range captures(t) {
		spans := usage.Read(td)
		slices.SortStableFunc(spans, func(a, b *usage.Span) int {
			return cmp.Or(cmp.Compare(a.End, b.End), -cmp.Compare(a.Start, b.Start))
		})
		if got, want := count(spans, prices.BuiltIn(), true), projected(td, prices.BuiltIn()); got != want {
			t.Errorf("%s: %+v, and its runs have %+v", name, got, want)
		}
		if twice := append(usage.Read(td), usage.Read(td)...); count(twice, nil, true) != count(usage.Read(td), nil, false) {
			t.Errorf("%s: a batch that is sent again counts again", name)
		}
		calls += count(usage.Read(td), nil, false).calls
	}
	if calls < 50 {
		t.Errorf("%d calls in all captures", calls)
	}
}

func BenchmarkSpans(b *testing.B) {
	raw, err := os.ReadFile("../testdata/traces/agent-framework-weather.001.pb")
	if err != nil {
		b.Fatal(err)
	}
	td := &tracepb.TracesData{}
	if err := proto.Unmarshal(raw, td); err != nil {
		b.Fatal(err)
	}
	n := len(usage.Read(td))
	b.ReportAllocs()
	for b.Loop() {
		count(usage.Read(td), prices.BuiltIn(), false)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/span")
}
