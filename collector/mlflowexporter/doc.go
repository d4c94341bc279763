// Package mlflowexporter is a Collector exporter that turns traces into MLflow
// runs. In go spans over any pipeline; out come, on an MLflow tracking server,
// runs with metrics, params, tags and artifacts, the traces, and links between
// them. It assembles traces by trace id, keeps them in a storage extension until
// the server has them, and leaves what becomes what to package runs and how it
// gets there to package deliver, as the Go library does in process.
package mlflowexporter
