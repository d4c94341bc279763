package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/text"
)

// Text writes the report for people: what moved against the baseline, the rows to look at, and
// the verdict. Its lines may be longer than a terminal is wide.
func Text(w io.Writer, c evaluation.Comparison) error {
	var b strings.Builder
	d, best := c.Decision(), c.Candidate()
	if base := c.Against(); base != nil {
		fmt.Fprintf(&b, "\n%s against %s\n", best.Variant, base.Variant)
		moved := movedScorers(d.Result)
		t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
		if len(moved) > 0 {
			fmt.Fprintln(t, "  SCORER\tN\tBASELINE\tCANDIDATE\tDIFFERENCE\tINTERVAL\tP\tEFFECT")
		}
		for _, s := range moved {
			fmt.Fprintf(t, "  %s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.Pairs, figure(s.BaselineMean), figure(s.CandidateMean),
				signed(s.Diff), interval(s), figure(s.PValue), signed(s.Effect))
		}
		if err := t.Flush(); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if few := tooFew(d.Result); few != "" {
			fmt.Fprintf(&b, "  %s\n", few)
		} else if same := len(d.Result.Scorers) - len(moved); same > 0 {
			fmt.Fprintf(&b, "  %s the same in every row\n", text.Count(same, "scorer is", "scorers are"))
		}
		listRows(&b, "passed before, and not now", d.Regressed, best)
		listRows(&b, "passed now, and not before", d.Improved, best)
	}
	fmt.Fprintf(&b, "\npolicy %s: %s\n", d.Policy, d.Verdict)
	for _, why := range d.Reasons {
		fmt.Fprintf(&b, "  %s\n", text.OneLine(why))
	}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		if o.RunURL != "" {
			fmt.Fprintf(&b, "  run %s of %s%s  %s\n", o.RunID, o.Variant, role(c, i), o.RunURL)
		}
	}
	o, base := c.Candidate(), c.Against()
	if d.Verdict == evaluation.Pass && o.RunURL != "" && base != nil && base.Variant.PromptName() != o.Variant.PromptName() {
		fmt.Fprintf(&b, "  to take it over: commentator prompts promote %s --comparison %s\n", o.Variant.PromptName(), o.RunID)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// role says what a variant is to the others, where that is not clear.
func role(c evaluation.Comparison, i int) string {
	switch {
	case i == c.Baseline:
		return " (the baseline)"
	case i != c.Best:
		return " (" + string(c.Decisions[i].Verdict) + ")"
	}
	return ""
}

func listRows(b *strings.Builder, title string, ids []string, o evaluation.Outcome) {
	if len(ids) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s %s:\n", text.Count(len(ids), "row", "rows"), title)
	for _, id := range ids[:min(len(ids), maxRows)] {
		line := "    " + id
		if why := whyNot(o, id); why != "" {
			line += ": " + text.OneLine(why)
		}
		fmt.Fprintln(b, line)
	}
	if more := len(ids) - maxRows; more > 0 {
		fmt.Fprintf(b, "    and %d more\n", more)
	}
}
