package runprocessor

import (
	"context"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// wiring is how the options connect to package deliver, the only place that
// knows its constructors.
type wiring struct {
	deliverer *deliver.Deliverer
	options   []deliver.Option
	queue     []deliver.QueueOption
}

// complete: no client is needed.
func (w wiring) complete() bool { return w.deliverer != nil }

// WithDeliverer sets what delivers. It should carry the InstanceID of the outbox
// (deliver.WithInstanceID), or runs left RUNNING by a killed process stay so;
// WithDeliverOptions avoids that. WithRules, WithClient and the environment do not
// count then.
func WithDeliverer(d *deliver.Deliverer) Option {
	return optionFunc(func(c config) config { c.wire.deliverer = d; return c })
}

// WithDeliverOptions passes options to the deliverer that New makes.
func WithDeliverOptions(opts ...deliver.Option) Option {
	return optionFunc(func(c config) config { c.wire.options = append(c.wire.options, opts...); return c })
}

// WithQueueOptions passes options to the delivery queue.
func WithQueueOptions(opts ...deliver.QueueOption) Option {
	return optionFunc(func(c config) config { c.wire.queue = append(c.wire.queue, opts...); return c })
}

func (w wiring) delivery(c config, m mlflow.Config, client *mlflow.Client, s *spool.Spool, former []string) delivery {
	d := w.deliverer
	if d == nil {
		opts := []deliver.Option{
			deliver.WithExperiment(m.ExperimentName),
			deliver.WithRules(c.rules),
			deliver.WithTracking(m.EnableTracking),
			deliver.WithTracing(m.EnableTracing),
			deliver.WithInstanceID(s.InstanceID()),
			deliver.WithFormerInstances(former...),
		}
		d = deliver.New(client, append(opts, w.options...)...)
	}
	return queue{deliver.NewSpoolQueue(s, d, w.queue...), d}
}

// queue adds the start notices, which need no outbox, to a delivery queue.
type queue struct {
	*deliver.Queue
	deliverer *deliver.Deliverer
}

func (q queue) Started(ctx context.Context, s deliver.Start) { q.deliverer.Started(ctx, s) }
