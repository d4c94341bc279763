package runs

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/logrecords"
)

// loadLogs reads a folder of captured requests, traces and logs, each as one part for
// each trace, as a Collector stores them.
func loadLogs(t testing.TB, folder string) []*tracepb.TracesData {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "logs", folder, "*.pb"))
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	var parts []*tracepb.TracesData
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".logs.pb") {
			td, err := ReadOTLP(File{Name: name, Body: b})
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, td)
			continue
		}
		ld := &logspb.LogsData{}
		if err := proto.Unmarshal(b, ld); err != nil {
			t.Fatal(err)
		}
		list, _ := logrecords.Carriers(ld)
		for _, p := range list {
			parts = append(parts, p.Data)
		}
	}
	return parts
}

// calls is what the model's server counted in a capture, whose programs say what they
// ask and what is answered in log records alone.
type calls struct{ folder, asked, answered string }

func capturedCalls() []calls {
	return []calls{
		{"genai-openai-event-only", "What is a span?", "A span is one timed step of a trace."},
		{"java-agent-openai", "What is the weather in Rome?", "Answer 2: it is 21 degrees and sunny in Rome."},
	}
}

func TestMessagesThatTravelAsLogsAreThereAsIfTheyHadBeenAttributes(t *testing.T) {
	for _, c := range capturedCalls() {
		t.Run(c.folder, func(t *testing.T) {
			parts := loadLogs(t, c.folder)
			found := false
			for _, p := range Read(Merge(parts...), Rules{}).Project() {
				found = found || p.Trace.RequestPreview == c.asked && p.Trace.ResponsePreview == c.answered
			}
			if !found {
				t.Errorf("no trace has the previews %q and %q", c.asked, c.answered)
			}
			spans := 0
			for _, s := range Read(Merge(parts...), Rules{}).Annotated().ResourceSpans {
				for _, ss := range s.ScopeSpans {
					for _, s := range ss.Spans {
						if logrecords.IsCarrier(s) {
							t.Errorf("span %q only carries a record", s.Name)
						}
						if strings.HasPrefix(s.Name, "chat ") {
							spans++
							if !strings.Contains(attributeText(s, "gen_ai.input.messages"), `"role":"user"`) {
								t.Errorf("span %q has no messages", s.Name)
							}
						}
					}
				}
			}
			if spans < 4 {
				t.Errorf("%d model calls", spans)
			}
		})
	}
}

func attributeText(s *tracepb.Span, key string) string {
	for _, kv := range s.Attributes {
		if kv.Key == key {
			return kv.Value.GetStringValue()
		}
	}
	return ""
}

func TestGoldenProjectionsWithLogs(t *testing.T) {
	for _, c := range capturedCalls() {
		t.Run(c.folder, func(t *testing.T) {
			parts := loadLogs(t, c.folder)
			got, err := encode(Read(Merge(parts...), Rules{}).Project())
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, filepath.Join("testdata", "golden", "logs", c.folder+".json"), got)
			for seed := range uint64(5) {
				r := rand.New(rand.NewPCG(seed, 3))
				twice := append(parts[:len(parts):len(parts)], parts[r.IntN(len(parts)):]...)
				r.Shuffle(len(twice), func(i, k int) { twice[i], twice[k] = twice[k], twice[i] })
				again, err := encode(Read(Merge(twice...), Rules{}).Project())
				if err != nil {
					t.Fatal(err)
				}
				if string(again) != string(got) {
					t.Fatalf("the order of requests matters, or that some came twice (seed %d)", seed)
				}
			}
		})
	}
}
