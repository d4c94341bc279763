// Package naming makes names that MLflow takes, and takes names apart. Keys and
// paths go in as programs wrote them; out come ones that every store of MLflow
// accepts, different ones for different names.
package naming
