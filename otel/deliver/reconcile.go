package deliver

import (
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// maxReconciled bounds how often one delivery gives way to another.
const maxReconciled = 5

// reconcile comes to terms with another process that delivers the same trace at
// the same time: one that was killed left it in its outbox, from where its successor
// delivers it, while a third ran the job again. Both may have searched before
// either created. Whoever looks last sees all runs; both rank them alike, and
// write into those that stay. err is what the delivery ended with.
func (j *job) reconcile(err error) error {
	for range maxReconciled {
		switch {
		case mlflow.IsRunDeleted(err): // by the other, or by a person: then it stays deleted
		case err != nil && !IsPartial(err):
			return err
		default:
			competing, serr := j.competing()
			if serr != nil {
				return serr
			}
			if !competing {
				return err
			}
		}
		j.origin.SearchFirst = true
		err = j.run()
	}
	return err
}

// competing reports whether a span has more than one run, or another than the one
// written to.
func (j *job) competing() (bool, error) {
	if len(j.planned) == 0 {
		return false, nil
	}
	found, err := j.search()
	if err != nil {
		return false, err
	}
	for _, r := range found {
		p := j.plannedFor(spanIDOf(mlflow.TagMap(r.Data.Tags)[mlflowattr.SpanIDTag]))
		if p != nil && !p.skipped && r.Info.LifecycleStage != deletedStage && r.Info.RunID != p.ref.id {
			return true, nil
		}
	}
	return false, nil
}
