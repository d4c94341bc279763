package runprocessor

import (
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/spool"
)

// Option configures a Processor.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	spoolDir        string
	sharedDir       string
	spoolOptions    []spool.Option
	rules           runs.Rules
	mlflow          *mlflow.Config
	client          *mlflow.Client
	wire            wiring
	withoutDelivery bool
	limits          limits
	startDelay      time.Duration
	shutdownTimeout time.Duration
	meterProvider   metric.MeterProvider
	logger          *slog.Logger
}

func newConfig(opts []Option) config {
	c := config{
		limits:          limits{traceSpans: 1000, traceBytes: 4 << 20, heldBytes: 64 << 20, maxAge: time.Hour},
		startDelay:      2 * time.Second,
		shutdownTimeout: 10 * time.Second,
		meterProvider:   otel.GetMeterProvider(),
		logger:          slog.Default(),
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// WithSpoolDir sets the folder of the outbox. A folder belongs to one process:
// New fails if another one has it. See the package documentation for the
// default, which steps aside instead.
func WithSpoolDir(dir string) Option {
	return optionFunc(func(c config) config { c.spoolDir = dir; return c })
}

// WithSharedSpoolDir sets the folder of the outbox for programs of which several
// processes may run: while another one has the folder, a sibling (dir-2, dir-3,
// …) is used, and what a sibling's process leaves is taken over by the next
// start, as with the default folder.
func WithSharedSpoolDir(dir string) Option {
	return optionFunc(func(c config) config { c.sharedDir = dir; return c })
}

// WithSpoolOptions passes options to the outbox, such as its bounds.
func WithSpoolOptions(opts ...spool.Option) Option {
	return optionFunc(func(c config) config { c.spoolOptions = append(c.spoolOptions, opts...); return c })
}

// WithRules says which spans become runs and what of them goes where. The
// default suits any program that follows the GenAI conventions.
func WithRules(r runs.Rules) Option {
	return optionFunc(func(c config) config { c.rules = r; return c })
}

// WithConfig replaces what the MLFLOW_* environment variables say.
func WithConfig(m mlflow.Config) Option {
	return optionFunc(func(c config) config { c.mlflow = &m; return c })
}

// WithClient sets the client of the tracking server.
func WithClient(m *mlflow.Client) Option {
	return optionFunc(func(c config) config { c.client = m; return c })
}

// WithoutDelivery only fills the outbox. Another process, or a later one, can
// deliver it.
func WithoutDelivery() Option {
	return optionFunc(func(c config) config { c.withoutDelivery = true; return c })
}

// WithMaxTraceSpans sets at how many ended spans a part of a trace is cut off
// (default 1,000; MLflow takes 19 s for 32,000 in one request).
func WithMaxTraceSpans(n int) Option {
	return optionFunc(func(c config) config { c.limits.traceSpans = max(n, 1); return c })
}

// WithMaxTraceBytes sets at how many bytes of ended spans, by estimate, a part
// of a trace is cut off (default 4 MiB).
func WithMaxTraceBytes(n int64) Option {
	return optionFunc(func(c config) config { c.limits.traceBytes = max(n, 1); return c })
}

// WithMaxHeldBytes bounds the memory of spans that wait for their trace to
// complete, by estimate (default 64 MiB). As much again may wait for the disk.
func WithMaxHeldBytes(n int64) Option {
	return optionFunc(func(c config) config { c.limits.heldBytes = max(n, 1); return c })
}

// WithMaxAge sets after what time a trace with open spans is given up (default
// 1 h). It is written with them marked unfinished; if they end after all, that
// is written too.
func WithMaxAge(d time.Duration) Option {
	return optionFunc(func(c config) config { c.limits.maxAge = max(d, time.Millisecond); return c })
}

// WithLinger sets how long a trace with nothing open waits for more (default 0).
// It helps where the root is not recorded, since its children follow each other
// then with nothing open in between.
func WithLinger(d time.Duration) Option {
	return optionFunc(func(c config) config { c.limits.linger = max(d, 0); return c })
}

// WithStartDelay sets how long a local root has to run until its run is shown
// as RUNNING (default 2 s; short jobs then cost no extra request).
func WithStartDelay(d time.Duration) Option {
	return optionFunc(func(c config) config { c.startDelay = max(d, 0); return c })
}

// WithShutdownTimeout bounds Shutdown (default 10 s), within its context's own
// deadline: storing what is open, then delivering what can be delivered.
func WithShutdownTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.shutdownTimeout = max(d, time.Millisecond); return c })
}

// WithMeterProvider sets where the processor reports on itself (default the
// global one).
func WithMeterProvider(mp metric.MeterProvider) Option {
	return optionFunc(func(c config) config { c.meterProvider = mp; return c })
}

// WithLogger sets where drops and leftovers are told, once each (default
// slog.Default).
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c config) config { c.logger = l; return c })
}
