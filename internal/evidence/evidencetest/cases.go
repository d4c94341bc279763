package evidencetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Link is a link with the recorded answers that its adapter gets. What matters
// stands here; the whole evidence is in the golden file Name.
type Link struct {
	Name, URL, Adapter string
	Coverage           job.Coverage
	Routes             map[string]string // see [NewReplay]
	Says               []string          // parts of the text
	Notes              []string          // parts of the evidence's errors
}

// Retrieve retrieves links and holds what comes to the cases and golden files.
func Retrieve(t *testing.T, links ...Link) {
	t.Helper()
	for _, c := range links {
		t.Run(c.Name, func(t *testing.T) {
			p := NewReplay(t, c.Routes)
			ev, err := Offline(t, p.URL).Retrieve(t.Context(), c.URL)
			if err != nil {
				t.Fatalf("%v (asked %v)", err, p.Paths())
			}
			if ev.AdapterName != c.Adapter || ev.Coverage != c.Coverage {
				t.Errorf("adapter %s, coverage %s (%v), want %s, %s", ev.AdapterName, ev.Coverage, ev.Errors, c.Adapter, c.Coverage)
			}
			contains(t, "text", ev.Text, c.Says)
			contains(t, "errors", strings.Join(ev.Errors, "\n"), c.Notes)
			if len(ev.Snippets) == 0 || len(ev.Sources) == 0 || ev.Title == "" || ev.FinalURL == "" {
				t.Errorf("incomplete: %+v", ev)
			}
			Golden(t, c.Name, ev, p.URL)
		})
	}
}

// Body is a recorded page, feed or answer as it lies in a folder, and what is read
// out of it. A Reason stands for those of which nothing can be had.
type Body struct {
	File, URL, ContentType string
	Adapter                string // "" for none
	Coverage               job.Coverage
	Reason                 fetch.Reason
	Title                  string // "" for any
	Says                   []string
}

// Extract reads bodies and holds what comes to the cases and golden files, which
// are named after the file.
func Extract(t *testing.T, bodies ...Body) {
	t.Helper()
	r := New(t, evidence.Config{CacheDir: CacheDir(t)})
	for _, c := range bodies {
		t.Run(c.File, func(t *testing.T) {
			ev, err := r.Extract(t.Context(), Payload(t, c.File), c.ContentType, c.URL)
			if fetch.ReasonOf(err) != c.Reason || err != nil && c.Reason == "" {
				t.Fatalf("reason %q (%v), want %q; text %.300q", fetch.ReasonOf(err), err, c.Reason, ev.Text)
			}
			var e *fetch.Error
			if errors.As(err, &e) && (e.Hint == "" || strings.Contains(e.Error(), "\n")) {
				t.Errorf("unclear: %v", err)
			}
			want := c.Adapter
			if want == "" {
				want = source.GenericName
			}
			if ev.AdapterName != want || ev.Coverage != c.Coverage || c.Title != "" && ev.Title != c.Title {
				t.Errorf("adapter %s, coverage %s, title %q (%v)", ev.AdapterName, ev.Coverage, ev.Title, ev.Errors)
			}
			contains(t, "text", ev.Text, c.Says)
			if err == nil && len(ev.Snippets) == 0 {
				t.Error("no snippets")
			}
			Golden(t, strings.NewReplacer("/", "_", ".", "_").Replace(c.File), ev, "")
		})
	}
}

// contains reports each of parts that text lacks; what is what people call the text.
func contains(t *testing.T, what, text string, parts []string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s lack %q:\n%.2000s", what, p, text)
		}
	}
}

// Match holds an adapter to the links that are and are not of its kind. The keys are links,
// the values whether the adapter has to match them.
func Match(t *testing.T, a source.Adapter, links map[string]bool) {
	t.Helper()
	for link, want := range links {
		u, err := source.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Match(u) != nil; got != want {
			t.Errorf("%s: matches %v, want %v", link, got, want)
		}
	}
}

// NoSuch holds retrieval to say clearly that what a link promises does not exist,
// where file is the answer at path.
func NoSuch(t *testing.T, link, path, file, says string) {
	t.Helper()
	p := NewReplay(t, map[string]string{path: file})
	ev, err := Offline(t, p.URL).Retrieve(t.Context(), link)
	var e *fetch.Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), says) || ev.Coverage != job.CoverageFailed {
		t.Errorf("%s: %v", link, err)
	}
}
