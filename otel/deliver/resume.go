package deliver

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// resume gives planned runs the ids they have on the server already: from a live
// run of this process, or by a search.
func (j *job) resume() error {
	if live, ok := j.d.memory.liveRun(j.tid); ok && !j.origin.SearchFirst {
		if p := j.plannedFor(live.spanID); p != nil {
			p.ref = live.run
			return nil
		}
		// The live run's span is in no part we hold: search finds and ends it.
		j.origin.SearchFirst = true
	}
	if !j.origin.SearchFirst {
		return nil
	}
	found, err := j.search()
	if err != nil {
		return err // never create when the search failed
	}
	return j.adopt(found)
}

// search gives all runs of the trace in the experiment, whoever made them.
func (j *job) search() ([]mlflow.Run, error) {
	var all []mlflow.Run
	err := j.step("search runs of the trace", func(ctx context.Context) error {
		q := mlflow.RunSearch{
			ExperimentIDs: []string{j.experimentID},
			Filter:        "tags.`" + mlflowattr.TraceIDTag + "` = '" + j.tid.String() + "'",
			View:          "ALL", // a run deleted by its user must not come back
			MaxResults:    1000,
		}
		var err error
		all, err = j.d.allRuns(ctx, q)
		return err
	})
	return all, err
}

// The pages and runs of one search have bounds: a server, or a cache before it, may lead on for ever.
const (
	maxRunPages = 1000
	maxRuns     = 200_000
)

// allRuns gives the runs of all pages of a search.
func (d *Deliverer) allRuns(ctx context.Context, q mlflow.RunSearch) (all []mlflow.Run, err error) {
	for range maxRunPages {
		page, next, err := d.client.SearchRuns(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		if q.PageToken = next; len(all) >= maxRuns {
			break
		}
	}
	return nil, &mlflow.NotMLflowError{
		URI: d.client.URI(), Err: fmt.Errorf("a search for runs has more than %d pages or %d runs", maxRunPages, maxRuns),
	}
}

// adopt keeps one run for each span, and deletes the others that a repeated
// create left behind. Two processes may do so at the same time (reconcile): which
// run is kept must not depend on what either has written meanwhile, or each
// would delete the other's. Runs of spans that are not in this delivery belong
// to others, such as another service in the same trace.
func (j *job) adopt(found []mlflow.Run) error {
	bySpan := map[trace.SpanID][]mlflow.Run{}
	for _, r := range found {
		tags := mlflow.TagMap(r.Data.Tags)
		if isSuperseded(r, tags) {
			continue
		}
		span := spanIDOf(tags[mlflowattr.SpanIDTag])
		if j.plannedFor(span) != nil {
			bySpan[span] = append(bySpan[span], r)
		} else if err := j.endLost(r, tags); err != nil {
			return err
		} else {
			j.sortOut(r, tags)
		}
	}
	for _, p := range j.planned {
		group := bySpan[p.SpanID]
		if len(group) == 0 {
			continue
		}
		rankRuns(group)
		err := j.deleteDoubles(group[1:])
		if err == nil && p.Evaluation != nil {
			err = j.uniteRows(group)
		}
		if err != nil {
			return err
		}
		keep := group[0]
		if keep.Info.LifecycleStage == deletedStage {
			p.skipped = true
			continue
		}
		tags := mlflow.TagMap(keep.Data.Tags)
		p.ref = runRef{
			id: keep.Info.RunID, artifactURI: keep.Info.ArtifactURI, status: keep.Info.Status,
			params: mlflow.TagMap(keep.Data.Params), hasModel: len(keep.Outputs.Models) > 0,
			incomplete: tags[mlflowattr.IncompleteTag], unfinished: tags[mlflowattr.UnfinishedTag] != "",
		}
	}
	return nil
}

const deletedStage = "deleted"

func (j *job) deleteDoubles(doubles []mlflow.Run) error {
	for _, r := range doubles {
		if r.Info.LifecycleStage == deletedStage {
			continue
		}
		err := j.step("delete doubled run "+r.Info.RunID, func(ctx context.Context) error {
			return j.d.client.DeleteRun(ctx, r.Info.RunID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endLost ends a run that began live in this outbox's process and whose
// span never came: its end was lost.
func (j *job) endLost(r mlflow.Run, tags map[string]string) error {
	ours := j.d.cfg.instanceID != "" && tags[tagInstance] == j.d.cfg.instanceID
	if !ours || j.origin.Late || r.Info.Status != string(runs.Running) || r.Info.LifecycleStage == deletedStage {
		return nil
	}
	return j.step("end run "+r.Info.RunID, func(ctx context.Context) error {
		return j.d.kill(ctx, r.Info.RunID, j.end())
	})
}
