package deliver

import (
	"context"
	"errors"
	"time"
)

// startPause is how long no start is shown after one met a server that was away.
const startPause = 30 * time.Second

// stalledAfter is how long something may take before it counts as held up: others may have done
// the same meanwhile.
const stalledAfter = 10 * time.Second

// Started makes the RUNNING parent run of a trace that is under way, so that the
// job is seen before it ends; Deliver goes on with that run. It is a courtesy:
// a failure costs nothing, as Deliver creates what is not there.
func (d *Deliverer) Started(ctx context.Context, s Start) {
	defer func() { _ = recover() }() // the delivery meets the same fault, and says it
	tid, err := traceIDOf(s.Data)
	if err != nil || tid != s.TraceID || !d.cfg.tracking || !d.memory.roomForLive() {
		return
	}
	read := d.cfg.read(s.Data, d.cfg.rules)
	if read.Resumed() || read.MemberOf() != nil {
		return // the run may be there already, and is found when the trace is delivered; a row has none
	}
	if d.memory.startsPaused(d.cfg.now()) {
		return // the server was away just now: let deliveries find out
	}
	unlock, err := d.memory.lock(ctx, tid)
	if err != nil {
		return
	}
	defer unlock()
	_, live := d.memory.liveRun(tid)
	_, failed := d.memory.ambiguousUntil(tid)
	if live || failed || d.memory.delivered(tid) {
		return
	}
	call, _, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: tid, td: s.Data, read: read}
	if err := j.plan(); err != nil || len(j.planned) == 0 {
		return
	}
	j.planned = j.planned[:1] // parents come before children
	root := j.planned[0]
	err = j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, _, err = d.experiment(ctx)
		return err
	})
	asked := d.cfg.now()
	if err == nil {
		err = j.create(root)
	}
	if err == nil && d.cfg.now().Sub(asked) > stalledAfter && j.giveWay(root) {
		return
	}
	if err != nil && serverDown(err) {
		d.memory.pauseStarts(d.cfg.now().Add(startPause))
	}
	// Whatever else went wrong needs no memory: no run was made, and the delivery
	// will create it. One that may have been made has to be searched for.
	var unsure *AmbiguousError
	switch {
	case err == nil:
		d.memory.setLive(tid, liveRun{spanID: root.SpanID, run: root.ref})
	case errors.As(err, &unsure):
		d.memory.setFailed(tid, d.cfg.now().Add(unsure.Wait))
	}
}

// giveWay deletes a run that was just made if there is another of the same span, and reports
// whether it did: this process was held up, and others went on with the trace.
func (j *job) giveWay(p *plannedRun) bool {
	j.origin.SearchFirst = true
	others, err := j.competing()
	if err != nil || !others {
		return false
	}
	return j.step("delete doubled run "+p.ref.id, func(ctx context.Context) error { return j.d.client.DeleteRun(ctx, p.ref.id) }) == nil
}
