package mlflow

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// UI makes addresses of pages in MLflow's web interface (its routes are those of
// MLflow 3.17, mlflow/server/js/src/experiment-tracking/routes.ts). The zero UI
// makes relative ones, "#/experiments/…", for links inside that interface, such
// as in the note of a run.
type UI struct{ base string }

// NewUI makes a UI at the address by which people reach the server. That may be
// another one than programs use ([Client.URI]); a slash at its end does not count.
func NewUI(base string) UI { return UI{base: strings.TrimRight(base, "/")} }

// Run returns the page of a run.
func (u UI) Run(experimentID, runID string) string {
	return u.experiment(experimentID) + "/runs/" + runID
}

// RunArtifacts returns the artifacts tab of a run's page.
func (u UI) RunArtifacts(experimentID, runID string) string {
	return u.Run(experimentID, runID) + "/artifacts"
}

// Runs returns the list of an experiment's runs for which filter, in MLflow's
// search syntax, holds.
func (u UI) Runs(experimentID, filter string) string {
	return u.experiment(experimentID) + "/runs?searchFilter=" + url.QueryEscape(filter)
}

// Trace returns the page of a trace.
func (u UI) Trace(experimentID string, id trace.TraceID) string {
	return u.experiment(experimentID) + "/traces?selectedEvaluationId=" + TraceID(id)
}

// TraceInList returns the page of a trace on servers before MLflow 3.6, which show it
// over the list of traces. id is MLflow's; the list alone is the page of an empty one.
func (u UI) TraceInList(experimentID, id string) string {
	list := u.experiment(experimentID) + "?compareRunsMode=TRACES"
	if id == "" {
		return list
	}
	return list + "&selectedTraceId=" + url.QueryEscape(id)
}

func (u UI) experiment(id string) string {
	page := "#/experiments/" + id
	if u.base == "" {
		return page
	}
	return u.base + "/" + page
}
