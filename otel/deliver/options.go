package deliver

import (
	"maps"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs"
)

// Option configures a Deliverer.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	experiment     string
	experimentID   string // wins over the name
	rules          runs.Rules
	tracking       bool
	tracing        bool
	instanceID     string
	former         []string
	uiURL          string
	experimentTags map[string]string
	views          []View
	runTags        map[string]string
	endTags        []string
	settle         time.Duration
	grace          time.Duration
	now            func() time.Time
	project        func(*tracepb.TracesData, runs.Rules) []runs.Projection
	annotate       func(*tracepb.TracesData, runs.Rules)
}

func newConfig(opts []Option) config {
	c := config{
		tracking:       true,
		tracing:        true,
		experimentTags: map[string]string{"mlflow.experimentKind": "genai_development"},
		views:          DefaultViews(),
		runTags:        map[string]string{},
		endTags:        []string{"outcome", "error", tagNote, "mlflow.runColor", "mlflow.loggedArtifacts"},
		// MLflow answers a locked database after 20 s, and goes on working
		// after its client is gone.
		settle: 21 * time.Second,
		grace:  3 * time.Second,
		now:    time.Now,

		project: runs.Project, annotate: runs.Annotate,
	}
	for _, o := range opts {
		o.apply(&c)
	}
	return c
}

// WithExperiment names the experiment, which is made when there is none; without a
// name and without [WithExperimentID] it is mlflow.DefaultExperiment.
func WithExperiment(name string) Option {
	return optionFunc(func(c *config) {
		if name != "" {
			c.experiment = name
		}
	})
}

// WithExperimentID names the experiment by its id, which wins over a name and must
// exist: every delivery into an unknown one fails for good ([IsPermanent]). Where a
// name is given too and is another experiment's, that is told to otel.Handle.
func WithExperimentID(id string) Option {
	return optionFunc(func(c *config) { c.experimentID = id })
}

// WithRules says which spans become runs.
func WithRules(r runs.Rules) Option { return optionFunc(func(c *config) { c.rules = r }) }

// WithTracking switches runs on or off (MLFLOW_ENABLE_TRACKING).
func WithTracking(on bool) Option { return optionFunc(func(c *config) { c.tracking = on }) }

// WithTracing switches traces on or off (MLFLOW_ENABLE_TRACING).
func WithTracing(on bool) Option { return optionFunc(func(c *config) { c.tracing = on }) }

// WithInstanceID tags each run with the outbox it comes from, so that runs left
// RUNNING by a killed process are found again (see Deliverer.KillAbandoned).
func WithInstanceID(id string) Option { return optionFunc(func(c *config) { c.instanceID = id }) }

// WithFormerInstances names outboxes whose processes are gone for good: their
// runs left RUNNING are ended too.
func WithFormerInstances(ids ...string) Option {
	return optionFunc(func(c *config) { c.former = append(c.former, ids...) })
}

// WithUIURL is the server's address as people reach it, for links; by default
// the tracking URI.
func WithUIURL(u string) Option { return optionFunc(func(c *config) { c.uiURL = u }) }

// WithExperimentTags adds tags that the experiment gets once, where absent.
func WithExperimentTags(tags map[string]string) Option {
	return optionFunc(func(c *config) { maps.Copy(c.experimentTags, tags) })
}

// WithViews adds saved views that the experiment gets once, where absent. A view
// of the same kind and id as an earlier one replaces it.
func WithViews(views ...View) Option {
	return optionFunc(func(c *config) { c.views = append(c.views, views...) })
}

// WithoutExperimentSetup leaves tags and views of the experiment alone.
func WithoutExperimentSetup() Option {
	return optionFunc(func(c *config) { c.experimentTags, c.views = nil, nil })
}

// WithRunTags adds tags to every run that does not have them already.
func WithRunTags(tags map[string]string) Option {
	return optionFunc(func(c *config) { maps.Copy(c.runTags, tags) })
}

// WithEndTags names further tags that the root run gets only when it is
// complete, beside outcome, error, note and color: a filter on them must not
// find half a job.
func WithEndTags(keys ...string) Option {
	return optionFunc(func(c *config) { c.endTags = append(c.endTags, keys...) })
}

// WithSettle is how long after an unanswered create the server may still
// process it; 21 s by default.
func WithSettle(d time.Duration) Option { return optionFunc(func(c *config) { c.settle = d }) }

// WithGrace is how long a call under way may go on after the context of
// Deliver ended, so that it need not become ambiguous; 3 s by default.
func WithGrace(d time.Duration) Option { return optionFunc(func(c *config) { c.grace = d }) }
