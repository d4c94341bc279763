package deliver

import (
	"maps"
	"slices"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs"
)

// Option configures a Deliverer.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	experiment     string
	experimentID   string // wins over the name
	rules          runs.Rules
	tracking       bool
	tracing        bool
	artifacts      bool
	parentRunID    string
	instanceID     string
	former         []string
	uiURL          string
	experimentTags map[string]string
	views          []View
	ownViews       bool // views are not the default ones
	runTags        map[string]string
	// ambiguous is how long after an unanswered create the server may still
	// process it.
	ambiguous time.Duration
	// grace is how long a call under way may go on after the context of Deliver
	// ended, so that it need not become ambiguous.
	grace time.Duration
	now   func() time.Time
	read  func(*tracepb.TracesData, runs.Rules) reading
}

// reading is what delivery asks of a trace that was read (runs.Traces).
type reading interface {
	Data() *tracepb.TracesData
	Project() []runs.Projection
	Annotated() *tracepb.TracesData
	AnnotatedWithAttachments() (*tracepb.TracesData, []runs.Attachment)
	Resumed() bool
	MemberOf() *runs.Membership
	HasEvaluation() bool
}

func newConfig(opts []Option) config {
	c := config{
		tracking:       true,
		tracing:        true,
		artifacts:      true,
		experimentTags: map[string]string{"mlflow.experimentKind": "genai_development"},
		views:          defaultViews(),
		// MLflow answers a locked database after 20 s, and goes on working
		// after its client is gone.
		ambiguous: 21 * time.Second,
		grace:     3 * time.Second,
		now:       time.Now,

		read: func(td *tracepb.TracesData, rules runs.Rules) reading { return runs.Read(td, rules) },
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// WithExperiment names the experiment, which is made when there is none; without a
// name and without [WithExperimentID] it is mlflow.DefaultExperiment.
func WithExperiment(name string) Option {
	return optionFunc(func(c config) config {
		if name != "" {
			c.experiment = name
		}
		return c
	})
}

// WithExperimentID names the experiment by its id, which wins over a name and must
// exist: every delivery into an unknown one fails for good ([IsPermanent]). Where a
// name is given too and is another experiment's, that is told to otel.Handle.
func WithExperimentID(id string) Option {
	return optionFunc(func(c config) config { c.experimentID = id; return c })
}

// WithRules says which spans become runs.
func WithRules(r runs.Rules) Option {
	return optionFunc(func(c config) config { c.rules = r; return c })
}

// WithTracking switches runs on or off (MLFLOW_ENABLE_TRACKING).
func WithTracking(on bool) Option {
	return optionFunc(func(c config) config { c.tracking = on; return c })
}

// WithTracing switches traces on or off (MLFLOW_ENABLE_TRACING).
func WithTracing(on bool) Option {
	return optionFunc(func(c config) config { c.tracing = on; return c })
}

// WithArtifacts switches files of runs on or off (MLFLOW_ENABLE_ARTIFACTS), as for a
// server whose artifact store only others can write to.
func WithArtifacts(on bool) Option {
	return optionFunc(func(c config) config { c.artifacts = on; return c })
}

// WithParentRunID nests all root runs below a run that is there already
// (MLFLOW_RUN_ID), whoever made it. It is neither changed nor ended.
func WithParentRunID(id string) Option {
	return optionFunc(func(c config) config { c.parentRunID = id; return c })
}

// WithInstanceID tags each run with the outbox it comes from, so that runs left
// RUNNING by a killed process are found again: a Queue ends them before its
// first delivery.
func WithInstanceID(id string) Option {
	return optionFunc(func(c config) config { c.instanceID = id; return c })
}

// WithFormerInstances names outboxes whose processes are gone for good: their
// runs left RUNNING are ended too.
func WithFormerInstances(ids ...string) Option {
	return optionFunc(func(c config) config { c.former = slices.Concat(c.former, ids); return c })
}

// WithUIURL sets the server's address as people reach it, for links; by default
// the tracking URI.
func WithUIURL(u string) Option {
	return optionFunc(func(c config) config { c.uiURL = u; return c })
}

// WithExperimentTags adds tags that the experiment gets once, where absent. In a value
// {experiment.id} stands for the experiment's id, as links in its note need it.
func WithExperimentTags(tags map[string]string) Option {
	return optionFunc(func(c config) config { c.experimentTags = merged(c.experimentTags, tags); return c })
}

// WithViews gives saved views that the experiment gets once, where absent, in place of the
// default ones, of runs and their charts. A view of the same kind and id as an earlier one
// replaces it. Without any view it does nothing.
func WithViews(views ...View) Option {
	return optionFunc(func(c config) config {
		if !c.ownViews && len(views) > 0 {
			c.views, c.ownViews = nil, true
		}
		c.views = slices.Concat(c.views, views)
		return c
	})
}

// WithoutExperimentSetup leaves tags and views of the experiment alone.
func WithoutExperimentSetup() Option {
	return optionFunc(func(c config) config { c.experimentTags, c.views = nil, nil; return c })
}

// WithRunTags adds tags to every run that does not have them already.
func WithRunTags(tags map[string]string) Option {
	return optionFunc(func(c config) config { c.runTags = merged(c.runTags, tags); return c })
}

// merged is a new map of both; the second wins.
func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	return out
}
