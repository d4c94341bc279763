package deliver

import (
	"strings"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// note is the description of a root run: the outcome first, since the page folds
// it after four lines, then where to go, then the program's own note, or else the error.
func (j *job) note(p *plannedRun) string {
	outcome := p.Tags["outcome"]
	if outcome == "" || p.Status == runs.Running {
		outcome = strings.ToLower(string(p.Status))
	}
	parts := []string{"**" + markdownText(outcome) + "**"}
	if len(j.spans.send) > 0 {
		parts = append(parts, "[trace]("+j.traceLink(p)+")")
	}
	if len(p.Artifacts) > 0 {
		parts = append(parts, "[artifacts]("+mlflow.UI{}.RunArtifacts(j.experimentID, p.ref.id)+")")
	}
	note := strings.Join(parts, " · ")
	if j.origin.Unfinished != "" {
		note += "\n\n" + markdownText(shorten(j.origin.Unfinished, maxIncomplete))
	}
	if why := j.caps.Missing(mlflow.FeatureTraceInfo); p.Evaluation != nil && why != "" {
		note += "\n\n" + markdownText("rows are nested runs, and verdicts their metrics: for a table of rows "+why)
	}
	if own := p.Tags[tagNote]; own != "" { // it says itself what went wrong
		return note + "\n\n" + own
	}
	if e := p.Tags["error"]; e != "" && p.Status != runs.Running {
		note += "\n\n" + markdownText(shorten(e, 500))
	}
	return note
}

// markdownText escapes text from outside for one line of Markdown.
func markdownText(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]()<>#+!|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
