package job

import (
	"fmt"
	"strings"
)

// Severity says what a failed gate does.
type Severity string

const (
	// Blocking gates keep the comment from being posted.
	Blocking Severity = "blocking"
	// Advisory gates only lower the score and show in the report.
	Advisory Severity = "advisory"
)

// Report is what all gates say of one comment.
type Report struct {
	Results []GateResult `json:"results"`
}

// GateResult is what one gate says.
type GateResult struct {
	Name     string   `json:"name"`
	Passed   bool     `json:"passed"`
	Detail   string   `json:"detail"` // a sentence to act on, also when passed
	Score    float64  `json:"score"`  // 0 to 1, 1 when passed
	Severity Severity `json:"severity"`
}

// Blocks reports whether the result keeps the comment from being posted. A
// result without severity, as from an older record, blocks.
func (g GateResult) Blocks() bool { return !g.Passed && g.Severity != Advisory }

// Failures lists the gates that keep the comment from being posted, each as
// "name: detail".
func (r Report) Failures() []string { return r.list(GateResult.Blocks) }

// Warnings lists the failed gates that don't, in the same form.
func (r Report) Warnings() []string {
	return r.list(func(g GateResult) bool { return !g.Passed && !g.Blocks() })
}

// list formats the results that want accepts, in the order in which the gates ran.
func (r Report) list(want func(GateResult) bool) []string {
	var out []string
	for _, g := range r.Results {
		if want(g) {
			out = append(out, g.Name+": "+g.Detail)
		}
	}
	return out
}

// Passed tells whether the comment may be posted. A report without results
// has not been made, and does not pass.
func (r Report) Passed() bool {
	for _, g := range r.Results {
		if g.Blocks() {
			return false
		}
	}
	return len(r.Results) > 0
}

// Score is the mean of all gates' scores, 0 to 1; 0 without results.
func (r Report) Score() float64 {
	if len(r.Results) == 0 {
		return 0
	}
	sum := 0.0
	for _, g := range r.Results {
		sum += g.Score
	}
	return sum / float64(len(r.Results))
}

// Markdown is the report as a table. It has a row for each gate, passed ones included, and is
// not empty even without results.
func (r Report) Markdown() string {
	var b strings.Builder
	b.WriteString("| gate | verdict | detail |\n|---|---|---|\n")
	for _, g := range r.Results {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", g.Name, g.word(), cell(g.Detail))
	}
	return b.String()
}

// word is the verdict in the table. Only what blocks is in bold, so that it is found at a
// glance.
func (g GateResult) word() string {
	switch {
	case g.Passed:
		return "passed"
	case g.Blocks():
		return "**failed**"
	}
	return "warning"
}

// cell keeps text from leaving its table cell or becoming markup. Details quote the page and
// the model, so they may hold anything: a line break or a pipe would end the cell, "<" start
// HTML, "[" a link.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "|", "\\|", "<", "&lt;", ">", "&gt;", "`", "\\`", "[", "\\[").Replace(s)
}

// Table is the report in the shape that MLflow shows as a table artifact.
type Table struct {
	Columns []string `json:"columns"`
	Data    [][]any  `json:"data"`
}

// Table gives the report row by row. Data is never nil, so that it is written as a list even
// without results.
func (r Report) Table() Table {
	t := Table{Columns: []string{"gate", "passed", "detail"}, Data: make([][]any, 0, len(r.Results))}
	for _, g := range r.Results {
		t.Data = append(t.Data, []any{g.Name, g.Passed, g.Detail})
	}
	return t
}
