package eval

import (
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Option configures an evaluation.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	name        string
	provider    trace.TracerProvider
	concurrency int
	trials      int
	journal     string
	params      map[string]string
	prompts     []mlflowattr.Prompt
	maxCost     float64
	maxTime     time.Duration
	rowTime     time.Duration
	meter       *Meter
	observe     func(RowResult)
	now         func() time.Time
}

// defaultConcurrency is how many rows run at once.
const defaultConcurrency = 4

func newConfig(opts []Option) config {
	c := config{concurrency: defaultConcurrency, trials: 1, now: time.Now, observe: func(RowResult) {}}
	for _, o := range opts {
		c = o.apply(c)
	}
	if c.provider == nil {
		c.provider = otel.GetTracerProvider()
	}
	return c
}

// WithName names the evaluation; its run is "evaluation <name>". The default is the name of
// the dataset.
func WithName(name string) Option {
	return optionFunc(func(c config) config { c.name = name; return c })
}

// WithTracerProvider says where spans go; the default is otel.GetTracerProvider.
func WithTracerProvider(p trace.TracerProvider) Option {
	return optionFunc(func(c config) config { c.provider = p; return c })
}

// WithConcurrency bounds how many rows run at once (default 4).
func WithConcurrency(n int) Option {
	return optionFunc(func(c config) config { c.concurrency = max(n, 1); return c })
}

// WithTrials runs each row so many times (default 1), since models do not always answer
// alike. Each trial is a row of the run, named <id>#1 and so on.
func WithTrials(n int) Option {
	return optionFunc(func(c config) config { c.trials = max(n, 1); return c })
}

// WithJournal keeps in a file what was paid for. An evaluation that was killed goes on from
// there when it is run again with the same file, as the same run in MLflow: rows that are
// done are not run again, nor is a judge asked again. Delete the file once the evaluation has
// ended, or the next one finds all of its rows there. It belongs to one evaluation of one
// variant; the TracerProvider needs [NewIDGenerator]. A call that was under way when the
// program was killed is made again, with the same [Key].
func WithJournal(path string) Option {
	return optionFunc(func(c config) config { c.journal = path; return c })
}

// WithParams says what the variant is, such as model and temperature: the run's params.
func WithParams(params map[string]string) Option {
	return optionFunc(func(c config) config {
		all := maps.Clone(c.params)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, params)
		c.params = all
		return c
	})
}

// WithPrompts links the run with versions of prompts in MLflow's prompt registry.
func WithPrompts(prompts ...mlflowattr.Prompt) Option {
	return optionFunc(func(c config) config { c.prompts = slices.Concat(c.prompts, prompts); return c })
}

// WithMaxCost begins no further row once so many US dollars were spent (see [ReportCost] and
// [Meter]). Rows that are under way then go on, so that the sum may be above by what
// WithConcurrency rows cost.
func WithMaxCost(usd float64) Option {
	return optionFunc(func(c config) config { c.maxCost = usd; return c })
}

// WithMaxDuration begins no further row after so long.
func WithMaxDuration(d time.Duration) Option {
	return optionFunc(func(c config) config { c.maxTime = d; return c })
}

// WithRowTimeout ends the context of a row's task and scorers after so long.
func WithRowTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.rowTime = d; return c })
}

// WithMeter reads the cost of rows off the spans of their model calls.
func WithMeter(m *Meter) Option {
	return optionFunc(func(c config) config { c.meter = m; return c })
}

// WithObserver is called after each row, in the order in which they end, by one goroutine at
// a time.
func WithObserver(observe func(RowResult)) Option {
	return optionFunc(func(c config) config { c.observe = observe; return c })
}
