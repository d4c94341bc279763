package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// checkEvidence holds what is true of any evidence and error.
func checkEvidence(t *testing.T, ev *job.Evidence, err error) {
	t.Helper()
	if ev == nil {
		t.Fatal("no evidence")
	}
	if err != nil {
		var e *fetch.Error
		if !errors.As(err, &e) || e.Reason == "" || strings.Contains(e.Error(), "\n") || ev.Coverage != job.CoverageFailed ||
			len(ev.Snippets) != 0 {
			t.Errorf("error %v with coverage %s", err, ev.Coverage)
		}
		return
	}
	if ev.Coverage == job.CoverageFailed || ev.Text == "" || len(ev.Snippets) == 0 || len(ev.Snippets) > 12 ||
		ev.Title == "" && ev.FinalURL != "" {
		t.Errorf("coverage %s, %d bytes, %d snippets, title %q", ev.Coverage, len(ev.Text), len(ev.Snippets), ev.Title)
	}
	if ev.Coverage == job.CoveragePartial && len(ev.Errors) == 0 {
		t.Error("partial without a reason")
	}
	if len(ev.Text) > 2<<20+8 || len(ev.Links) > 500 || !utf8.ValidString(ev.Text) {
		t.Errorf("%d bytes, %d links", len(ev.Text), len(ev.Links))
	}
	total := 0
	for _, s := range ev.Snippets {
		sum := sha256.Sum256([]byte(s.Content))
		if !strings.Contains(ev.Text, s.Content) || s.SHA256 != hex.EncodeToString(sum[:]) || utf8.RuneCountInString(s.Content) > 501 ||
			s.ID == "" || s.Position == "" {
			t.Errorf("snippet %+v is not of the text", s)
		}
		total += (len(s.Content) + 3) / 4
	}
	if total > 1500+12 && len(ev.Snippets) > 1 {
		t.Errorf("snippets take %d tokens", total)
	}
}

func FuzzExtract(f *testing.F) {
	for _, name := range []string{
		"feeds/saxerror.xml", "feeds/incomplete-fields.atom", "feeds/instant-article.rss", "pages/refresh_t_co.html", "pages/real_404.html",
		"x/status_page.html", "hn/algolia_item_1.json", "mastodon/status.http.json", "youtube/transcript.xml",
		"arxiv/id_1605.08386.xml", "npm/left-pad.json",
	} {
		f.Add(evidencetest.Payload(f, name), "", "https://example.com/x")
	}
	for _, seed := range [][3]string{
		{`[[{"data":{"children":[{"kind":"t3","data":{"title":"x","replies":""}}]}}]]`, "application/json",
			"https://www.reddit.com/r/a/comments/abcd.json"},
		{`[{"data":{"children":[{"kind":"t3","data":{"title":"x"}}]}}]`, "", "https://www.reddit.com/comments/abcd.json"},
		{`{"message":{"DOI":"10.1/x","title":["a"],"issued":{"date-parts":[[null]]}}}`, "", "https://api.crossref.org/works/10.1"},
		{`{"id":"a/b","tags":["license:x"],"gated":"auto"}`, "", "https://huggingface.co/api/models/a/b"},
		{`{"info":{"name":"x","project_urls":null}}`, "", "https://pypi.org/pypi/x/json"},
		{`{"query":{"pages":{"1":{"title":"x","extract":"== a ==\nb"}}}}`, "", "https://en.wikipedia.org/w/api.php"},
		{`{"items":[{"title":"x","body":"<p>y"}]}`, "", "https://api.stackexchange.com/2.3/questions/1"},
		{`{"videoDetails":{"title":"x"}}`, "", "https://www.youtube.com/youtubei/v1/player"},
		{"---\na: [\n---\n# x", "text/markdown", "https://huggingface.co/a/b/raw/main/README.md"},
		{`{"files":{"a":{"content":"x"}}}`, "", "https://api.github.com/gists/1"},
	} {
		f.Add([]byte(seed[0]), seed[1], seed[2])
	}
	r, err := evidence.New(evidence.Config{NoPauses: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { r.Close() })
	f.Fuzz(func(t *testing.T, body []byte, contentType, link string) {
		if len(body) > 64<<10 || bytes.Contains(body[:min(len(body), 1024)], []byte("%PDF-")) || bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			t.Skip() // PDF has its own target
		}
		ev, err := r.Extract(t.Context(), body, contentType, link)
		checkEvidence(t, ev, err)
	})
}

