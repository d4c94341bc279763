// Package diskspace has the Collector's start wait for a full disk. In goes a step of the start that
// writes, out comes its result once there was space for it. Without the wait the process would end at each start for as
// long as the disk is full, and nobody would be told by its health check.
package diskspace

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/technoshare/commentator/otel/spool"
)

// How long is waited before another try: at first, and at the most.
const (
	firstWait = 100 * time.Millisecond
	maxWait   = 5 * time.Second
)

// Await calls try, again and again while it fails for want of space on the disk or of the user's share of it, and
// returns its first other result, or its last one once ctx ends. It tells the log what waits, and that it goes on. A
// process that waits in its start is ended by signals as one that does nothing else.
func Await(ctx context.Context, log *zap.Logger, what string, try func() error) error {
	err := try()
	if !spool.IsNoSpace(err) {
		return err
	}
	log.Error("the disk is full; the start waits until there is space, and nothing is taken in until then",
		zap.String("waits_to", what), zap.Error(err))
	began := time.Now()
	for wait := firstWait; spool.IsNoSpace(err); wait = min(2*wait, maxWait) {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		err = try()
	}
	if err == nil {
		log.Warn("there is space on the disk again; the start goes on", zap.Duration("waited", time.Since(began)))
	}
	return err
}
