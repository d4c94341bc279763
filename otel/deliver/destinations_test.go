package deliver

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
)

// places is a spool whose processes are told one experiment after the other.
type places struct {
	*bench
	at     spool.Destination
	former []string // instances

	mu     sync.Mutex
	opened []string // experiments for which a Deliverer was made beside the own one
}

func newPlaces(t *testing.T) *places { return &places{bench: newBench(t)} }

func (p *places) place(experiment string) spool.Destination {
	return spool.Destination{Server: p.proxy.URL, Experiment: experiment}
}

func (p *places) deliverer(experiment string) *Deliverer {
	return New(p.c, WithExperiment(experiment), withFixture(), fast(), WithoutExperimentSetup(), WithInstanceID(p.spool.InstanceID()),
		WithFormerInstances(p.former...))
}

// start is a process that is told an experiment, in place of the one before.
func (p *places) start(experiment string) {
	p.t.Helper()
	p.stop()
	if err := p.spool.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.at, p.opened = p.place(experiment), nil
	var err error
	p.spool, err = spool.Open(p.dir, spool.WithReach(func(d spool.Destination) bool { return mlflow.SameServer(d.Server, p.at.Server) }))
	if err == nil {
		err = p.spool.UseDestination(p.at)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *places) run() {
	h := NewDestinations(p.spool, p.deliverer(p.at.Experiment), p.at, func(d spool.Destination) (*Deliverer, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.opened = append(p.opened, d.Experiment)
		return p.deliverer(d.Experiment), nil
	})
	p.seen = &watcher{dropped: map[string]int{}, changed: make(chan struct{}, 1)}
	p.q = NewSpoolQueue(p.spool, h, WithBackoff(5*ms, 50*ms), WithObserver(p.seen))
	p.stop = runQueue(p.q)
}

// put stores a part for a destination.
func (p *places) put(td *tracepb.TracesData, number int, complete bool, to spool.Destination) trace.TraceID {
	p.t.Helper()
	part := spool.Part{TraceID: fixtureID(td), Number: number, Complete: complete, Start: jobStart, Data: td, Destination: to}
	if err := p.spool.Put(p.t.Context(), part); err != nil {
		p.t.Fatal(err)
	}
	return part.TraceID
}

func (p *places) setLifecycle(experiment, verb string) {
	p.t.Helper()
	e, err := p.c.ExperimentByName(p.t.Context(), experiment)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.Post(p.proxy.URL+"/api/2.0/mlflow/experiments/"+verb, "application/json", strings.NewReader(`{"experiment_id":"`+e.ID+`"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		p.t.Fatal(verb, resp.Status)
	}
}

func TestEachTraceGoesToTheExperimentItWasMadeFor(t *testing.T) {
	p := newPlaces(t)
	a, b := mlflowtest.Experiment(t), mlflowtest.Experiment(t)
	p.start(a)
	p.put(smallTrace(1), 1, true, p.place(a))
	spelled := p.place(a)
	spelled.Server = strings.Replace(spelled.Server, "127.0.0.1", "LOCALHOST", 1) + "/"
	p.put(smallTrace(2), 1, true, spelled)
	p.put(smallTrace(3), 1, true, spool.Destination{}) // of an earlier version
	spans := smallTrace(4).ResourceSpans[0].ScopeSpans[0].Spans
	p.put(traces(spans[0]), 1, false, p.place(a)) // its process was killed, and the next one writes the rest
	p.start(b)
	p.put(traces(spans[1]), 2, true, p.place(b))
	p.put(smallTrace(5), 1, true, p.place(b))
	p.run()
	for n := uint64(1); n <= 5; n++ {
		p.mustWait(traceIDNumber(n))
	}
	for n, experiment := range map[uint64]string{1: a, 2: a, 3: b, 4: a, 5: b} {
		checkSmall(t, p.c, experiment, smallTrace(n), "where it belongs")
		if other := map[string]string{a: b, b: a}[experiment]; readBack(t, p.c, other, traceIDNumber(n)).active != 0 {
			t.Errorf("trace %d is in both experiments", n)
		}
	}
	if len(p.opened) != 1 || p.spool.Stats().Pending != 0 {
		t.Errorf("opened %v, %d left", p.opened, p.spool.Stats().Pending)
	}
}

// TestWhatWaitsForAnotherServerHoldsNobodyUp, and is delivered once somebody redirects it.
func TestWhatWaitsForAnotherServerHoldsNobodyUp(t *testing.T) {
	p := newPlaces(t)
	a := mlflowtest.Experiment(t)
	p.start(a)
	elsewhere := p.place(a)
	elsewhere.Server = "http://elsewhere:5000"
	p.put(smallTrace(1), 1, true, elsewhere)
	p.run()
	p.mustWait(p.put(smallTrace(2), 1, true, p.place(a)))
	if st := p.spool.Stats(); st.Pending != 1 || st.Elsewhere != 1 || st.Untried != 0 || p.q.Stats().Retried != 0 {
		t.Errorf("%+v, %+v", st, p.q.Stats())
	}
	if err := p.spool.Redirect(p.spool.Entries()[0].ID, p.place(a)); err != nil {
		t.Fatal(err)
	}
	p.mustWait(traceIDNumber(1))
	checkSmall(t, p.c, a, smallTrace(1), "redirected")
}

func TestRunsThatWereLeftRunningInAFormerExperimentAreEnded(t *testing.T) {
	p := newPlaces(t)
	a, b := mlflowtest.Experiment(t), mlflowtest.Experiment(t)
	p.start(a)
	former := p.deliverer(a)
	former.Started(t.Context(), begun(1)) // its trace never came
	former.Started(t.Context(), begun(2)) // its trace waits
	p.put(smallTrace(2), 1, true, p.place(a))
	p.start(b)
	p.run()
	p.mustWait(p.put(smallTrace(3), 1, true, p.place(b)))
	p.mustWait(traceIDNumber(2))
	checkSmall(t, p.c, a, smallTrace(2), "goes on")
	if _, s := status(t, p.c, a, smallTrace(1)); s != "KILLED" {
		t.Errorf("the run that nobody ends is %s", s)
	}
	if got := p.spool.Destinations(); len(got) != 2 {
		t.Errorf("forgotten while a trace waited: %+v", got)
	}
	p.start(b)
	p.run()
	p.mustWait(p.put(smallTrace(4), 1, true, p.place(b)))
	if got := p.spool.Destinations(); len(got) != 1 || got[0] != p.at {
		t.Errorf("remembered though nothing is left there: %+v", got)
	}
}

// TestRunsOfAFolderThatALiveProcessHasByNowAreLeftAlone: what a dead process left is ended, under the
// id that its folder had.
func TestRunsOfAFolderThatALiveProcessHasByNowAreLeftAlone(t *testing.T) {
	p := newPlaces(t)
	a := mlflowtest.Experiment(t)
	sibling := t.TempDir()
	running := func(n uint64) *spool.Spool {
		t.Helper()
		s := openSpool(t, sibling)
		New(p.c, WithExperiment(a), withFixture(), WithoutExperimentSetup(), WithInstanceID(s.InstanceID())).Started(t.Context(), begun(n))
		return s
	}
	if err := running(1).Close(); err != nil { // killed
		t.Fatal(err)
	}
	p.start(a)
	if _, _, err := p.spool.Adopt(sibling); err != nil {
		t.Fatal(err)
	}
	running(2) // by another process, before the server is asked for what the dead one left
	p.former = p.spool.FormerInstances()
	p.run()
	p.mustWait(p.put(smallTrace(3), 1, true, p.at))
	for n, want := range map[uint64]string{1: "KILLED", 2: "RUNNING"} {
		if _, s := status(t, p.c, a, smallTrace(n)); s != want {
			t.Errorf("run %d is %s, want %s", n, s, want)
		}
	}
	if got := p.spool.FormerInstances(); len(got) != 0 {
		t.Errorf("remembered though all is ended: %v", got)
	}
}

// TestADeletedFormerExperimentHoldsUpItsOwnTracesAlone, and makes none under its name.
func TestADeletedFormerExperimentHoldsUpItsOwnTracesAlone(t *testing.T) {
	p := newPlaces(t)
	a, b := mlflowtest.Experiment(t), mlflowtest.Experiment(t)
	p.start(a)
	if _, _, err := p.c.EnsureExperiment(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= 4; n++ {
		p.put(smallTrace(n), 1, true, p.place(a))
	}
	p.setLifecycle(a, "delete")
	p.start(b)
	p.run()
	p.mustWait(p.put(smallTrace(9), 1, true, p.place(b)))
	reasons := func() (all []string) {
		for _, e := range p.spool.Entries() {
			if strings.Contains(e.Reason, "made for "+p.place(a).String()) && strings.Contains(e.Reason, "is deleted") {
				all = append(all, e.Reason)
			}
		}
		return all
	}
	p.seen.until(t, "a reason beside each", func() bool { return len(reasons()) == 4 })
	if st := p.q.Stats(); st.ServerDown || st.DeadLettered != 0 || p.spool.Stats().Pending != 4 {
		t.Errorf("%+v, %+v", st, p.spool.Stats())
	}
	p.setLifecycle(a, "restore")
	p.start(b) // else it is tried again in half a minute
	for _, e := range p.spool.Entries() {
		if err := p.spool.Retry(e.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.run()
	for n := uint64(1); n <= 4; n++ {
		p.mustWait(traceIDNumber(n))
	}
}

func TestAnExperimentThatTakesNothingIsAskedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := &another{}
		began := time.Now()
		gone := &mlflow.DeletedExperimentError{ID: "1", Name: "a"}
		asked := 0
		for time.Since(began) < time.Hour {
			if err := other.closed(time.Now()); err != nil {
				var postponed *PostponedError
				if !errors.As(err, &postponed) || postponed.Err != nil || !errors.Is(postponed.Reason, gone) {
					t.Fatal(err)
				}
				time.Sleep(time.Until(postponed.Until))
				continue
			}
			asked++
			for range 3 { // under way at once
				if err := other.judge(gone, time.Now()); !errors.Is(err, gone) {
					t.Fatal(err)
				}
			}
		}
		if asked < 6 || asked > 30 {
			t.Errorf("asked %d times in an hour", asked)
		}
		if err := other.judge(nil, time.Now()); err != nil || other.failures != 0 || other.closed(time.Now()) != nil {
			t.Error("a success is not the end of it")
		}
		for name, err := range map[string]error{
			"an outage": answer(503, 0), "another refusal": answer(400, 0), "stopped": errStopped, "artifacts": &ArtifactsError{Err: gone},
		} {
			if got := other.judge(err, time.Now()); !errors.Is(got, err) || other.closed(time.Now()) != nil {
				t.Errorf("%s holds all back: %v", name, got)
			}
		}
	})
}

func TestSamePlace(t *testing.T) {
	at := spool.Destination{Server: "http://127.0.0.1:5000", Experiment: "a"}
	with := func(change func(d *spool.Destination)) spool.Destination {
		d := at
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		d    spool.Destination
		same bool
	}{
		"none":               {spool.Destination{}, true},
		"the same":           {at, true},
		"another spelling":   {with(func(d *spool.Destination) { d.Server = "http://localhost:5000/" }), true},
		"another server":     {with(func(d *spool.Destination) { d.Server = "http://b:5000" }), false},
		"another experiment": {with(func(d *spool.Destination) { d.Experiment = "b" }), false},
		"an id":              {with(func(d *spool.Destination) { d.ExperimentID = "1" }), false},
		"a workspace":        {with(func(d *spool.Destination) { d.Workspace = "w" }), false},
		"a parent run":       {with(func(d *spool.Destination) { d.ParentRunID = "r" }), false},
	} {
		if got := SamePlace(c.d, at); got != c.same || SamePlace(at, c.d) != got {
			t.Errorf("%s: %v", name, got)
		}
	}
	one, two := with(func(d *spool.Destination) { d.ExperimentID = "1" }), with(func(d *spool.Destination) { d.ExperimentID, d.Experiment = "1", "renamed" })
	if !SamePlace(one, two) {
		t.Error("an id is one experiment whatever its name")
	}
}
