package mlflow

import (
	"cmp"
	"slices"
	"strings"
)

// EnvNote says of a variable that is set why it has no effect here.
type EnvNote struct {
	Name string
	Note string // one sentence: the reason, or what to use instead
}

// HonouredEnv returns the names of the variables that [FromEnv] and the client
// honour, in no particular order.
func HonouredEnv() []string { return slices.Concat(configEnv, systemEnv) }

// UnusedEnv returns a note for each variable of environ, a list like
// [os.Environ], that MLflow's Python client or server reads and this client does
// not, by name. Values are not looked at, but that empty ones count as unset.
func UnusedEnv(environ []string) []EnvNote {
	var out []EnvNote
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if strings.TrimSpace(value) == "" || slices.Contains(configEnv, name) || slices.Contains(systemEnv, name) {
			continue
		}
		switch note := noteOf(name); {
		case note != "":
			out = append(out, EnvNote{name, note})
		case strings.HasPrefix(name, "MLFLOW_"):
			out = append(out, EnvNote{name, "is not read here; it is for MLflow's server or Python client"})
		}
	}
	slices.SortFunc(out, func(a, b EnvNote) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// noteOf finds the note of a name: its own, or that of the longest pattern that
// it begins with.
func noteOf(name string) string {
	best, note := "", ""
	for pattern, n := range unusedEnv {
		prefix, open := strings.CutSuffix(pattern, "*")
		if name == pattern || open && strings.HasPrefix(name, prefix) {
			if len(pattern) > len(best) {
				best, note = pattern, n
			}
		}
	}
	return note
}

// configEnv are the variables that FromEnv reads.
var configEnv = []string{
	"MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID", "MLFLOW_UI_URL", "MLFLOW_WORKSPACE",
	"MLFLOW_ENABLE_TRACKING", "MLFLOW_ENABLE_TRACING", "MLFLOW_ENABLE_ARTIFACTS",
	"MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
	"MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_PASSWORD_FILE",
	"MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_TOKEN_FILE", "MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_HEADERS",
	"MLFLOW_TRACKING_OAUTH2_TOKEN_URL", "MLFLOW_TRACKING_OAUTH2_CLIENT_ID", "MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET",
	"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE", "MLFLOW_TRACKING_OAUTH2_SCOPES", "MLFLOW_TRACKING_OAUTH2_AUDIENCE",
	"MLFLOW_TRACKING_OAUTH2_PARAMS",
	"MLFLOW_S3_IGNORE_TLS", "MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_CLIENT_CERT_PATH",
}

// systemEnv are read besides: by WithSystemDefaults, by crypto/x509, and by
// net/http for proxies.
var systemEnv = []string{
	"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
}

// Notes that are said of several variables.
const (
	noteWaits      = "has no effect: how long to wait between attempts is decided here, and Retry-After is always heeded"
	noteConn       = "has no effect: connections are few and short-lived here"
	noteStore      = "has no effect: artifacts go through the tracking server, which has the store's address and keys"
	noteBackground = "has no effect: everything is delivered in the background here, from what is kept on disk"
	notePieces     = "has no effect: an artifact is sent in one piece"
	noteDatabricks = "has no effect: Databricks is not supported"
	noteOneTracer  = "has no effect: spans are those of OpenTelemetry's own tracer, which the program sets up"
)

// unusedEnv are variables of MLflow's Python client that mean something for who
// writes runs and traces, and what to say of them (mlflow/environment_variables.py
// of 3.17.2). A name with * at its end stands for all that begin so.
var unusedEnv = map[string]string{
	"MLFLOW_TRACKING_AWS_SIGV4": "has no effect: requests are not signed with AWS keys; put a proxy that signs them in front of the server",
	"MLFLOW_TRACE_SAMPLING_RATIO": "has no effect: sampling is OpenTelemetry's here; set OTEL_TRACES_SAMPLER=parentbased_traceidratio and " +
		"OTEL_TRACES_SAMPLER_ARG",
	"MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR":            noteWaits,
	"MLFLOW_HTTP_REQUEST_BACKOFF_JITTER":            noteWaits,
	"MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER":        noteWaits,
	"MLFLOW_HTTP_POOL_*":                            noteConn,
	"MLFLOW_HTTP_TCP_KEEPALIVE*":                    noteConn,
	"MLFLOW_ALLOW_HTTP_REDIRECTS":                   "has no effect: redirects are not followed; set MLFLOW_TRACKING_URI to the final address",
	"MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT":       "has no effect: MLFLOW_HTTP_REQUEST_TIMEOUT bounds every request",
	"MLFLOW_REGISTRY_URI":                           "has no effect: no registered models are written",
	"MLFLOW_TRACKING_DIR":                           "has no effect: runs go to a tracking server, see MLFLOW_TRACKING_URI",
	"MLFLOW_REGISTRY_DIR":                           "has no effect: no registered models are written",
	"MLFLOW_ENABLE_ASYNC_LOGGING":                   noteBackground,
	"MLFLOW_ASYNC_LOGGING_*":                        noteBackground,
	"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING":             noteBackground,
	"MLFLOW_ASYNC_TRACE_LOGGING_*":                  noteBackground,
	"MLFLOW_USE_BATCH_SPAN_PROCESSOR":               noteBackground,
	"MLFLOW_TRACE_BUFFER_*":                         noteBackground,
	"MLFLOW_TRACE_TIMEOUT_*":                        "has no effect: a trace is complete when its root span has ended",
	"MLFLOW_TRACING_DESTINATION":                    "has no effect: traces go to the experiment that the runs are in",
	"MLFLOW_TRACING_SQL_WAREHOUSE_ID":               noteDatabricks,
	"MLFLOW_ENABLE_DB_SDK":                          noteDatabricks,
	"MLFLOW_DATABRICKS_*":                           noteDatabricks,
	"MLFLOW_UC_OSS_TOKEN":                           noteDatabricks,
	"MLFLOW_ENABLE_OTLP_EXPORTER":                   noteOneTracer,
	"MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT":          noteOneTracer,
	"MLFLOW_USE_DEFAULT_TRACER_PROVIDER":            noteOneTracer,
	"MLFLOW_TRACE_PROPAGATE_TO_OTEL_CONTEXT":        noteOneTracer,
	"MLFLOW_TRACE_USE_ISOLATED_RANDOM_ID_GENERATOR": noteOneTracer,
	"MLFLOW_ENABLE_OTEL_GENAI_SEMCONV":              noteOneTracer,
	"MLFLOW_TRACE_EXTRACT_ATTACHMENTS":              "has no effect: content is not cut out into attachments",
	"MLFLOW_TRACE_MAX_ATTACHMENT_SIZE":              "has no effect: content is not cut out into attachments",
	"MLFLOW_ACTIVE_MODEL_ID":                        "has no effect: the logged model of a run follows from the service's name and version",
	"MLFLOW_ENABLE_WORKSPACES":                      "is for the server; a client names its workspace by MLFLOW_WORKSPACE",
	"MLFLOW_S3_ENDPOINT_URL":                        noteStore,
	"MLFLOW_S3_UPLOAD_EXTRA_ARGS":                   noteStore,
	"MLFLOW_S3_EXPECTED_BUCKET_OWNER":               noteStore,
	"MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE":           noteStore,
	"MLFLOW_GCS_*":                                  noteStore,
	"MLFLOW_KERBEROS_*":                             noteStore,
	"MLFLOW_PYARROW_EXTRA_CONF":                     noteStore,
	"MLFLOW_ENABLE_MULTIPART_UPLOAD":                notePieces,
	"MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD":          notePieces,
	"MLFLOW_MULTIPART_UPLOAD_*":                     notePieces,
	"MLFLOW_TRUNCATE_LONG_VALUES":                   "has no effect: values beyond MLflow's limits are always shortened",
	"MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING":          "has no effect: no system metrics are written",
	"MLFLOW_SYSTEM_METRICS_*":                       "has no effect: no system metrics are written",
	"MLFLOW_LOGGING_LEVEL":                          "has no effect: the program's own logging decides",
	"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT":        "has no effect: nothing is printed here unless the program does so",
	"MLFLOW_DISABLE_TELEMETRY":                      "has no effect: nothing here reports its use to anybody",
	"ALL_PROXY":                                     "has no effect: programs of Go take proxies from HTTPS_PROXY and HTTP_PROXY",
	"all_proxy":                                     "has no effect: programs of Go take proxies from HTTPS_PROXY and HTTP_PROXY",
}
