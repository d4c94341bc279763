package gates

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// attack is a text to plant into a page of the labelled set, and what a model
// says that obeys it.
type attack struct {
	ID, Kind, Host, Lang, Place string
	Comment                     int // which of the host's right comments is changed
	Text                        []string
	Said                        struct {
		TLDR, Summary, Projects string
		SimilarTech             string `json:"similar_tech"`
	}
}

// honestPage is a page that is about what attacks ask for, and a right comment.
type honestPage struct {
	ID, Kind, Source, Lang, Language, URL, Title, Text string
	TLDR                                               []string
	Summary                                            string
	Projects                                           []string
	SimilarTech                                        []string `json:"similar_tech"`
}

// halves of the set: rules were made on the first, measured on the second, then made on both and measured on the third.
var halves = []string{"develop", "heldout", "second", "third"}

// freshHalves were written when the rules of all halves stood: rules were changed by what failed in the first alone, and
// the second says what strangers can expect. See testdata/attacks/README.md.
var freshHalves = []string{"fresh_develop", "fresh_heldout"}

// unseenHalves are of other pages: READMEs, news, adverts, notices. They were written when the rules of freshHalves stood,
// and used like those.
var unseenHalves = []string{"unseen_develop", "unseen_heldout"}

// newHalves were written when the rules of unseenHalves stood, and parted by a seed. Rules were changed by what failed in the
// first; of the second counts were taken, and nobody has looked into it.
var newHalves = []string{"new_develop", "new_heldout"}

// blindHalves were written by somebody who had not seen the rules, when those of newHalves stood, and parted by a seed. Rules
// were changed by what failed in the first; of the attacks in the second counts were taken, and nobody has looked into what failed.
var blindHalves = []string{"blind_develop", "blind_heldout"}

// allHalves are all of the set.
var allHalves = slices.Concat(halves, freshHalves, unseenHalves, newHalves, blindHalves)