// mutate damages a body in one of the ways that networks, editors and attackers
// do.
func mutate(rnd *rand.Rand, body, other []byte) []byte {
	out := bytes.Clone(body)
	for range 1 + rnd.IntN(4) {
		if len(out) < 8 {
			return append(out, other...)
		}
		i := rnd.IntN(len(out))
		j := i + rnd.IntN(min(len(out)-i, 2000))
		switch rnd.IntN(9) {
		case 0: // bytes changed
			for range 1 + rnd.IntN(50) {
				out[rnd.IntN(len(out))] = byte(rnd.IntN(256))
			}
		case 1: // cut off
			out = out[:i]
		case 2: // a piece lost
			out = append(out[:i:i], out[j:]...)
		case 3: // a piece repeated
			out = append(out[:j:j], append(bytes.Repeat(out[i:j], 1+rnd.IntN(20)), out[j:]...)...)
		case 4: // a piece of another file
			k := rnd.IntN(max(1, len(other)))
			out = append(out[:i:i], append(bytes.Clone(other[k:min(len(other), k+2000)]), out[i:]...)...)
		case 5: // tags that nest
			tag := []string{"<div>", "<table><tr><td>", "<ul><li>", "<b>", "<svg>", "<noscript>", "<!--", "<script>", "<![CDATA["}[rnd.IntN(9)]
			out = append(out[:i:i], append(bytes.Repeat([]byte(tag), 1+rnd.IntN(300)), out[i:]...)...)
		case 6: // numbers grow
			out = bytes.ReplaceAll(out, []byte("1"), []byte("99999999"))
		case 7: // quotes and brackets lost
			out = bytes.ReplaceAll(out, []byte{"\"<>{}[]/="[rnd.IntN(9)]}, nil)
		case 8: // zero bytes
			out = append(out[:i:i], append(make([]byte, rnd.IntN(100)), out[i:]...)...)
		}
		if len(out) > 1<<20 {
			out = out[:1<<20]
		}
	}
	return out
}

// Damaged pages, feeds, answers and PDFs are read or refused, never more.
// COMMENTATOR_MUTATIONS sets how many; the order is the same in each run.
func TestMutatedInputsAreSurvived(t *testing.T) {
	count := 600
	if raceEnabled || testing.Short() {
		count = 100 // with the race detector twenty times slower
	}
	if n, err := strconv.Atoi(os.Getenv("COMMENTATOR_MUTATIONS")); err == nil {
		count = n
	}
	var files [][]byte
	var names []string
	for _, pattern := range []string{"*/*", "../../page/testdata/articles/*.html.gz"} {
		paths, _ := filepath.Glob(filepath.Join("testdata", "payloads", pattern))
		for _, p := range paths {
			rel, _ := filepath.Rel(filepath.Join("testdata", "payloads"), p)
			if b := evidencetest.Payload(t, rel); len(b) < 200<<10 {
				files, names = append(files, b), append(names, rel)
			}
		}
	}
	if len(files) < 80 {
		t.Fatalf("only %d files", len(files))
	}
	r := evidencetest.New(t, evidence.Config{CacheDir: evidencetest.CacheDir(t)})
	links := []string{
		"https://example.com/x", "https://api.github.com/repos/a/b", "https://www.reddit.com/comments/abcd.json",
		"https://huggingface.co/api/models/a/b", "https://registry.npmjs.org/x", "https://pypi.org/pypi/x/json",
		"https://export.arxiv.org/api/query", "https://www.youtube.com/watch?v=aaaaaaaaaaa", "", "https://en.wikipedia.org/w/api.php",
	}
	types := []string{"", "text/html", "application/json", "application/pdf"}
	rnd := rand.New(rand.NewPCG(1, 2))
	before := goleak.IgnoreCurrent()
	var slowest time.Duration
	reasons := map[fetch.Reason]int{}
	for i := range count {
		k := rnd.IntN(len(files))
		body := mutate(rnd, files[k], files[rnd.IntN(len(files))])
		contentType, link := types[rnd.IntN(len(types))], links[rnd.IntN(len(links))]
		idle := cpuTime(t)
		ev, err := r.Extract(t.Context(), body, contentType, link)
		used := cpuTime(t) - idle
		slowest = max(slowest, used)
		if used > 5*time.Second && !raceEnabled ||
			fetch.ReasonOf(err) == fetch.ParserFailed && strings.Contains(fmt.Sprint(errors.Unwrap(err)), "parser failed") {
			t.Errorf("mutation %d of %s, %s of a processor: %v (%v)", i, names[k], used, err, errors.Unwrap(err))
		}
		reasons[fetch.ReasonOf(err)]++
		checkEvidence(t, ev, err)
		if t.Failed() {
			t.Fatalf("mutation %d of %s", i, names[k])
		}
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	t.Logf("%d inputs, slowest %s of a processor, %v", count, slowest.Round(time.Millisecond), reasons)
}

func TestInjectedTextsAreTextOrGone(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "injection.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil || len(texts) == 0 {
		t.Fatal(err)
	}
	r := evidencetest.New(t, evidence.Config{})
	for i, plain := range texts {
		for _, hide := range []string{`<div style="display:none">%s</div>`, `<p style="font-size:0">%s</p>`, `<!-- %s -->`, `<p hidden>%s</p>`} {
			hidden := fmt.Sprintf(hide, strings.NewReplacer("<", "&lt;", "-->", "").Replace(plain))
			page := strings.Replace(evidencetest.Article, "<h2>", hidden+"<h2>", 1)
			ev, err := r.Extract(t.Context(), []byte(page), "text/html", "https://example.com/x")
			if err != nil {
				t.Fatal(err)
			}
			if probe := strings.Fields(plain); len(probe) > 6 && strings.Contains(text.OneLine(ev.Text), strings.Join(probe[:6], " ")) {
				t.Errorf("text %d hidden by %q is in the evidence", i, hide)
			}
		}
	}
}
