// Package mlflowattr is the vocabulary by which a program steers what MLflow shows
// of its spans. In go keys and values of MLflow, out come OpenTelemetry
// attributes; nothing else of this module is needed to write them:
//
//	span.SetAttributes(
//		mlflowattr.Param("chunk_size", "512"),
//		mlflowattr.Metric("recall", 0.93),
//		mlflowattr.Artifact("report.md", report),
//	)
//
// The projection of package runs reads them, whether a program delivers its own
// traces (package runprocessor) or a Collector does. In other languages the same
// attributes are written by their names.
package mlflowattr
