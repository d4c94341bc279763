package mlflowmatrix

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

var update = flag.Bool("update", false, "rewrite testdata/results.json and the table in the README")

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "mlflowmatrix")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	preparePrograms(folder)
	code := m.Run()
	_ = os.RemoveAll(folder)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// delivered is a job that went one way to a server.
type delivered struct {
	want   expectation
	more   []expectation   // of further jobs in the same experiment
	faults []string        // of the way itself: exit codes, outboxes
	again  func() []string // delivers once more
}

func (d *delivered) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// ways are how traces come to a server.
var ways = []struct {
	name    string
	deliver func(t *testing.T, s *site, experiment string, withTokens bool) delivered
}{
	{"library", viaLibrary},
	{"worker", viaWorker},
	{"Collector", viaCollector},
}

// TestEveryServer brings jobs to real servers of each release. Two servers run at a
// time: each wants a core.
func TestEveryServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts nine MLflow servers")
	}
	free := make(chan struct{}, 2)
	r := newRecorder(t)
	t.Run("servers", func(t *testing.T) {
		for _, k := range kinds {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				free <- struct{}{}
				defer func() { <-free }()
				r.set(t, k.name, measure(t, k))
			})
		}
	})
	r.end(t)
}

// measure does all that is done to one server.
func measure(t *testing.T, k kind) row {
	t.Helper()
	uri, server := k.start(t)
	defer server.Stop() // before the next one starts
	s := newSite(uri)
	out := row{Server: factsOf(t, s), Ways: map[string]properties{}, contents: map[string][]string{}}
	for _, way := range ways {
		for _, withTokens := range []bool{false, true} {
			name := way.name
			if withTokens {
				name += ", with tokens"
			}
			t.Run(name, func(t *testing.T) {
				experiment := mlflowtest.Experiment(t)
				d := way.deliver(t, s, experiment, withTokens)
				before := s.state(t, experiment)
				for _, want := range append([]expectation{d.want}, d.more...) {
					p, faults := s.check(t, k, experiment, want)
					d.faults = append(d.faults, faults...)
					if last, ok := out.Ways[name]; ok && last != p {
						d.fault("one job is %+v, the other %+v", last, p)
					}
					out.Ways[name] = p
				}
				out.contents[name] = s.contents(t, k, experiment, d.want)
				for _, fault := range d.faults {
					t.Error(fault)
				}
				for _, fault := range d.again() {
					t.Error("second delivery: " + fault)
				}
				for _, line := range changes(before, s.state(t, experiment)) {
					t.Error("second delivery: " + line)
				}
			})
		}
	}
	s.client.CloseIdleConnections()
	if t.Failed() {
		t.Logf("what the server's log says beside answers of 200:\n%s", troubles(server.Log()))
	}
	return out
}

// troubles leaves out of a server's log what went well.
func troubles(log string) string {
	var out []string
	for line := range strings.SplitSeq(log, "\n") {
		if !strings.Contains(line, " 200 ") {
			out = append(out, line)
		}
	}
	return strings.Join(out[max(0, len(out)-30):], "\n")
}
