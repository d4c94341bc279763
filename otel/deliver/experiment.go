package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/technoshare/commentator/otel/mlflow"
)

// tagSetUp lists the experiment tags set up before. A listed tag that is gone
// was deleted by somebody, and stays so. MLflow's list of experiments shows no tag that
// begins like this one; formerSetUp, its name before, it showed.
const (
	tagSetUp    = "mlflow.otel.seeded"
	formerSetUp = "otel.seeded"
)

// experimentIDField stands for the experiment's id in the value of a tag.
const experimentIDField = "{experiment.id}"

// foundExperiment is the experiment that deliveries go to.
type foundExperiment struct {
	id      string // empty: none yet
	name    string // at that time
	created int64  // by the server; tells it from another with the same id; 0: not known yet

	seen   time.Time // when the server last showed that this is so
	breaks uint64    // mlflow.Client.Interruptions at that time
}

// experimentAge is for how long an experiment counts as seen without a look. A server whose
// database was swapped, or restored from a backup, was away for a while, which only those
// notice who ask it meanwhile.
const experimentAge = 30 * time.Second

// experiment gives the experiment's id, and sets it up the first time; then found is
// true.
//
// The lock is held during the calls: deliveries that begin together must not each
// make an experiment. They share an error too, since a server that answers nothing
// would keep each waiting for a timeout after the other; the next one tries again.
func (d *Deliverer) experiment(ctx context.Context) (id string, found bool, err error) {
	return d.experimentFor(ctx, time.Now())
}

// experimentFor is experiment for a delivery that has waited since asked.
func (d *Deliverer) experimentFor(ctx context.Context, asked time.Time) (id string, found bool, err error) {
	d.expMu.Lock()
	defer d.expMu.Unlock()
	if err := d.expFailed.Since(asked); err != nil {
		return "", false, err
	}
	id, found, err = d.findExperiment(ctx)
	d.expFailed.Keep(ctx, err)
	return id, found, err
}

// findExperiment is called under expMu.
func (d *Deliverer) findExperiment(ctx context.Context) (id string, found bool, err error) {
	breaks := d.client.Interruptions() // before the look: what breaks during it is looked at again
	if d.exp.id != "" && d.exp.breaks == breaks && d.cfg.now().Sub(d.exp.seen) < experimentAge {
		return d.exp.id, false, nil
	}
	if d.exp.id != "" {
		same, err := d.lookAgain(ctx, breaks)
		if err != nil || same {
			return d.exp.id, same, err
		}
	}
	e, err := d.resolveExperiment(ctx)
	if err != nil {
		return "", false, err
	}
	if err := d.setUp(ctx, e); err != nil {
		return "", false, err
	}
	d.exp = foundExperiment{id: e.ID, name: e.Name, created: e.Created, seen: d.cfg.now(), breaks: breaks}
	return e.ID, true, nil
}

// lookAgain makes sure, before anything is written, that what is remembered of the server
// still holds: it was away, or was not asked for long. Under the id there may be a
// stranger's experiment by now, or, out of an older backup, ours without its tags, and
// without the logged model. It reports false, and forgets, when the experiment has to be
// found anew; called under expMu.
func (d *Deliverer) lookAgain(ctx context.Context, breaks uint64) (same bool, err error) {
	e, err := d.client.ExperimentByID(ctx, d.exp.id)
	var deleted *mlflow.DeletedExperimentError
	switch gone := mlflow.IsNotFound(err) && !mlflow.IsUnsupported(err); {
	case gone, errors.As(err, &deleted), err == nil && !d.isOurs(e):
		d.forgetExperiment()
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look at the experiment again: %w", err)
	}
	if err := d.setUp(ctx, e); err != nil {
		return false, err
	}
	d.forgetModels()
	d.exp.created, d.exp.seen, d.exp.breaks = e.Created, d.cfg.now(), breaks
	return true, nil
}

// isOurs reports whether the experiment that the server has under the remembered id is the
// one that was found under it, and has the name under which the configured one was found,
// which is not letter by letter the same on every server; called under expMu.
func (d *Deliverer) isOurs(e mlflow.Experiment) bool {
	if d.cfg.experimentID == "" && e.Name != d.exp.name {
		return false
	}
	if d.exp.created == 0 { // made just now; the answer did not say when
		return e.Name == d.exp.name
	}
	return e.Created == d.exp.created
}

