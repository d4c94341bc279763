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
// real servers of releases 2.22.5 to 3.18.0:
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
//	IsRunGone          the server does not know the run: it may have another database
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
// # Identity
//
// Who sends a request is said by one of these, the first that is set: a token
// ([WithToken]), a token in a file that somebody replaces ([WithTokenFile]), OAuth2
// client credentials ([WithOAuth2]), the service account of a pod
// ([WithKubernetes]), user and password ([WithBasicAuth], or in the URI). Beside it
// go headers ([WithHeaders]), a workspace ([WithWorkspace]) and a client certificate
// ([WithClientCertFile]). All of them hold for REST and for spans, and go to the
// server's own host only. A token that the server refuses is replaced and the
// request sent once more; credentials that cannot be had are a [*CredentialsError].
//
// MLflow's basic-auth app hashes the password with every request, which takes it
// 0.1 s of a processor, and has no session to keep (3.12 to 3.18; it sets no
// cookie). Set auth_cache_ttl_seconds = 60 in the server's basic_auth.ini (3.12 and
// newer): a job is then delivered in about a second instead of ten. Cookies of what
// stands before the server are kept, as MLflow's Python client keeps them.
//
// # Environment
//
// [FromEnv] reads these, under the names of MLflow's own clients where they have one:
//
//	MLFLOW_TRACKING_URI               address of the server (http://127.0.0.1:5000)
//	MLFLOW_EXPERIMENT_NAME            experiment, made when missing (Default)
//	MLFLOW_EXPERIMENT_ID              experiment, which must be there; wins over the name
//	MLFLOW_RUN_ID                     run under which runs are written
//	MLFLOW_WORKSPACE                  workspace, on servers started with --enable-workspaces
//	MLFLOW_ENABLE_TRACKING            write runs (true)
//	MLFLOW_ENABLE_TRACING             send traces (true)
//	MLFLOW_ENABLE_ARTIFACTS           write artifacts of runs (true)
//	MLFLOW_UI_URL                     address of the server as people reach it
//	MLFLOW_HTTP_REQUEST_TIMEOUT       longest request, in seconds (60)
//	MLFLOW_HTTP_REQUEST_MAX_RETRIES   attempts at a trace on a server that is well
//	MLFLOW_TRACKING_USERNAME          basic authentication
//	MLFLOW_TRACKING_PASSWORD          its password, or a file with it in MLFLOW_TRACKING_PASSWORD_FILE
//	MLFLOW_TRACKING_TOKEN             bearer token
//	MLFLOW_TRACKING_TOKEN_FILE        file with the bearer token, read again when it changes
//	MLFLOW_TRACKING_AUTH              kubernetes or kubernetes-namespaced
//	MLFLOW_TRACKING_OAUTH2_TOKEN_URL  token endpoint; _CLIENT_ID, _CLIENT_SECRET or _CLIENT_SECRET_FILE,
//	                                  _SCOPES, _AUDIENCE and _PARAMS are the other fields of OAuth2
//	MLFLOW_TRACKING_HEADERS           headers: name=value,name=value, see ParseHeaders
//	MLFLOW_S3_IGNORE_TLS              accept any certificate of the storage of presigned artifacts (false)
//	MLFLOW_TRACKING_INSECURE_TLS      accept any server certificate (false)
//	MLFLOW_TRACKING_SERVER_CERT_PATH  PEM file or folder of certificates to trust
//	MLFLOW_TRACKING_CLIENT_CERT_PATH  PEM file with certificate and key of the client
//
// Besides, it takes user and password from ~/.mlflow/credentials, certificates to
// trust from REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, and Go's own packages take
// them from SSL_CERT_FILE and SSL_CERT_DIR, and proxies from HTTPS_PROXY, HTTP_PROXY
// and NO_PROXY. [UnusedEnv] says which variables of MLflow's Python client that are
// set have no effect, and why.
package mlflow
