// Package draft fills runs. In go the earlier phases of one trace, out come its
// runs with params, metrics, tags and artifacts, as MLflow takes them.
//
// A Draft is a run in the making. Several sources speak about it, and of each name
// the first word stays; Draft.fill has their order, which is the precedence that
// package runs documents. The sheet below a draft keeps MLflow's rules about keys,
// lengths and numbers: what does not fit goes to an artifact and a note, so that
// nothing is dropped.
package draft
