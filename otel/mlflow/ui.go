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
type UI struct{ base, workspace string }

// NewUI makes a UI at the address by which people reach the server. That may be
// another one than programs use ([Client.URI]). A slash at its end, and the page
// behind #, do not count.
func NewUI(base string) UI {
	base, _, _ = strings.Cut(strings.TrimSpace(base), "#")
	return UI{base: strings.TrimRight(base, "/")}
}

// defaultWorkspace is the one that pages show when none is named.
const defaultWorkspace = "default"

// InWorkspace returns a UI whose pages are those of a workspace; "" is none, as
// on servers without them.
func (u UI) InWorkspace(name string) UI {
	if u.workspace = name; name == defaultWorkspace {
		u.workspace = ""
	}
	return u
}

// Run returns the page of a run.
func (u UI) Run(experimentID, runID string) string {
	return u.page(experimentID, "/runs/"+runID, "")
}

// RunArtifacts returns the artifacts tab of a run's page.
func (u UI) RunArtifacts(experimentID, runID string) string {
	return u.page(experimentID, "/runs/"+runID+"/artifacts", "")
}

// Dataset returns the page of an evaluation dataset.
func (u UI) Dataset(experimentID, id string) string {
	return u.page(experimentID, "/datasets/"+url.PathEscape(id), "")
}

// Runs returns the list of an experiment's runs for which filter, in MLflow's
// search syntax, holds.
func (u UI) Runs(experimentID, filter string) string {
	return u.page(experimentID, "/runs", "searchFilter="+url.QueryEscape(filter))
}

// Trace returns the page of a trace.
func (u UI) Trace(experimentID string, id trace.TraceID) string {
	return u.page(experimentID, "/traces", "selectedEvaluationId="+TraceID(id))
}

// TraceInList returns the page of a trace on servers before MLflow 3.4, which show it
// over the list of traces. id is MLflow's; the list alone is the page of an empty one.
func (u UI) TraceInList(experimentID, id string) string {
	query := "compareRunsMode=TRACES"
	if id != "" {
		query += "&selectedTraceId=" + url.QueryEscape(id)
	}
	return u.page(experimentID, "", query)
}

// Prompt returns the page of a version of a registered prompt.
func (u UI) Prompt(ref PromptRef) string {
	return u.address("/prompts/"+url.PathEscape(ref.Name), "promptVersion="+url.QueryEscape(ref.Version))
}

// PromptIn returns the page of the same version among an experiment's prompts, which also
// has the version's traces in that experiment. Servers from MLflow 3.9 on show these, and
// have them from 3.10 on, see [FeatureLinkPrompts].
func (u UI) PromptIn(experimentID string, ref PromptRef) string {
	return u.page(experimentID, "/prompts/"+url.PathEscape(ref.Name), "promptVersion="+url.QueryEscape(ref.Version))
}

// page is an address below that of an experiment.
func (u UI) page(experimentID, path, query string) string {
	return u.address("/experiments/"+experimentID+path, query)
}

// address is that of a page.
func (u UI) address(path, query string) string {
	address := "#" + path
	if u.base != "" {
		address = u.base + "/" + address
	}
	if u.workspace != "" {
		query = strings.TrimPrefix(query+"&workspace="+url.QueryEscape(u.workspace), "&")
	}
	if query != "" {
		address += "?" + query
	}
	return address
}
