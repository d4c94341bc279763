// Package mlflowmatrix holds the test of what MLflow's releases get from us: jobs
// with and without token usage go through the library, the worker's program and a
// Collector into real servers of each release, and what those servers then answer to
// the calls of their own pages is held to what they should show. There is nothing in
// it to import.
//
//	go test ./internal/mlflowmatrix                            about five minutes on two cores
//	go test ./internal/mlflowmatrix -run Every/servers/3.8.1   one server
//	go test ./internal/mlflowmatrix -update                    rewrites testdata/results.json and the table in otel/mlflow/README.md
//
// Servers are read by plain HTTP, not by the client that the delivery uses, so that
// none of its assumptions is taken for an answer. Two kinds of things are found:
// faults, which fail the test whatever was found before, and properties of a server
// (where a trace is shown, which runs list it), which are kept in testdata/results.json
// and fail the test when they change. The table between the marks
// <!-- mlflow-versions --> in the README is made of that file.
package mlflowmatrix
