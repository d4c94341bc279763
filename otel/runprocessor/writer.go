package runprocessor

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/spool"
)

const (
	// writers share one flush of the folder, so a few of them multiply what
	// the disk takes. The parts of one trace stay in order: they have one writer.
	writers = 4
	// queued bounds the parts that wait for one writer.
	queued = 256
)

// store is where parts become durable.
type store interface {
	Put(ctx context.Context, p spool.Part) error
}

// lane is one writer's queue. sent and written are sequence numbers, guarded by
// tree.mu.
type lane struct {
	parts         chan handover
	sent, written uint64
}

// send gives a part to the writer of its trace, or refuses it. Called under
// tree.mu.
func (p *Processor) send(h handover) bool {
	l := p.laneOf(h)
	h.seq = l.sent + 1
	select {
	case l.parts <- h:
		l.sent++
		return true
	default:
		return false
	}
}

func (p *Processor) laneOf(h handover) *lane { return &p.lanes[h.t.id[15]%writers] }

// write stores what comes through the lane. After closing it stores what is
// left and returns.
func (p *Processor) write(l *lane) {
	for {
		select {
		case h := <-l.parts:
			p.storePart(l, h)
		case <-p.closing:
			for {
				select {
				case h := <-l.parts:
					p.storePart(l, h)
				default:
					return
				}
			}
		}
	}
}

func (p *Processor) storePart(l *lane, h handover) {
	err := p.put(h)
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	l.written = h.seq
	p.tree.settle(h, err)
	p.wakeFlushers()
	if err != nil {
		p.tree.nudge()
	}
}

// put converts and stores one part, unless another process will write it. A panic in between, of a foreign attribute
// type say, costs that part and not the program.
func (p *Processor) put(h handover) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("convert spans: panic: %v", r)
		}
	}()
	if handedBack(h) {
		return nil
	}
	td, err := convert(h, time.Now())
	if err != nil {
		return err
	}
	return p.store.Put(context.Background(), spool.Part{
		TraceID: h.t.id, Number: h.number, Complete: h.complete, Start: h.start, Data: td,
	})
}
