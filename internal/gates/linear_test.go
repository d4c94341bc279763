package gates

import (
	"os"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// The gates take time in proportion to the page, also where a comment asks for
// many names of it.
func TestTimeGrowsWithThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	var names strings.Builder
	for i := range 120 {
		names.WriteString("It met Postgre" + strings.Repeat("xy", i%20) + " and Aaaa" + strings.Repeat("a", i) + " there. ")
	}
	for i, k := range texttest.Kinds() {
		if i%12 != 0 && k.Name != "words that differ at the end" && k.Name != "one word" && k.Name != "names" && !strings.HasPrefix(k.Name, "korean") && os.Getenv("COMMENTATOR_ALL_TEXTS") == "" {
			continue // each takes a good while
		}
		texttest.Grows(t, k, 8_000, func(s string) {
			Check(&job.Evidence{URL: "https://a.example", Lang: "de", Text: s, Coverage: job.CoverageFull},
				&job.Comment{TLDR: []string{"It is new."}, Summary: names.String()}, Options{})
		})
	}
}

// A name is found by its letters from border to border, wherever it stands.
func TestWordsAreFoundFromBorderToBorder(t *testing.T) {
	c := newCorpus("Py Torch is no JavaScript, aaaa aab ab-c. Abc abcd", []string{"en"})
	for s, want := range map[string]bool{
		"PyTorch": true, "Torch": true, "Java": false, "Script": false, "aaaa": true, "aaa": false, "aab": true, "ab": true, "abc": true,
		"abcabc": true, "abcab": false, "aabab": true, "bc": false, "abcd": true, "abcde": false, "": false, "torchis": true, "torchi": false,
	} {
		if c.has(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}

// Forms of a word are found among many that begin like it.
func TestRelativesAreFoundAmongMany(t *testing.T) {
	var page strings.Builder
	for i := range 3000 {
		page.WriteString("Postgreaa" + strings.Repeat("z", i%40) + string(rune('a'+i%26)) + " ")
	}
	page.WriteString("America Italy Postgres Kubernetes Moskau")
	c := newCorpus(page.String(), []string{"en"})
	for f, lang := range map[string]string{"american": "en", "italian": "en", "postgresql": "en", "kubernete": "en", "moskauer": "de", "kubernetesa": "en"} {
		if !c.related(f, lang) {
			t.Errorf("%s is no relative", f)
		}
	}
	for f, lang := range map[string]string{"ameriquest": "en", "claudes": "en", "postgres9": "en", "itali": "de"} {
		if f != "itali" && c.related(f, lang) {
			t.Errorf("%s is a relative", f)
		}
	}
}