// errForeignExperiment says that the experiment's id is somebody else's by now.
var errForeignExperiment = errors.New("the server has another experiment under the id of ours: it has another database")

// checkExperiment reports by errForeignExperiment that the id is not that of the
// experiment which was found under it, or that this has another name than the configured
// one by now. It is asked in each delivery, after the runs were made: a server can be
// replaced without any request failing, and then the same id may be a stranger's.
func (d *Deliverer) checkExperiment(ctx context.Context, id string) error {
	breaks := d.client.Interruptions()
	e, err := d.client.ExperimentByID(ctx, id)
	if err != nil {
		return err
	}
	d.expMu.Lock()
	defer d.expMu.Unlock()
	if d.exp.id != id || !d.isOurs(e) { // another delivery found out, or this one
		return errForeignExperiment
	}
	d.exp.created = e.Created
	if d.exp.breaks == breaks { // else models have to be looked for anew
		d.exp.seen = d.cfg.now()
	}
	return nil
}

// forgetExperiment is called under expMu.
func (d *Deliverer) forgetExperiment() {
	d.exp = foundExperiment{}
	d.forgetModels()
}

func (d *Deliverer) forgetModels() {
	d.modelMu.Lock() // waits for a look-up in the experiment that is no more
	defer d.modelMu.Unlock()
	d.models.Purge()
}

// resolveExperiment finds the configured experiment: by its id, else by its name,
// under which it is made when there is none.
func (d *Deliverer) resolveExperiment(ctx context.Context) (mlflow.Experiment, error) {
	if d.cfg.experimentID == "" {
		e, _, err := d.client.EnsureExperiment(ctx, cmp.Or(d.cfg.experiment, mlflow.DefaultExperiment), nil)
		return e, err
	}
	e, err := d.client.ExperimentByID(ctx, d.cfg.experimentID)
	switch gone := mlflow.IsNotFound(err) && !mlflow.IsUnsupported(err); {
	case d.expByID.ID == "":
		d.expByID = e // the one that is meant
	case gone, err == nil && e.Created != d.expByID.Created:
		return e, &ReplacedExperimentError{ID: d.cfg.experimentID, Name: e.Name, Was: d.expByID.Name}
	}
	if err == nil && d.cfg.experiment != "" && d.cfg.experiment != e.Name {
		otel.Handle(fmt.Errorf("experiment id %s is that of experiment %q, not of %q as its name says: the id counts",
			e.ID, e.Name, d.cfg.experiment))
	}
	return e, err
}

// invalidateExperiment makes the next delivery resolve the name again.
func (d *Deliverer) invalidateExperiment(id string) {
	d.expMu.Lock()
	defer d.expMu.Unlock()
	if d.exp.id == id {
		d.forgetExperiment()
	}
}

// setUp gives an experiment the tags and views that it never had.
func (d *Deliverer) setUp(ctx context.Context, e mlflow.Experiment) error {
	want := map[string]string{}
	maps.Copy(want, d.cfg.experimentTags)
	for _, v := range d.cfg.views {
		t, err := v.tag(d.cfg.now())
		if err != nil {
			return err
		}
		want[t.Key] = t.Value
	}
	have := mlflow.TagMap(e.Tags)
	done := map[string]bool{}
	for key := range strings.SplitSeq(have[tagSetUp]+","+have[formerSetUp], ",") {
		done[key] = true
	}
	delete(done, "")
	changed := false
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if done[key] {
			continue
		}
		if _, there := have[key]; !there {
			if err := d.client.SetExperimentTag(ctx, e.ID, key, strings.ReplaceAll(want[key], experimentIDField, e.ID)); err != nil {
				return fmt.Errorf("set up experiment %q, tag %s: %w", e.Name, key, err)
			}
		}
		done[key], changed = true, true
	}
	if !changed {
		return nil
	}
	// Last: if a call before fails, the tags are set once more, to the same values.
	if err := d.client.SetExperimentTag(ctx, e.ID, tagSetUp, strings.Join(slices.Sorted(maps.Keys(done)), ",")); err != nil {
		return fmt.Errorf("set up experiment %q: %w", e.Name, err)
	}
	return nil
}
