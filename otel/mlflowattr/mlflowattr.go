package mlflowattr

import "go.opentelemetry.io/otel/attribute"

// Attributes by which a span says whether it is a run, and what of it the run
// shows. They take precedence over the defaults of the projection, and the
// rules of package runs over them.
const (
	// RunKey (bool) makes a span a run of its own, or folds it into the
	// nearest run above it.
	RunKey = attribute.Key("mlflow.run")
	// RunNameKey (string) is the name of the span's run.
	RunNameKey = attribute.Key("mlflow.run.name")
)

// Prefixes of the attributes that put something on the nearest run of a span.
// What follows the prefix is the key in MLflow, or the path of an artifact.
const (
	TagPrefix      = "mlflow.run.tag."
	ParamPrefix    = "mlflow.run.param."
	MetricPrefix   = "mlflow.run.metric."
	ArtifactPrefix = "mlflow.run.artifact."
)

// Attributes that tell delivery about a trace. They become no tag or param.
const (
	// UnfinishedKey (bool) marks a span that was written before it ended: its
	// run is KILLED. The span's end time is the time of writing.
	UnfinishedKey = attribute.Key("mlflow.run.unfinished")
	// ResumedKey (bool) is set on the root of a trace by a program that writes a
	// trace again which an earlier process began, under the same ids: its runs
	// may be on the server already, and are looked for first.
	ResumedKey = attribute.Key("mlflow.run.resumed")
	// HandedBackKey (bool) is set on the root of a trace by a program that cuts
	// its work, as at a shutdown, and leaves it to a process that will write the
	// whole trace again under the same ids (see ResumedKey). The trace is not
	// stored: it would come late and write over the whole one.
	HandedBackKey = attribute.Key("mlflow.run.handed_back")
	// LogRecordKey (bool) marks a span that only carries a log record to its trace
	// (package logrecords). It is put on the span named by its parent's id before
	// the trace is read, and is no span of the trace.
	LogRecordKey = attribute.Key("mlflow.log_record")
	// ProjectedKey (bool) on a resource says that the process projects its traces
	// itself, so that a Collector must not make runs of them a second time.
	ProjectedKey = attribute.Key("mlflow.projected")
)

// Tags of every run, by which the run of a span is found again, as in the filter
// tags.`otel.trace_id` = '…' and tags.`otel.span_id` = '…'.
const (
	TraceIDTag = "otel.trace_id" // 32 hexadecimal digits
	SpanIDTag  = "otel.span_id"  // 16 hexadecimal digits
)

// IncompleteTag is a tag of the first run of a trace that says in words what of the
// trace the server does not take. Runs without it are complete.
const IncompleteTag = "otel.incomplete"

// UnfinishedTag is a tag of all runs of a trace that was delivered before its root span was
// there, and says in words why: the program is still at work, or the root did not come in
// time. It goes when the root comes. Runs without it belong to whole traces.
const UnfinishedTag = "otel.unfinished"

// MetricEventName is the name of a span event that is one point of a metric's
// series; its attributes are MetricEventKeyKey, MetricEventValueKey and
// MetricEventStepKey.
const MetricEventName = "mlflow.metric"

// Attributes of an event named MetricEventName.
const (
	MetricEventKeyKey   = attribute.Key("key")   // string, the metric's key
	MetricEventValueKey = attribute.Key("value") // number
	MetricEventStepKey  = attribute.Key("step")  // int, 0 when absent
)

// TagKey returns the attribute key for the tag that MLflow shows under key.
func TagKey(key string) attribute.Key { return attribute.Key(TagPrefix + key) }

// ParamKey returns the attribute key for the param that MLflow shows under key.
func ParamKey(key string) attribute.Key { return attribute.Key(ParamPrefix + key) }

// MetricKey returns the attribute key for the metric that MLflow shows under key.
func MetricKey(key string) attribute.Key { return attribute.Key(MetricPrefix + key) }

// ArtifactKey returns the attribute key for the artifact at path, which is
// relative to the run's artifact root and separated by slashes. The attribute's
// value is the content, text or JSON.
func ArtifactKey(path string) attribute.Key { return attribute.Key(ArtifactPrefix + path) }

// Run makes the span a run of its own (true), or folds it into the nearest run
// above it (false).
func Run(on bool) attribute.KeyValue { return RunKey.Bool(on) }

// RunName names the span's run.
func RunName(name string) attribute.KeyValue { return RunNameKey.String(name) }

// Tag sets a tag of the nearest run.
func Tag(key, value string) attribute.KeyValue { return TagKey(key).String(value) }

// Param sets a param of the nearest run.
func Param(key, value string) attribute.KeyValue { return ParamKey(key).String(value) }

// Metric sets a metric of the nearest run, at the time the span ends.
func Metric(key string, value float64) attribute.KeyValue { return MetricKey(key).Float64(value) }

// Artifact writes content, text or JSON, to path among the artifacts of the
// nearest run.
func Artifact(path, content string) attribute.KeyValue { return ArtifactKey(path).String(content) }

// MetricPoint gives the attributes of an event named MetricEventName.
func MetricPoint(key string, value float64, step int) []attribute.KeyValue {
	return []attribute.KeyValue{MetricEventKeyKey.String(key), MetricEventValueKey.Float64(value), MetricEventStepKey.Int(step)}
}
