package gates_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
)

func TestACommentIsHeldAgainstTheLanguageThatItWasAskedFor(t *testing.T) {
	english := "The standard gives scripts one interface for requests and responses, and it replaces a jungle of older interfaces."
	a := &job.Analysis{Analyst: job.AnalystOpenAI, Result: &job.Comment{TLDR: []string{english, english, english}, Summary: strings.Repeat(english+" ", 5)}}
	ev := &job.Evidence{Title: "Fetch", Text: english, Lang: "en", Coverage: job.CoverageFull}
	for code, want := range map[string]bool{"": false, "en": false, "fr": true} {
		a.Language = code
		failed := slices.ContainsFunc(gates.New(gates.Options{Language: "en"}).Check(ev, a).Failures(), func(s string) bool { return strings.HasPrefix(s, "language:") })
		if failed != want {
			t.Errorf("asked for in %q: the language fails %v, want %v", code, failed, want)
		}
	}
}
