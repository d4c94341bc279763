package deliver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/spool"
)

// An outbox is what a release leaves for the next one to deliver. testdata/outbox has one of
// each release, as that wrote it; none is ever changed. Before a release is tagged its own
// is made by
//
//	OUTBOX_OF=v0.2.0 go test ./deliver -run TestWriteTheOutboxOfARelease

// releaseTrace is a trace with an id that is the same in all processes.
func releaseTrace(n byte, td *tracepb.TracesData) (trace.TraceID, *tracepb.TracesData) {
	id := trace.TraceID{0: 0x0b, 15: n}
	for _, s := range otlp.Spans(td) {
		s.TraceId = id[:]
	}
	return id, td
}

// releaseDestination is where the traces were made for; the outbox of v0.2.0 is older than that.
var releaseDestination = spool.Destination{Server: "http://127.0.0.1:5000", Experiment: "of a release"}

func TestWriteTheOutboxOfARelease(t *testing.T) {
	release := os.Getenv("OUTBOX_OF")
	if release == "" {
		t.Skip("set OUTBOX_OF to the release")
	}
	dir := filepath.Join("testdata", "outbox", release)
	s := openSpool(t, dir)
	put := func(n byte, number int, complete bool, td *tracepb.TracesData) string {
		id, td := releaseTrace(n, td)
		p := spool.Part{
			TraceID: id, Number: number, Complete: complete, Start: jobStart.Add(time.Duration(n)), Data: td, Destination: releaseDestination,
		}
		if err := s.Put(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		all := s.Entries()
		return all[slices.IndexFunc(all, func(e spool.Entry) bool { return e.TraceID == id && e.Part == number })].ID
	}
	spans := func(from, to int) *tracepb.TracesData {
		td := smallTrace(0)
		scope := td.ResourceSpans[0].ScopeSpans[0]
		scope.Spans = scope.Spans[from:to]
		return td
	}
	put(1, 1, true, smallTrace(0)) // whole
	put(2, 1, false, spans(0, 1))  // cut in two
	put(2, 2, true, spans(1, 2))   //
	put(3, 1, false, spans(0, 1))  // of a process that was killed
	put(4, 2, true, spans(0, 1))   // late: the first part was delivered
	tried := put(5, 1, true, smallTrace(0))
	dead := put(6, 1, true, smallTrace(0))
	temp := put(7, 1, true, smallTrace(0)) // whole, and not renamed when the process was killed
	err := errors.Join(
		s.Note(tried, 2, jobStart, "MLflow answered 503"),
		s.MoveToDead(dead, "MLflow answered 400 INVALID_PARAMETER_VALUE"),
		s.Close(),
		os.Rename(filepath.Join(dir, temp+".otlp.gz"), filepath.Join(dir, temp+".otlp.gz.tmp")),
		os.Remove(filepath.Join(dir, "lock")),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// received is a Handler that keeps what it is to deliver.
type received struct {
	mu     sync.Mutex
	spans  map[trace.TraceID]int
	origin map[trace.TraceID]Origin
}

func (r *received) Handle(_ context.Context, w Work, td *tracepb.TracesData) (Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range otlp.Spans(td) {
		r.spans[w.TraceID()]++
	}
	r.origin[w.TraceID()] = w.Origin()
	return Result{TraceID: w.TraceID()}, nil
}

func TestTheOutboxOfEachReleaseIsDelivered(t *testing.T) {
	releases, err := filepath.Glob("testdata/outbox/*")
	if err != nil || len(releases) == 0 {
		t.Fatal("no outbox of a release: ", err)
	}
	want := map[byte]struct {
		spans  int
		origin Origin
	}{
		1: {2, Origin{}}, 2: {2, Origin{}}, 3: {1, Origin{}}, 4: {1, Origin{Late: true}}, 5: {2, Origin{}}, 6: {2, Origin{}}, 7: {2, Origin{}},
	}
	for _, release := range releases {
		t.Run(filepath.Base(release), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(release)); err != nil {
				t.Fatal(err)
			}
			instance, err := os.ReadFile(filepath.Join(release, "instance"))
			if err != nil {
				t.Fatal(err)
			}
			s := openSpool(t, dir)
			if got := s.InstanceID() + "\n"; got != string(instance) {
				t.Errorf("instance %q, want %q", got, instance)
			}
			for _, e := range s.Entries() {
				if want := releaseDestination; e.Destination != want && (filepath.Base(release) != "v0.2.0" || !e.Destination.IsZero()) {
					t.Errorf("trace %d is for %+v", e.TraceID[15], e.Destination)
				}
				if e.TraceID[15] == 5 && (e.Attempts != 2 || e.Reason != "MLflow answered 503" || !e.NextAttempt.Equal(jobStart)) {
					t.Errorf("note %+v", e)
				}
			}
			dead, err := s.Dead()
			if err != nil || len(dead) != 1 || dead[0].Reason != "MLflow answered 400 INVALID_PARAMETER_VALUE" {
				t.Fatalf("dead %+v, %v", dead, err)
			}
			if err := s.Retry(dead[0].ID); err != nil {
				t.Fatal(err)
			}
			handler := &received{spans: map[trace.TraceID]int{}, origin: map[trace.TraceID]Origin{}}
			q := NewSpoolQueue(s, handler)
			stop := runQueue(q)
			defer stop()
			for n, w := range want {
				id := trace.TraceID{0: 0x0b, 15: n}
				if _, err := q.Wait(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				w.origin.SearchFirst, w.origin.SampledFlag = true, true // an earlier process may have begun
				handler.mu.Lock()
				if handler.spans[id] != w.spans || handler.origin[id] != w.origin {
					t.Errorf("trace %d: %d spans by %+v, want %d by %+v", n, handler.spans[id], handler.origin[id], w.spans, w.origin)
				}
				handler.mu.Unlock()
			}
			if st := s.Stats(); st.Pending+st.Bad+st.Dead != 0 {
				t.Errorf("left: %+v", st)
			}
		})
	}
}
