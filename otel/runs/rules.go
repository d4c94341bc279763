package runs

import (
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
)

// Rules say which spans become runs and what of a span goes where. The zero
// value means: no steering, see the package documentation for what any GenAI
// program gets then. The same shape is read from YAML by ParseRules.
//
// Precedence: Rules, then the mlflow.run.* vocabulary on the spans, then the
// defaults.
type Rules struct {
	// Runs is tried in order; the first rule that matches a span decides.
	Runs []RunRule `yaml:"runs,omitempty"`
	// OnlyListed stops the defaults from making runs of spans that no rule
	// and no mlflow.run attribute names; such spans fold into the nearest run
	// above. A root is no exception, unless it says what type of run it is
	// (mlflow.run.type): a trace without a listed span has no run.
	OnlyListed bool `yaml:"only_listed,omitempty"`
	// Inherit lists tags that nested runs get from their parent run when they
	// have none of their own, so that a filtered list shows whole jobs.
	Inherit []string `yaml:"inherit,omitempty"`
	// Collect copies the artifacts of nested runs to the parent run, in a
	// folder named after each nested run.
	Collect bool `yaml:"collect,omitempty"`
	// Colors gives mlflow.runColor by the value of the tag ColorBy.
	ColorBy string            `yaml:"color_by,omitempty"`
	Colors  map[string]string `yaml:"colors,omitempty"`
	// TraceTags lists tags of the parent run that its trace gets too: MLflow's list of
	// traces is filtered by them.
	TraceTags []string `yaml:"trace_tags,omitempty"`
	// TraceErrors lists, by tag of the parent run, values with which MLflow shows the trace
	// as failed, although no span failed: work was done, and was not good enough.
	TraceErrors map[string][]string `yaml:"trace_errors,omitempty"`
	// VersionParams lists params of the parent run that, beside the program's name and version,
	// make it another version of the program: which model it asks, by which prompt. Each is an
	// agent version in MLflow, with its traces; without them there is one for each service.version.
	// Their values should be few. That of the first is part of the version's name.
	VersionParams []string `yaml:"version_params,omitempty"`
	// Ignore lists attribute names (a trailing * is a wildcard) that the
	// defaults leave out of params, metrics, tags and artifacts, and of the
	// trace's previews. They still count: ignoring changes no token sum. Rules
	// and mlflow.run attributes may name them all the same.
	Ignore []string `yaml:"ignore,omitempty"`
	// Limits bounds the projection; zero fields mean the defaults.
	Limits Limits `yaml:"limits,omitempty"`
	// Prices gives model calls and embeddings whose cost no span says the cost that they have by list; nil gives them none.
	// The table is not part of the YAML.
	Prices *prices.Table `yaml:"-"`
}

// RunRule makes a run of each matching span, or keeps it from being one.
type RunRule struct {
	// Span is the span's name; a trailing * is a wildcard, "*" any.
	Span string `yaml:"span"`
	// Skip folds matching spans into the nearest run above.
	Skip bool `yaml:"skip,omitempty"`
	// Name of the run. {attribute.key} is replaced by the span's attribute, and
	// {attribute.key:12} by its first 12 characters; {trace.id}, {span.id} and
	// {span.name} always exist. Empty: the span's name, ids in it replaced by
	// {id}; for an HTTP server's root that of the work inside.
	Name string `yaml:"name,omitempty"`
	// Params, Metrics, Tags and Artifacts map the name in MLflow to the span
	// attribute that fills it: one of the span, else of its resource, else of
	// a span folded into the run. A missing one fills nothing, and an empty
	// text makes no artifact. An artifact path may hold folders.
	Params    map[string]string `yaml:"params,omitempty"`
	Metrics   map[string]string `yaml:"metrics,omitempty"`
	Tags      map[string]string `yaml:"tags,omitempty"`
	Artifacts map[string]string `yaml:"artifacts,omitempty"`
	// Set adds constant tags, such as stage.
	Set map[string]string `yaml:"set,omitempty"`
	// NoDefaults keeps everything that is not named here, and is not a
	// standard metric, out of the run.
	NoDefaults bool `yaml:"no_defaults,omitempty"`
}

// Limits bounds one projection. The defaults keep a run within what MLflow 3.17 takes
// and shows well.
type Limits struct {
	// Runs bounds the nested runs of a trace, and its parent runs; further ones fold.
	// Default 50.
	Runs int `yaml:"runs,omitempty"`
	// ArtifactBytes bounds one artifact; a longer one is cut. Default 16 MiB.
	ArtifactBytes int `yaml:"artifact_bytes,omitempty"`
	// ParamChars and TagChars bound values; longer ones are cut with a mark and kept
	// whole as an artifact. Default 6000 and 5000.
	ParamChars int `yaml:"param_chars,omitempty"`
	TagChars   int `yaml:"tag_chars,omitempty"`
	// Metrics, Params and Tags bound how many a run has; further ones are in its
	// metrics.json and attributes.json. Default 1000, 200 and 200.
	Metrics int `yaml:"metrics,omitempty"`
	Params  int `yaml:"params,omitempty"`
	Tags    int `yaml:"tags,omitempty"`
}

// defaultLimits are the limits that zero fields stand for.
func defaultLimits() Limits {
	return Limits{Runs: 50, ArtifactBytes: 16 << 20, ParamChars: 6000, TagChars: 5000, Metrics: 1000, Params: 200, Tags: 200}
}

// orDefaults fills in the limits that are not given.
func (l Limits) orDefaults() Limits {
	d := defaultLimits()
	or := func(given, fallback int) int {
		if given <= 0 {
			return fallback
		}
		return given
	}
	return Limits{
		Runs: or(l.Runs, d.Runs), ArtifactBytes: or(l.ArtifactBytes, d.ArtifactBytes), ParamChars: or(l.ParamChars, d.ParamChars),
		TagChars: or(l.TagChars, d.TagChars), Metrics: or(l.Metrics, d.Metrics), Params: or(l.Params, d.Params), Tags: or(l.Tags, d.Tags),
	}
}

// compile makes the rules ready to be followed.
func (r Rules) compile() *rule.Set {
	set := &rule.Set{
		OnlyListed: r.OnlyListed, Inherit: r.Inherit, Collect: r.Collect, ColorBy: r.ColorBy, Colors: r.Colors, Ignore: r.Ignore,
		TraceTags: r.TraceTags, TraceErrors: r.TraceErrors, VersionParams: r.VersionParams,
		Limits: rule.Limits(r.Limits.orDefaults()), Runs: make([]rule.Run, len(r.Runs)),
	}
	for i, run := range r.Runs {
		set.Runs[i] = rule.Run(run)
	}
	return set
}
