package deliver

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// liveRest is how long no start is told after one met a server that was away.
const liveRest = 30 * time.Second

// Started makes the RUNNING parent run of a trace that is under way, so that the
// job is seen before it ends; Deliver goes on with that run. It is a courtesy:
// a failure costs nothing, as Deliver creates what is not there.
func (d *Deliverer) Started(ctx context.Context, s Start) {
	tid, err := traceIDOf(s.Data)
	if err != nil || tid != s.TraceID || !d.cfg.tracking || !d.memory.roomForLive() {
		return
	}
	read := d.cfg.read(s.Data, d.cfg.rules)
	if read.Resumed() {
		return // the run may be there already, and is found when the trace is delivered
	}
	if d.memory.resting(d.cfg.now()) {
		return // the server was away just now: let deliveries find out
	}
	unlock, err := d.memory.lock(ctx, tid)
	if err != nil {
		return
	}
	defer unlock()
	if _, live := d.memory.liveRun(tid); live || d.memory.wasDelivered(tid) || d.memory.doubtful(tid) {
		return
	}
	call, _, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: tid, td: s.Data, read: read}
	if err := j.plan(); err != nil || len(j.planned) == 0 {
		return
	}
	j.planned = j.planned[:1]
	root := j.planned[0]
	err = j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, err = d.experiment(ctx)
		return err
	})
	if err == nil {
		err = j.create(root)
	}
	if err != nil && serverDown(err) {
		d.memory.rest(d.cfg.now().Add(liveRest))
	}
	var unsure *AmbiguousError
	switch {
	case err == nil:
		d.memory.setLive(tid, liveRun{spanID: root.SpanID, run: root.ref})
	case errors.As(err, &unsure):
		d.memory.failed(tid, d.cfg.now().Add(unsure.Wait))
	}

}

// KillAbandoned ends the runs that an earlier process with the same outbox left
// RUNNING: kill -9, power loss. Runs whose trace waits in the outbox are left to
// their delivery; waiting is asked for each trace id in hex. It returns how many
// were ended.
func (d *Deliverer) KillAbandoned(ctx context.Context, waiting func(traceID string) bool) (int, error) {
	if d.cfg.instanceID == "" || !d.cfg.tracking {
		return 0, nil
	}
	exp, err := d.experiment(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for abandoned runs: %w", err)
	}
	var abandoned []mlflow.Run
	for _, instance := range append([]string{d.cfg.instanceID}, d.cfg.former...) {
		found, err := d.running(ctx, exp, instance)
		if err != nil {
			return 0, fmt.Errorf("look for abandoned runs: %w", err)
		}
		for _, r := range found {
			if !d.ours(r, waiting) {
				abandoned = append(abandoned, r)
			}
		}
	}
	for i, r := range abandoned {
		// Another process may have run the job again and be done by now.
		now, err := d.client.GetRun(ctx, r.Info.RunID)
		if err != nil {
			return i, fmt.Errorf("look at abandoned run %s: %w", r.Info.RunID, err)
		}
		if now.Info.Status != string(runs.Running) {
			continue
		}
		if err := d.client.UpdateRun(ctx, r.Info.RunID, string(runs.Killed), d.cfg.now(), ""); err != nil {
			return i, fmt.Errorf("end abandoned run %s: %w", r.Info.RunID, err)
		}
	}
	return len(abandoned), nil
}

// running lists the RUNNING runs that began in one outbox's processes.
func (d *Deliverer) running(ctx context.Context, experiment, instance string) ([]mlflow.Run, error) {
	q := mlflow.RunSearch{
		ExperimentIDs: []string{experiment}, MaxResults: 200,
		Filter: "attributes.status = 'RUNNING' and tags.`" + tagInstance + "` = '" + instance + "'",
	}
	var all []mlflow.Run
	for {
		page, next, err := d.client.SearchRuns(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		q.PageToken = next
	}
}

// ours: this process still cares for the run.
func (d *Deliverer) ours(r mlflow.Run, waiting func(string) bool) bool {
	id := mlflow.TagMap(r.Data.Tags)[mlflowattr.TraceIDTag]
	var tid [16]byte
	if b, err := hex.DecodeString(id); err == nil {
		copy(tid[:], b)
	}
	_, live := d.memory.liveRun(tid)
	return live || d.memory.busy(tid) || waiting(id)
}

// busy: a delivery of the trace is under way.
func (m *memory) busy(tid [16]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.locks[tid] != nil
}
