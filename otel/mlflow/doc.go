// Package mlflow is a client of the MLflow tracking server's REST API. In go
// experiments, runs, artifacts, logged models and what OTLP cannot carry about
// traces; out come the server's answers, and typed errors that say whether trying
// again can help.
//
//	cfg, err := mlflow.FromEnv() // MLFLOW_TRACKING_URI and the others
//	if err != nil { … }
//	client, err := cfg.Client()
//
// # What it covers
//
// It covers what bringing traces and runs to MLflow needs, and is tested against
// a real server of version 3.17.2:
//
//	experiments   find by name or id, create, tag
//	runs          create, log metrics, params and tags, end, delete, read, search
//	artifacts     write, read and list, through the server's proxy or by presigned addresses
//	models        find or create a logged model, name it as the output of a run
//	traces        everything beside the spans: previews, tags, assessments, links to runs and prompts
//	pages         addresses in the web interface (UI)
//	ids           of traces and assessments (TraceID, FeedbackID)
//
// Spans themselves travel over OTLP, see [Client.OTLPEndpoint]; [Client.Transport]
// authenticates another client, such as an OTLP exporter, in the same way.
//
// # Errors
//
// An answer outside 2xx is an [*APIError] in the chain. A Client retries nothing
// on its own: callers that keep their data, in an outbox say, decide when to come
// back. Functions say what an error means:
//
//	IsRetryable        the same call can succeed later; RetryAfter says when the server wants it
//	IsAmbiguous        it may have been processed: search before creating again
//	IsNotFound         experiment, run, trace or model does not exist
//	IsAlreadyExists    the name is taken
//	IsUnauthorized     401 or 403
//	IsUnsupported      this server does not have that call
//	IsUniqueViolation  two equal writes met; the next try succeeds
//	IsParamConflict    the param has another value already, which MLflow never changes
//	IsExperimentGone   the experiment was deleted meanwhile
//	IsRunDeleted       the run was deleted meanwhile
//	IsTooLarge         a body is larger than the server, or what stands before it, takes
//
//	IsArtifactsUnavailable    this server takes no artifacts at their location
//	IsArtifactStorageFailure  the storage of artifacts fails; the server itself may be well
//
// and four types say what a person has to put right: [*NotMLflowError],
// [*DeletedExperimentError], [*ArtifactStoreError] and [*StorageError]. Texts of errors
// hold neither credentials, of which a presigned address is one, nor the values of a
// refused database statement.
//
// # Concurrency
//
// A [Client] is safe for concurrent use, has no goroutine of its own and keeps up
// to 8 idle connections, and 4 to each storage of artifacts, which [Client.CloseIdle]
// closes. One request is bounded by [WithTimeout] and its context. Writes of the same values may be sent again at any
// time, by several processes too; only creates double, and each says how that is
// avoided.
//
// # Environment
//
// [FromEnv] reads, under the names of MLflow's own clients:
//
//	MLFLOW_TRACKING_URI               address of the server (http://127.0.0.1:5000)
//	MLFLOW_EXPERIMENT_NAME            experiment, made when missing (Default)
//	MLFLOW_EXPERIMENT_ID              experiment, which must be there; wins over the name
//	MLFLOW_ENABLE_TRACKING            write runs (true)
//	MLFLOW_ENABLE_TRACING             send traces (true)
//	MLFLOW_TRACKING_USERNAME          basic authentication
//	MLFLOW_TRACKING_PASSWORD          its password, or a file with it in MLFLOW_TRACKING_PASSWORD_FILE
//	MLFLOW_TRACKING_TOKEN             bearer token, which wins; or a file in MLFLOW_TRACKING_TOKEN_FILE
//	MLFLOW_TRACKING_INSECURE_TLS      accept any server certificate (false)
//	MLFLOW_TRACKING_SERVER_CERT_PATH  PEM file of certificates to trust
//	MLFLOW_TRACKING_CLIENT_CERT_PATH  PEM file with certificate and key of the client
//
// The two switches are this module's. Proxies are taken from HTTPS_PROXY, HTTP_PROXY
// and NO_PROXY.
package mlflow
