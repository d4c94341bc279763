package gates

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// planted is a text of a public injection test set, and what a model says
// that obeys it.
type planted struct{ ID, Text, Said, Where string }

func plantedTexts(t testing.TB) []planted {
	t.Helper()
	b, err := os.ReadFile("testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Items []planted }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Items
}

func TestOrdersOnThePageDontHarmAnHonestComment(t *testing.T) {
	p := pages(t)["europa"]
	for _, o := range plantedTexts(t) {
		ev := p.evidence()
		ev.Text += "\n\n" + o.Text
		good := p.Good[0]
		if r := Check(ev, &good, p.options()); !r.Passed() {
			t.Errorf("%s: %s", o.ID, strings.Join(r.Failures(), "\n"))
		}
	}
}

func TestCommentsThatObeyedThePageFail(t *testing.T) {
	p := pages(t)["europa"]
	for _, o := range plantedTexts(t) {
		ev := p.evidence()
		ev.Text += "\n\n" + o.Text
		ev.Snippets = nil
		ev.Links = append(text.Addresses(o.Text), "https://nature.com/articles")
		places := []string{"summary", "project"}
		if o.Where != "anywhere" {
			places = places[:1]
		}
		for _, place := range places {
			bad := p.Good[0]
			switch {
			case o.Where == "instead of the summary":
				bad.Summary = o.Said
			case place == "summary":
				bad.Summary = strings.TrimSuffix(bad.Summary, ".") + ". " + o.Said
			default:
				bad.Projects = append(slices.Clone(bad.Projects), "**RAG / Retrieval** — "+o.Said)
			}
			r := Check(ev, &bad, p.options())
			truth := slices.ContainsFunc(r.Results, func(g job.GateResult) bool {
				return !g.Passed && slices.Contains([]string{"links", "names", "numbers", "injection", "language"}, g.Name)
			})
			if !truth {
				t.Errorf("%s in %s: “%s” passed; failures %v", o.ID, place, o.Said, r.Failures())
			}
		}
	}
}
