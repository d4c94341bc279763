package runprocessor

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/spool"
)

// store is where parts become durable.
type store interface {
	Put(ctx context.Context, p spool.Part) error
}

// writer stores the parts of one lane of a tree, in order.
type writer struct {
	tree  *tree
	lane  *lane
	store store

	redact redactor
}

// run stores what comes through the lane until closing is closed; then it stores
// what is left and returns.
func (w writer) run(closing <-chan struct{}) {
	for {
		select {
		case h := <-w.lane.parts:
			w.tree.stored(w.lane, h, w.put(h))
		case <-closing:
			for {
				select {
				case h := <-w.lane.parts:
					w.tree.stored(w.lane, h, w.put(h))
				default:
					return
				}
			}
		}
	}
}

// put converts and stores one part, unless another process will write it. A panic
// in between, of a foreign attribute type say, costs that part and not the program.
func (w writer) put(h handover) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("convert spans: panic: %v", r)
		}
	}()
	if handedBack(h) {
		return nil
	}
	td, err := convert(h, w.redact, time.Now())
	if err != nil {
		return err
	}
	// Without an end: a part is stored whole or not at all.
	return w.store.Put(context.Background(), spool.Part{
		TraceID: h.t.id, Number: h.number, Complete: h.complete, Start: h.start, Data: td,
	})
}
