package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/compare"
)

// maxRows bounds how many rows the Markdown names: a pull request shows 64 KiB of a comment.
const maxRows = 20

// Markdown writes the summary for a pull request: the verdict, the variants, what moved against
// the baseline, and the rows to look at.
func Markdown(w io.Writer, c evaluation.Comparison) error {
	var b strings.Builder
	d, best := c.Decision(), c.Candidate()
	marks := map[evaluation.Verdict]string{evaluation.Pass: "✅", evaluation.Regression: "❌", evaluation.Failed: "⚠️"}
	fmt.Fprintf(&b, "### %s Evaluation of %s: %s\n\n", marks[d.Verdict], escape(c.Dataset), d.Verdict)
	fmt.Fprintf(&b, "%s, policy `%s`", escape(best.Variant.String()), d.Policy)
	if base := c.Against(); base != nil {
		fmt.Fprintf(&b, ", against %s", escape(base.Variant.String()))
	}
	b.WriteString(".\n")
	for _, why := range d.Reasons {
		fmt.Fprintf(&b, "- %s\n", escape(why))
	}
	b.WriteString("\n| variant | rows | failed | passed | cost | verdict |\n|---|---:|---:|---:|---:|---|\n")
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		name, verdict := escape(o.Variant.String()), string(c.Decisions[i].Verdict)
		if o.RunURL != "" {
			name = "[" + name + "](" + o.RunURL + ")"
		}
		if i == c.Baseline {
			verdict = "baseline"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s |\n", name, o.Report.Expected, o.FailedRows(), mean(o, evaluation.Passed),
			dollars(o.Report.CostUSD), verdict)
	}
	if few := tooFew(d.Result); few != "" {
		fmt.Fprintf(&b, "\n%s.\n", few)
	}
	if moved := movedScorers(d.Result); len(moved) > 0 {
		b.WriteString("\n| scorer | n | baseline | candidate | difference | interval | p |\n|---|---:|---:|---:|---:|---|---:|\n")
		for _, s := range moved {
			fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s |\n", escape(s.Name), s.Pairs, figure(s.BaselineMean), figure(s.CandidateMean),
				signed(s.Diff), interval(s), figure(s.PValue))
		}
	}
	writeRows(&b, "Passed before, and not now", d.Regressed, best)
	writeRows(&b, "Passed now, and not before", d.Improved, best)
	if c.Against() == nil {
		writeRows(&b, "Did not pass", notPassed(best), best)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write Markdown report: %w", err)
	}
	return nil
}

// writeRows lists rows with what their verdicts say.
func writeRows(b *strings.Builder, title string, ids []string, o evaluation.Outcome) {
	if len(ids) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s (%d):\n\n", title, len(ids))
	for _, id := range ids[:min(len(ids), maxRows)] {
		fmt.Fprintf(b, "- %s", escape(id))
		if why := whyNot(o, id); why != "" {
			fmt.Fprintf(b, ": %s", escape(why))
		}
		b.WriteByte('\n')
	}
	if more := len(ids) - maxRows; more > 0 {
		fmt.Fprintf(b, "- and %d more\n", more)
	}
}

// notPassed are the rows that did not pass, or of which nothing is known.
func notPassed(o evaluation.Outcome) []string {
	var ids []string
	for _, r := range o.Report.Rows {
		if whyRow(r) != "" && !slices.Contains(ids, r.RowID) {
			ids = append(ids, r.RowID)
		}
	}
	return ids
}

// whyNot says why a row did not pass, by its first trial that did not.
func whyNot(o evaluation.Outcome, id string) string {
	for _, r := range o.Report.Rows {
		if r.RowID == id {
			if why := whyRow(r); why != "" {
				return why
			}
		}
	}
	return ""
}

func whyRow(r eval.RowResult) string {
	if fault := evaluation.Fault(r); fault != "" {
		return "failed: " + fault
	}
	if s := r.Scores[evaluation.Passed]; s.Value == 0 {
		return cmp.Or(s.Explanation, "not passed")
	}
	return ""
}

// movedScorers are the scorers of which a row differs. Of too few rows that is not known.
func movedScorers(r compare.Result) []compare.Scorer {
	return slices.DeleteFunc(slices.Clone(r.Scorers), func(s compare.Scorer) bool { return s.Nonzero == 0 })
}

// tooFew says that there is no comparison of scorers, where that is so.
func tooFew(r compare.Result) string {
	for _, s := range r.Scorers {
		if !s.Enough {
			return fmt.Sprintf("%s of both are too few to compare scores by: 6 are needed", text.Count(s.Pairs, "row", "rows"))
		}
	}
	return ""
}

// escape keeps foreign text from being markup, or a cell of its own.
func escape(s string) string {
	s = text.OneLine(s)
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "`", "\\`", "[", "\\[", "]", "\\]", "*", "\\*", "_", "\\_",
		"@", "@\u200b").Replace(s)
}

// mean is that of a scorer, or a dash where no row has it.
func mean(o *evaluation.Outcome, scorer string) string {
	if o.Report.Judged[scorer] == 0 {
		return "–"
	}
	return figure(o.Report.Means[scorer])
}

// figure is a number with three digits behind the point, or a dash for none.
func figure(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.3f", x)
}

func signed(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%+.3f", x)
}

func interval(s compare.Scorer) string {
	return signed(s.Low) + " to " + signed(s.High)
}

// dollars is a cost, or a dash where none is known.
func dollars(usd float64) string {
	if usd == 0 {
		return "–"
	}
	return text.Dollars(usd)
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
