package gates

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// labelledPage is a real page with comments by people who know what is wrong
// with each.
type labelledPage struct {
	ID, URL, Source, Lang, Title, Text string
	Comments                           []labelledComment
}

// labelledComment is right, or has one planted fault of a kind.
type labelledComment struct {
	Right       bool
	Fault       string // number, name, link, order
	Planted     string
	TLDR        []string
	Summary     string
	Projects    []string
	SimilarTech []string `json:"similar_tech"`
}

// gateOf is the gate that finds a kind of fault. An obeyed order may show in
// what it brings as well: a link, a name.
var gateOf = map[string]string{"number": "numbers", "name": "names", "link": "links", "order": "injection"}

// labelled reads the set: one file a language.
func labelled(t testing.TB) map[string][]labelledPage {
	t.Helper()
	files, err := filepath.Glob("testdata/labelled/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled pages: %v", err)
	}
	out := map[string][]labelledPage{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Pages []labelledPage }
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = file.Pages
	}
	return out
}

// tally counts the verdicts of one gate.
type tally struct {
	right, blocked    int // right comments, and those that the gate blocked
	planted, passed   int // faults of the gate's kind, and those that nothing blocked
	advised, unfounds int // doubts on right comments; planted faults that only another gate found
	notes             []string
}

// measure runs all gates on the labelled comments. take says which pages count.
func measure(t testing.TB, take func(file string, page int) bool) map[string]*tally {
	t.Helper()
	out := map[string]*tally{"all": {}}
	for _, g := range Gates() {
		out[g.Name] = &tally{}
	}
	set := labelled(t)
	files := make([]string, 0, len(set))
	for f := range set {
		files = append(files, f)
	}
	slices.Sort(files)
	for _, file := range files {
		for i, p := range set[file] {
			if !take(file, i) {
				continue
			}
			ev := evOf(p)
			for _, c := range p.Comments {
				res := cmOf(c)
				rep := Check(ev, res, Options{Language: labelledLanguage(res, p), ProjectThemes: themes})
				count(out, rep, c, file+"/"+p.ID)
			}
		}
	}
	return out
}

// labelledLanguage is the language that a comment of the set was asked for in:
// English, or that of its page.
func labelledLanguage(res *job.Comment, p labelledPage) string {
	if wrongLanguage(res.Summary, "en") == "" {
		return "en"
	}
	return cmp.Or(baseLanguage(p.Lang), "en")
}

func count(out map[string]*tally, rep job.Report, c labelledComment, where string) {
	all, own := out["all"], gateOf[c.Fault]
	if c.Right {
		all.right++
		if !rep.Passed() {
			all.blocked++
		}
	} else {
		all.planted++
		out[own].planted++
		if rep.Passed() {
			all.passed++
			out[own].passed++
			out[own].notes = append(out[own].notes, fmt.Sprintf("passes: %s: %s; warnings %v", where, c.Planted, rep.Warnings()))
		}
	}
	for _, g := range rep.Results {
		t := out[g.Name]
		switch {
		case c.Right && g.Blocks():
			t.right++
			t.blocked++
			t.notes = append(t.notes, fmt.Sprintf("blocked: %s: %s", where, g.Detail))
		case c.Right:
			t.right++
			if !g.Passed {
				t.advised++
			}
		case g.Name == own && !g.Blocks() && !rep.Passed():
			t.unfounds++
		}
	}
}

// TestLabelledComments holds the bounds that the gates are made for: a wrong
// block costs more than a missed fault. At most one in a hundred right
// comments may be blocked, and one in twenty planted faults may pass, gate by
// gate.
func TestLabelledComments(t *testing.T) {
	if testing.Short() {
		t.Skip("checks 486 comments, which takes minutes with the race detector")
	}
	got := measure(t, func(string, int) bool { return true })
	for name, g := range got {
		if g.blocked*100 > g.right {
			t.Errorf("%s blocks %d of %d right comments:\n%s", name, g.blocked, g.right, strings.Join(g.notes, "\n"))
		}
		if g.passed*20 > g.planted {
			t.Errorf("%s lets %d of %d planted faults pass:\n%s", name, g.passed, g.planted, strings.Join(g.notes, "\n"))
		}
	}
}

// TestLabelledTable prints the measure for scripts/bench.sh gates. GATES_HALF
// takes the pages at even or odd places only, so that one half can be held out
// while rules are changed; GATES_NOTES lists what went wrong.
func TestLabelledTable(t *testing.T) {
	if os.Getenv("GATES_TABLE") == "" {
		t.Skip("GATES_TABLE is not set")
	}
	half := os.Getenv("GATES_HALF")
	got := measure(t, func(_ string, i int) bool {
		return half == "" || half == "even" && i%2 == 0 || half == "odd" && i%2 == 1
	})
	fmt.Println("| gate | right ones blocked | planted ones that pass | found by another gate only | right ones with a doubt |\n|---|---|---|---|---|")
	row := func(name string) {
		g := got[name]
		planted := "–"
		if g.planted > 0 {
			planted = fmt.Sprintf("%d/%d (%.1f %%)", g.passed, g.planted, 100*float64(g.passed)/float64(g.planted))
		}
		fmt.Printf("| %s | %d/%d (%.1f %%) | %s | %d | %d |\n", name, g.blocked, g.right, 100*float64(g.blocked)/float64(max(g.right, 1)), planted,
			g.unfounds, g.advised)
	}
	for _, g := range Gates() {
		row(g.Name)
	}
	row("all")
	if os.Getenv("GATES_NOTES") != "" {
		for _, g := range Gates() {
			for _, n := range got[g.Name].notes {
				fmt.Println(g.Name, n)
			}
		}
	}
}

// evOf is a page of the set as evidence.
func evOf(p labelledPage) *job.Evidence {
	return &job.Evidence{URL: p.URL, Title: p.Title, Lang: p.Lang, Text: p.Text, Coverage: job.CoverageFull,
		Sources: []job.Source{{URL: p.URL, Title: p.Title}}}
}

// cmOf is a comment of the set as the model gave it.
func cmOf(c labelledComment) *job.Comment {
	return &job.Comment{TLDR: c.TLDR, Summary: c.Summary, Projects: c.Projects, SimilarTech: c.SimilarTech}
}
