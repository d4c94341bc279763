package gates

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// fuzzBytes bounds what a fuzz target gives the gates of each text, so that many are tried: most of what goes
// wrong does so in a sentence or two. Sizes are for linear_test.go and bounds_test.go.
const fuzzBytes = 400

// FuzzCheck gives arbitrary evidence and comments to all gates: no panic, a
// whole report, scores in range, the same verdict each time.
func FuzzCheck(f *testing.F) {
	for _, p := range pages(f) {
		f.Add(text.Head(p.Text, fuzzBytes), text.Head(p.Good[0].Summary, fuzzBytes), p.Good[0].TLDR[0], "https://a.example/x?y=1")
	}
	for _, o := range plantedTexts(f) {
		f.Add(text.Head(o.Text, fuzzBytes), text.Head(o.Said, fuzzBytes), text.Head(o.Said, fuzzBytes), "https://a.example")
	}
	f.Add("1.000,5 1,000.5 1 000 1'000 ½ ٣ ３ 万 2.3.4.5", "a hundred and and twenty-one", "**a** — b", "javascript:x")
	f.Add("\xff\x00<|im_start|>", "**", "…", "http://[::1")
	f.Fuzz(func(t *testing.T, page, summary, item, link string) {
		if max(len(page), len(summary), len(item), len(link)) > fuzzBytes {
			t.Skip("too long")
		}
		ev := &job.Evidence{URL: link, Text: page, Title: item, Coverage: job.CoverageFull, Links: []string{link}}
		res := &job.Comment{TLDR: []string{item, summary, link}, Summary: summary, Projects: []string{item, link}, SimilarTech: []string{"**" + item + "** — " + link}}
		rep := Check(ev, res, Options{ProjectThemes: []string{item}})
		if len(rep.Results) != len(Gates()) {
			t.Fatalf("%d results", len(rep.Results))
		}
		for _, g := range rep.Results {
			if g.Detail == "" || math.IsNaN(g.Score) || g.Score < 0 || g.Score > 1 || g.Passed != (g.Score == 1) {
				t.Errorf("%+v", g)
			}
			if n := utf8.RuneCountInString(g.Detail); n > 4000 {
				t.Errorf("detail of %s has %d characters", g.Name, n)
			}
		}
		if _, err := json.Marshal(rep.Table()); err != nil {
			t.Error(err)
		}
		if lines := strings.Count(rep.Markdown(), "\n"); lines != len(Gates())+2 {
			t.Errorf("a detail broke the table: %d lines", lines)
		}
		if len(page)%8 > 0 {
			return // looking twice halves what is tried
		}
		if again := Check(ev, res, Options{ProjectThemes: []string{item}}); again.Markdown() != rep.Markdown() {
			t.Error("not deterministic")
		}
	})
}

// FuzzQuotation: whatever a page says, a comment that quotes its words and
// numbers rests on it.
func FuzzQuotation(f *testing.F) {
	for _, p := range pages(f) {
		f.Add(text.Head(p.Text, fuzzBytes))
	}
	f.Add("It cost 1,23,456.7 in 3,5,7 of 1.2.3 and 5–10 million, ½, 10² or 1e9.")
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > fuzzBytes {
			t.Skip("too long")
		}
		if keep, _ := splitOrders(page); keep != page {
			t.Skip("the page gives orders")
		}
		in := newInput(&job.Evidence{Text: page, Coverage: job.CoverageFull}, &job.Comment{Summary: page}, Options{})
		if v := checkNumbers(in); !v.passed {
			t.Errorf("numbers: %s", v.detail)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	p := pages(b)["tuft"]
	for _, times := range []int{1, 50} {
		ev := p.evidence()
		ev.Text = strings.Repeat(ev.Text, times)
		b.Run(map[int]string{1: "4kB", 50: "200kB"}[times], func(b *testing.B) {
			for b.Loop() {
				Check(ev, &p.Good[0], p.options())
			}
		})
	}
}
