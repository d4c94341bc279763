// Package mlflow is a client of the MLflow tracking server's REST API: what goes
// in are experiments, runs, artifacts, logged models, prompts and what OTLP
// cannot carry about traces; what comes out are the server's answers and typed
// errors that say whether trying again can help.
//
// It covers what delivering traces and runs needs, and is tested against
// MLflow 3.17.2. Spans themselves travel over OTLP: see Client.OTLPEndpoint and
// Client.Transport.
//
// A Client is safe for concurrent use. It retries nothing on its own: callers
// that keep their data (a spool) decide when to come back, see IsRetryable and
// RetryAfter.
package mlflow
