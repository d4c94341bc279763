package texttest_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// dearest are the kinds that cost most, as they were measured, and others that
// did when something took the square of its input.
var dearest = []string{
	"ones apart", "ordinals", "names", "ellipses and capitals",
	"all kinds by turns",
}

// TestTextOfAnyKindTakesBoundedTime takes 800 kB through all that is done on the
// text of a page: snippets, analysis, gates and the forms of the comment.
// COMMENTATOR_ALL_TEXTS=1 takes all kinds, which is a matter of minutes.
func TestTextOfAnyKindTakesBoundedTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and nothing runs beside it")
	}
	r, err := evidence.New(evidence.Config{NoPauses: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// Half of what a job may take. It is some 3 s on a quiet machine; a processor
	// that is shared with another thread does half the work in the same time.
	const size, limit = 800_000, 15 * time.Second
	for _, k := range texttest.Kinds() {
		if os.Getenv("COMMENTATOR_ALL_TEXTS") == "" && !slices.Contains(dearest, k.Name) {
			continue
		}
		s := k.Text(size)
		var ev *job.Evidence
		spent := map[string]time.Duration{}
		spent["snippets"] = texttest.CPU(t, func() {
			ev, err = r.Extract(t.Context(), []byte(s), "text/plain; charset=utf-8", "https://a.example/x")
		})
		if err != nil { // of nothing that can be read
			ev = &job.Evidence{Text: s, Coverage: job.CoverageFull, URL: "https://a.example/x"}
		}
		var a *job.Analysis
		spent["analysis"] = texttest.CPU(t, func() { a, _ = analysis.NewOffline().Analyze(t.Context(), ev) })
		if a.Result == nil {
			a.Result = &job.Comment{TLDR: []string{"It is new.", "It is Fast 3 times.", "Nobody knew 5 of it."},
				Summary: "It was made for Postgres in 2019. " + text.Head(s, 2500)}
		}
		spent["gates"] = texttest.CPU(t, func() { gates.New(gates.Options{}).Check(ev, a) })
		reply := job.Reply{Comment: a.Result, Title: ev.Title, URL: ev.URL, Outcome: job.OutcomeSuccess}
		spent["forms"] = texttest.CPU(t, func() {
			comment.Messages(reply)
			comment.Markdown(reply)
			comment.HTML(reply)
			comment.Terminal(reply, 80, true)
		})
		var all time.Duration
		for _, d := range spent {
			all += d
		}
		if all > limit {
			t.Errorf("%s: %v of a processor: %v", k.Name, all, spent)
		} else if testing.Verbose() {
			t.Logf("%-40s %8v %v", k.Name, all.Round(time.Millisecond), spent)
		}
	}
}

// A kind is a text of the size that is asked for, always the same.
func TestKindsAreTexts(t *testing.T) {
	names := map[string]bool{}
	for _, k := range texttest.Kinds() {
		s := k.Text(5000)
		if len(s) < 5000 || s != k.Text(5000) || names[k.Name] || strings.TrimSpace(k.Name) == "" {
			t.Errorf("%q: %d bytes", k.Name, len(s))
		}
		names[k.Name] = true
	}
	for _, name := range dearest {
		if !names[name] {
			t.Errorf("there is no kind %q", name)
		}
	}
}
