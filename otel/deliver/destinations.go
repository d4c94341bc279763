package deliver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/retry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// Destined is a Work that knows where its trace belongs, as those of a spool do.
type Destined interface {
	Work
	// Destination is the zero value where none was named. It is for Handle, after Read.
	Destination() spool.Destination
}

// Destinations is the Handler of a process whose spool holds traces that earlier processes made
// for other experiments of the same server: each goes where it belongs, by a Deliverer of
// its own. What is wrong with one of those experiments holds up its traces alone; they wait,
// and are tried now and then. It is safe for concurrent use.
type Destinations struct {
	spool *spool.Spool
	own   *Deliverer
	at    spool.Destination
	open  func(spool.Destination) (*Deliverer, error)
	now   func() time.Time

	mu     sync.Mutex                              // guards what follows, and is not held during deliveries
	others *lru.Cache[spool.Destination, *another] // by destinations of this server's address as at has it
}

// another is one other experiment.
type another struct {
	deliverer *Deliverer
	err       error // why there is none

	mu       sync.Mutex
	failures int
	until    time.Time // not before
	why      error
}

// maxOthers bounds the Deliverers for other experiments. One that was not used for longest goes,
// and is made again when it is needed.
const maxOthers = 16

// othersWait bounds the waits between attempts at an experiment that takes nothing.
const (
	othersWait    = 30 * time.Second
	othersMaxWait = 10 * time.Minute
)

// NewDestinations makes the Handler of a spool whose process delivers to at, by own. open makes
// the Deliverer of another destination on the same server; it sends nothing.
func NewDestinations(
	s *spool.Spool, own *Deliverer, at spool.Destination, open func(spool.Destination) (*Deliverer, error),
) *Destinations {
	return &Destinations{
		spool: s, own: own, at: at, open: open, now: time.Now, others: newLRU[spool.Destination, *another](maxOthers),
	}
}

// Handle implements Handler.
func (d *Destinations) Handle(ctx context.Context, w Work, td *tracepb.TracesData) (Result, error) {
	var to spool.Destination
	if destined, ok := w.(Destined); ok {
		to = destined.Destination()
	}
	switch {
	case SamePlace(to, d.at):
		return d.own.Handle(ctx, w, td)
	case !mlflow.SameServer(to.Server, d.at.Server):
		return Result{}, &PostponedError{Until: d.now().Add(time.Hour),
			Reason: fmt.Errorf("made for %s; this process delivers to %s", to, d.at.Server)}
	}
	other := d.other(to)
	if err := other.closed(d.now()); err != nil {
		return Result{}, err
	}
	result, err := other.deliverer.Handle(ctx, w, td)
	if err != nil {
		err = fmt.Errorf("made for %s: %w", to, err)
	}
	return result, other.judge(err, d.now())
}

// SamePlace reports whether what is for one destination may be delivered to the other:
// whether the server's is the same under another spelling, and all else is equal. What names
// none is for any.
func SamePlace(a, b spool.Destination) bool {
	if a.IsZero() || b.IsZero() {
		return true
	}
	experiment := a.Experiment == b.Experiment
	if a.ExperimentID != "" || b.ExperimentID != "" {
		experiment = a.ExperimentID == b.ExperimentID
	}
	return experiment && a.Workspace == b.Workspace && a.ParentRunID == b.ParentRunID && mlflow.SameServer(a.Server, b.Server)
}

func (d *Destinations) other(to spool.Destination) *another {
	to.Server = d.at.Server
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.others.Get(to); ok {
		return known
	}
	a := &another{}
	if a.deliverer, a.err = d.open(to); a.err != nil {
		a.err = fmt.Errorf("made for %s: %w", to, a.err)
	}
	d.others.Add(to, a)
	return a
}

// closed returns an error for a work that is not to be tried now.
func (a *another) closed(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.err != nil: // the settings of this process do not do for it
		return &PostponedError{Until: now.Add(othersMaxWait), Reason: a.err}
	case now.Before(a.until):
		return &PostponedError{Until: a.until, Reason: a.why}
	}
	return nil
}

// judge keeps the others of this experiment back for a while when an error is about that.
func (a *another) judge(err error, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.failures, a.until, a.why = 0, time.Time{}, nil
	}
	if err == nil || IsStopped(err) || IsPartial(err) || !isAboutExperiment(err) {
		return err
	}
	if !now.Before(a.until) { // else it was under way beside the one that failed
		a.failures++
		a.until = now.Add(retry.Between(othersWait, othersMaxWait).Wait(a.failures, 0))
	}
	a.why = err
	return &PostponedError{Until: a.until, Err: err}
}

// isAboutExperiment reports whether an error is about one experiment or its workspace and says
// nothing of the others, also where the experiment is another by now.
func isAboutExperiment(err error) bool {
	_, replaced := errors.AsType[*ReplacedExperimentError](err)
	return IsExperimentClosed(err) || replaced || mlflow.IsExperimentGone(err)
}

// prepare ends the runs that earlier processes left RUNNING, in the experiment of this one and
// in those that they delivered to.
func (d *Destinations) prepare(ctx context.Context, pending func(trace.TraceID) bool) (int, error) {
	former := d.spool.FormerInstances()
	killed, done, err := d.own.endFormer(ctx, pending)
	if err != nil {
		return killed, err
	}
	for _, to := range d.spool.Destinations() {
		if SamePlace(to, d.at) || !mlflow.SameServer(to.Server, d.at.Server) {
			continue
		}
		n, all := d.prepareOther(ctx, to, pending)
		killed, done = killed+n, done && all
	}
	if done { // else they are looked at once more
		_ = d.spool.ForgetInstances(former...)
	}
	return killed, nil
}

// prepareOther passes over any error, which must not keep other experiments waiting: the next
// start tries again, as it does where done is false.
func (d *Destinations) prepareOther(
	ctx context.Context, to spool.Destination, pending func(trace.TraceID) bool,
) (killed int, done bool) {
	other := d.other(to)
	if other.err != nil {
		return 0, false
	}
	killed, done, err := other.deliverer.prepareFormer(ctx, pending)
	if done = done && err == nil; done {
		_ = d.spool.ForgetDestination(to) // else it is looked at once more
	}
	return killed, done
}
