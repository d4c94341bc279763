// Package mlflowexporter is a Collector exporter that turns traces into MLflow
// runs. In go spans, and log records that belong to them (package logrecords), over any
// pipeline; out come, on an MLflow tracking server,
// runs with metrics, params, tags and artifacts, the traces, and links between
// them. It assembles traces by trace id, keeps them in a storage extension until
// the server has them, and leaves what becomes what to package runs and how it
// gets there to package deliver, as the Go library does in process.
//
//	push: split by trace id ──► journal (on disk) ──► answer to the sender
//	                               │
//	                        assembly.Table: when is a trace complete
//	                               │
//	                source ──► deliver.Queue ──► deliveries ──► deliver.Deliverer ──► MLflow
//	         (table and journal)  (when, how       (policy: which    (one for each
//	                               often, how many) experiment)       server)
//
// # Goroutines and locks
//
// A started exporter has the queue's goroutines (see package deliver), one that
// evicts delivered traces, one that asks from time to time whether the server can do
// now what it could not, and one of the journal that commits. Table, journal, holds
// and outlets have a lock each; none is held while another is taken, and the table's
// is never held during I/O. The pipelines of one exporter share it: a lock of the
// factory is held while one of them is made, started or ended.
//
// # Metrics
//
// documentation.md lists them, and is made of metadata.yaml as the code that
// records them is.
package mlflowexporter

//go:generate go tool -modfile=../internal/tools/go.mod mdatagen metadata.yaml
