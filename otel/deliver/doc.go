// Package deliver brings finished traces into MLflow. In goes one trace as OTLP;
// out come, on the tracking server, a tree of runs with metrics, params, tags
// and artifacts, the trace itself with its spans, and links between them.
//
// What becomes what is decided by package runs, a pure projection. Here is the
// order of the calls, and what happens when one fails:
//
//   - Everything is an upsert but creating a run. A create is repeated only
//     after a search by the tags otel.trace_id and otel.span_id.
//   - A run's status is written last, so that FINISHED means complete.
//   - An error is permanent (IsPermanent: the data or the server's set-up must
//     change) or it is not, and then the same trace is delivered again later.
//
// Queue feeds a Deliverer from a spool until all is delivered.
package deliver
