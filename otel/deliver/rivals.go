package deliver

import (
	"errors"

	"github.com/technoshare/commentator/otel/mlflow"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// maxRivalry bounds how often one delivery gives way to another.
const maxRivalry = 5

// agree settles with another process that delivers the same trace at the same
// time: one that was killed left it in its outbox, from where its successor
// delivers it, while a third ran the job again. Both may have searched before
// either created. Whoever looks last sees all runs; both rank them alike, and
// write into those that stay. err is what the delivery ended with.
func (j *job) agree(err error) error {
	for range maxRivalry {
		switch {
		case mlflow.IsRunDeleted(err): // by the other, or by a person: then it stays deleted
		case err != nil && !isArtifacts(err):
			return err
		default:
			rivals, serr := j.rivals()
			if serr != nil {
				return serr
			}
			if !rivals {
				return err
			}
		}
		j.origin.SearchFirst = true
		err = j.run()
	}
	return err
}

// rivals tells whether a span has more than one run, or another than the one
// written to.
func (j *job) rivals() (bool, error) {
	if len(j.planned) == 0 {
		return false, nil
	}
	found, err := j.search()
	if err != nil {
		return false, err
	}
	for _, r := range found {
		p := j.plannedFor(mlflow.TagMap(r.Data.Tags)[mlflowattr.SpanIDTag])
		if p != nil && !p.skipped && r.Info.LifecycleStage != deletedStage && r.Info.RunID != p.ref.id {
			return true, nil
		}
	}
	return false, nil
}

func isArtifacts(err error) bool {
	var a *ArtifactsError
	return errors.As(err, &a)
}
