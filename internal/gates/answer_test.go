package gates_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
)

// TestAFigureThatThePageLacksIsNoAnswer: in a comment it may be a sum, which only warns.
func TestAFigureThatThePageLacksIsNoAnswer(t *testing.T) {
	page := "Code coverage tells which lines of a program ran while its tests did. Browsers collect it for scripts as well, by line and by block."
	ev := &job.Evidence{Title: "Code coverage", Text: page, Lang: "en", Coverage: job.CoverageFull}
	for _, c := range []struct {
		question, said string
		fails          bool
	}{
		{"", "Code coverage is 100% of the lines that ran.", false},
		{"What is code coverage?", "Code coverage is 100% of the lines that ran.", true},
		{"What is code coverage?", "Code coverage tells which lines of a program ran while its tests did.", false},
	} {
		said := &job.Comment{Answer: c.said}
		if c.question == "" {
			said = &job.Comment{TLDR: []string{c.said}, Summary: c.said}
		}
		a := &job.Analysis{Analyst: job.AnalystOpenAI, Question: c.question, Result: said}
		failed := slices.ContainsFunc(gates.New(gates.Options{Language: "en"}).Check(ev, a).Failures(), func(s string) bool { return strings.HasPrefix(s, "numbers:") })
		if failed != c.fails {
			t.Errorf("%q to %q: numbers fail %v", c.said, c.question, failed)
		}
	}
}