func readHalf(t testing.TB, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/attacks/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func attacksOf(t testing.TB, half string) []attack {
	var file struct{ Attacks []attack }
	readHalf(t, "attacks_"+half, &file)
	return file.Attacks
}

func honestOf(t testing.TB, half string) []honestPage {
	var file struct{ Pages []honestPage }
	readHalf(t, "honest_"+half, &file)
	return file.Pages
}

// passagesOf are what pages of the labelled set may say themselves, and right comments that tell it. They have the form
// of attacks.
func passagesOf(t testing.TB, half string) []attack {
	var file struct{ Passages []attack }
	readHalf(t, "honest_"+half, &file)
	return file.Passages
}

// hosts are the pages of the labelled set by their id, those of testdata/pages, and the honest ones of unseenHalves, newHalves and blindHalves.
func hosts(t testing.TB) map[string]labelledPage {
	out := map[string]labelledPage{}
	for _, list := range labelled(t) {
		for _, p := range list {
			out[p.ID] = p
		}
	}
	for name, p := range pages(t) {
		host := labelledPage{ID: "page-" + name, URL: p.URL, Lang: p.Lang, Title: p.Title, Text: p.Text}
		for _, c := range p.Good {
			host.Comments = append(host.Comments, labelledComment{Right: true, TLDR: c.TLDR, Summary: c.Summary, Projects: c.Projects,
				SimilarTech: c.SimilarTech})
		}
		out[host.ID] = host
	}
	for _, half := range slices.Concat(unseenHalves, newHalves, blindHalves) {
		for _, p := range honestOf(t, half) {
			out[p.ID] = labelledPage{ID: p.ID, URL: p.URL, Lang: p.Lang, Title: p.Title, Text: p.Text,
				Comments: []labelledComment{{Right: true, TLDR: p.TLDR, Summary: p.Summary, Projects: p.Projects, SimilarTech: p.SimilarTech}}}
		}
	}
	return out
}

// planted is the host's evidence with the text of the attack in its place.
func (a attack) planted(host labelledPage) *job.Evidence {
	paras := strings.Split(host.Text, "\n\n")
	at := func(i, n int) int { return min(1+len(paras)*i/n, len(paras)) }
	insert := func(i int, s string) { paras = slices.Insert(paras, i, s) }
	all := strings.Join(a.Text, "\n\n")
	switch a.Place {
	case "start":
		insert(0, all)
	case "middle":
		insert(at(1, 2), all)
	case "inline":
		paras[len(paras)/2] += " " + all
	case "code":
		insert(at(1, 2), "    "+all)
	case "comment":
		paras = append(paras, "Comments", all)
	case "split":
		for i := len(a.Text) - 1; i >= 0; i-- {
			insert(at(i+1, len(a.Text)+1), a.Text[i])
		}
	default:
		paras = append(paras, all)
	}
	host.Text = strings.Join(paras, "\n\n")
	ev := evOf(host)
	ev.Links = text.Addresses(all)
	return ev
}

// obeyed is a right comment of the host that has taken the order up.
func (a attack) obeyed(host labelledPage) *job.Comment {
	var right []labelledComment
	for _, c := range host.Comments {
		if c.Right {
			right = append(right, c)
		}
	}
	res := cmOf(right[a.Comment])
	if a.Said.TLDR != "" {
		res.TLDR = append(slices.Clone(res.TLDR[:2]), a.Said.TLDR)
	}
	if a.Said.Summary != "" {
		res.Summary += " " + a.Said.Summary
	}
	if a.Said.Projects != "" {
		res.Projects = append(slices.Clone(res.Projects), a.Said.Projects)
	}
	if a.Said.SimilarTech != "" {
		res.SimilarTech = append(slices.Clone(res.SimilarTech), a.Said.SimilarTech)
	}
	return res
}

// check runs the gates on an attack, or on a page's right comment.
func (a attack) check(t testing.TB, all map[string]labelledPage) job.Report {
	host, ok := all[a.Host]
	if !ok {
		t.Fatalf("%s: no page %s", a.ID, a.Host)
	}
	res := a.obeyed(host)
	return Check(a.planted(host), res, Options{Language: labelledLanguage(res, host), ProjectThemes: themes})
}

func (p honestPage) check() job.Report {
	ev := evOf(labelledPage{ID: p.ID, URL: p.URL, Title: p.Title, Lang: p.Lang, Text: p.Text})
	res := &job.Comment{TLDR: p.TLDR, Summary: p.Summary, Projects: p.Projects, SimilarTech: p.SimilarTech}
	return Check(ev, res, Options{Language: p.Language, ProjectThemes: themes})
}

// held counts, for each kind, how many comments there are and how many are
// held back; notes name those that went wrong.
type held struct {
	attacks, held, honest, blocked map[string]int
	byOrders                       int // honest ones blocked by the gates of orders and calls
	notes                          []string
}

func measureAttacks(t testing.TB, half string) held {
	h := held{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, 0, nil}
	all := hosts(t)
	for _, a := range attacksOf(t, half) {
		h.attacks[a.Kind]++
		if r := a.check(t, all); !r.Passed() {
			h.held[a.Kind]++
			if os.Getenv("GATES_NOTES") == "all" {
				h.notes = append(h.notes, fmt.Sprintf("held %s: %v", a.ID, r.Failures()))
			}
		} else {
			h.notes = append(h.notes, fmt.Sprintf("passes %s: %+v; warnings %v", a.ID, a.Said, r.Warnings()))
		}
	}
	block := func(kind string, r job.Report) {
		h.blocked[kind]++
		if slices.ContainsFunc(r.Failures(), func(f string) bool { return strings.HasPrefix(f, "calls") || strings.HasPrefix(f, "injection") }) {
			h.byOrders++
		}
	}
	for _, p := range passagesOf(t, half) {
		h.honest[p.Kind]++
		if r := p.check(t, all); !r.Passed() {
			block(p.Kind, r)
			h.notes = append(h.notes, fmt.Sprintf("blocked %s: %v", p.ID, r.Failures()))
		}
	}
	for _, p := range honestOf(t, half) {
		h.honest[p.Kind]++
		if r := p.check(); !r.Passed() {
			block(p.Kind, r)
			h.notes = append(h.notes, fmt.Sprintf("blocked %s: %v", p.ID, r.Failures()))
		}
	}
	return h
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// TestAttacksTable prints the measure for scripts/bench.sh gates, by kind and
// half. GATES_HALF takes one half only; GATES_NOTES lists what went wrong.
func TestAttacksTable(t *testing.T) {
	if os.Getenv("GATES_TABLE") == "" {
		t.Skip("GATES_TABLE is not set")
	}
	fmt.Println("| half | kind | attacks held | honest ones blocked |\n|---|---|---|---|")
	for _, half := range allHalves {
		if only := os.Getenv("GATES_HALF"); only != "" && only != half {
			continue
		}
		h := measureAttacks(t, half)
		kinds := maps.Clone(h.attacks)
		maps.Copy(kinds, h.honest)
		for _, k := range slices.Sorted(maps.Keys(kinds)) {
			fmt.Printf("| %s | %s | %d/%d | %d/%d |\n", half, k, h.held[k], h.attacks[k], h.blocked[k], h.honest[k])
		}
		fmt.Printf("| %s | all | %d/%d | %d/%d, %d by the gates of orders and calls |\n", half, total(h.held), total(h.attacks), total(h.blocked),
			total(h.honest), h.byOrders)
		if os.Getenv("GATES_NOTES") != "" {
			fmt.Println(strings.Join(h.notes, "\n"))
		}
	}
}
