package runprocessor

import (
	"log/slog"
	"maps"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/spool"
)

// Defaults of the options of the same names.
const (
	DefaultMaxTraceSpans   = 1000
	DefaultMaxTraceBytes   = 4 << 20
	DefaultMaxHeldBytes    = 64 << 20
	DefaultMaxAge          = time.Hour
	DefaultStartDelay      = 2 * time.Second
	DefaultShutdownTimeout = 10 * time.Second
)

// Option configures a [SpanProcessor].
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	spoolDir, sharedDir string
	limits              limits
	startDelay          time.Duration
	shutdownTimeout     time.Duration
	withoutDelivery     bool
	destination         spool.Destination // of what is stored; none without delivery
	redact              redactor          // nil: none

	mlflow         *mlflow.Config // nil: the environment
	rules          runs.Rules
	prices         *prices.Table // for rules without any; nil: none
	uiURL          string
	runTags        map[string]string
	experimentTags map[string]string
	views          []deliver.View

	meterProvider metric.MeterProvider
	logger        *slog.Logger
}

func newConfig(opts []Option) config {
	c := config{
		limits: limits{
			traceSpans: DefaultMaxTraceSpans, traceBytes: DefaultMaxTraceBytes,
			heldBytes: DefaultMaxHeldBytes, maxAge: DefaultMaxAge,
		},
		startDelay:      DefaultStartDelay,
		shutdownTimeout: DefaultShutdownTimeout,
		runTags:         map[string]string{},
		experimentTags:  map[string]string{},
		meterProvider:   otel.GetMeterProvider(),
		prices:          prices.BuiltIn(),
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	if c.rules.Prices == nil {
		c.rules.Prices = c.prices
	}
	if c.logger == nil {
		c.logger = slog.New(otelHandler{})
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
// start, as with the default folder. WithSpoolDir wins over it.
func WithSharedSpoolDir(dir string) Option {
	return optionFunc(func(c config) config { c.sharedDir = dir; return c })
}

// WithRules says which spans become runs and what of them goes where. The
// default suits any program that follows the GenAI conventions.
func WithRules(r runs.Rules) Option {
	return optionFunc(func(c config) config { c.rules = r; return c })
}

// WithPrices sets what model calls cost whose cost no span says; nil leaves them without one. The default is
// the built-in table, prices.BuiltIn. Prices of the rules win over it.
func WithPrices(t *prices.Table) Option {
	return optionFunc(func(c config) config { c.prices = t; return c })
}

// WithConfig replaces what the MLFLOW_* environment variables say, all of them.
func WithConfig(m mlflow.Config) Option {
	return optionFunc(func(c config) config { c.mlflow = &m; return c })
}

// WithUIURL sets the server's address as people reach it, for the pages in
// results of Wait (default MLFLOW_UI_URL, or else the tracking URI).
func WithUIURL(u string) Option {
	return optionFunc(func(c config) config { c.uiURL = u; return c })
}

// WithRunTags adds tags to every run that does not have them from its spans.
func WithRunTags(tags map[string]string) Option {
	return optionFunc(func(c config) config { c.runTags = merged(c.runTags, tags); return c })
}

// WithExperimentTags adds tags that the experiment gets once, where absent. In a value
// {experiment.id} stands for the experiment's id, as links in its note need it.
func WithExperimentTags(tags map[string]string) Option {
	return optionFunc(func(c config) config { c.experimentTags = merged(c.experimentTags, tags); return c })
}

// WithViews gives saved views that the experiment's pages get once, where absent, in place
// of the default ones, of runs and their charts. A view of the same kind and id as an
// earlier one replaces it.
func WithViews(views ...deliver.View) Option {
	return optionFunc(func(c config) config { c.views = append(c.views[:len(c.views):len(c.views)], views...); return c })
}

// WithoutDelivery only fills the outbox. Another process, or a later one, can
// deliver it, to the server and the experiment that it is told.
func WithoutDelivery() Option {
	return optionFunc(func(c config) config { c.withoutDelivery = true; return c })
}

// WithRedaction takes secrets out of spans before they are stored or shown: each
// text is replaced by what redact returns for it. That holds for ended and for
// unfinished spans and for roots that are shown while they run, and covers names,
// the message of the status, and values of attributes of spans, events, links, scope
// and resource, in lists and maps too. Keys, ids, trace state and schema URLs stay.
//
// key is that of the attribute, or of the entry of a map; "otel.status_description"
// for the message of the status, and empty for names of spans and events and for
// name and version of a scope. redact is called from several goroutines of the
// processor, never from OnStart or OnEnd, for every text of every span: it has to be
// pure and fast. If it panics, the part of the trace is dropped and reported.
func WithRedaction(redact func(key, text string) string) Option {
	return optionFunc(func(c config) config { c.redact = redact; return c })
}

// WithMaxTraceSpans sets at how many ended spans a part of a trace is cut off
// ([DefaultMaxTraceSpans]; MLflow takes 19 s for 32,000 in one request).
func WithMaxTraceSpans(n int) Option {
	return optionFunc(func(c config) config { c.limits.traceSpans = max(n, 1); return c })
}

// WithMaxTraceBytes sets at how many bytes of ended spans, by estimate, a part
// of a trace is cut off ([DefaultMaxTraceBytes]).
func WithMaxTraceBytes(n int64) Option {
	return optionFunc(func(c config) config { c.limits.traceBytes = max(n, 1); return c })
}

// WithMaxHeldBytes bounds the memory of spans that wait for their trace to
// complete, by estimate ([DefaultMaxHeldBytes]). As much again may wait for the
// disk.
func WithMaxHeldBytes(n int64) Option {
	return optionFunc(func(c config) config { c.limits.heldBytes = max(n, 1); return c })
}

// WithMaxAge sets after what time a trace with open spans is given up
// ([DefaultMaxAge]). It is written with them marked unfinished; if they end after
// all, that is written too.
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
// as RUNNING ([DefaultStartDelay]; shorter jobs then cost no extra request).
func WithStartDelay(d time.Duration) Option {
	return optionFunc(func(c config) config { c.startDelay = max(d, 0); return c })
}

// WithShutdownTimeout bounds Shutdown ([DefaultShutdownTimeout]), within its
// context's own deadline: storing what is open, then delivering what can be
// delivered.
func WithShutdownTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.shutdownTimeout = max(d, time.Millisecond); return c })
}

// WithMeterProvider sets where the processor reports on itself (default the
// global one).
func WithMeterProvider(mp metric.MeterProvider) Option {
	return optionFunc(func(c config) config { c.meterProvider = mp; return c })
}

// WithLogger sets where failures in the background are logged, each reason once.
// Without a logger they go to otel.Handle, as those of the SDK's own processors.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c config) config { c.logger = l; return c })
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
