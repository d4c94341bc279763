package source_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// things is an adapter as small as they come.
type things struct{ API string }

func (things) Name() string { return "ThingAdapter" }

func (a things) Match(u *url.URL) source.Task {
	s := source.Segments(u)
	if !source.HostIs(u.Hostname(), "example.com") || len(s) != 2 || s[0] != "thing" {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		var thing struct{ Name, Text string }
		res, err := source.GetJSON(ctx, web, a.API+"/v1/things/"+s[1], "", &thing)
		if err != nil {
			return err
		}
		ev.Title, ev.Text, ev.Coverage = thing.Name, thing.Text, job.CoverageFull
		source.Add(ev, res.URL, ev.Title, res.FetchedAt)
		return nil
	}
}

// web answers every request with a body, and every link with evidence.
type web struct {
	body string
	page job.Evidence
	err  error
}

func (w web) Get(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	return &fetch.Response{URL: r.URL, Body: []byte(w.body)}, w.err
}

func (w web) Page(_ context.Context, _ *url.URL, ev *job.Evidence) error {
	*ev = w.page
	return w.err
}

func (w web) Link(ctx context.Context, u *url.URL, ev *job.Evidence) error { return w.Page(ctx, u, ev) }

func ExampleAdapter() {
	var a source.Adapter = things{API: "https://api.example.com"}
	for _, link := range []string{"https://example.com/about", "https://example.com/thing/rope"} {
		u, _ := url.Parse(link)
		run := a.Match(u)
		if run == nil {
			fmt.Println(link, "is of another kind")
			continue
		}
		ev := source.NewEvidence(link)
		err := run(context.Background(), web{body: `{"name":"Rope","text":"A tree of strings."}`}, ev)
		fmt.Println(ev.Title, ev.Coverage, ev.Text, ev.Sources[0].URL, err)
	}
	// Output:
	// https://example.com/about is of another kind
	// Rope full A tree of strings. https://api.example.com/v1/things/rope <nil>
}

func TestAnAnswerThatIsNotDocumentedIsAnError(t *testing.T) {
	u, _ := url.Parse("https://example.com/thing/rope")
	err := things{}.Match(u)(t.Context(), web{body: "<html>"}, source.NewEvidence(u.String()))
	if fetch.ReasonOf(err) != fetch.ParserFailed || source.Final(err) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyTheAdapterKnowsForCertain(t *testing.T) {
	ev := source.NewEvidence("https://example.com/?token=s3cr3t")
	gone := source.NoSuch(ev, "there is no such thing")
	if !source.Final(fmt.Errorf("read: %w", gone)) || strings.Contains(gone.Error(), "s3cr3t") ||
		source.Cause(gone) != "there is no such thing" {
		t.Errorf("got %v", gone)
	}
	answered := fetch.NewError(fetch.NotFound, ev.URL, "the server answered 404", "")
	answered.Status = 404
	if source.Final(answered) || source.Final(errors.New("odd")) || source.Final(nil) {
		t.Error("an answer of the API is taken for the last word")
	}
	if got := source.Cause(errors.New("json: token s3cr3t")); strings.Contains(got, "s3cr3t") {
		t.Errorf("a cause that is not ours is shown: %q", got)
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		host, name string
		want       bool
	}{
		{"example.com", "example.com", true},
		{"EXAMPLE.com", "example.com", true},
		{"www.example.com", "example.com", false},
		{"www.example.com", ".example.com", true},
		{"example.com", ".example.com", true},
		{"badexample.com", ".example.com", false},
		{"example.com.evil.com", ".example.com", false},
	} {
		if got := source.HostIs(c.host, "other.com", c.name); got != c.want {
			t.Errorf("%s is %s: %v", c.host, c.name, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "12": true, "": false, "-1": false, "1.5": false, "١": false, strings.Repeat("9", 19): false,
	} {
		if source.IsNumber(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestPathsAreEscapedByPart(t *testing.T) {
	if got := source.EscapePath("10.1000/a b?c#d"); got != "10.1000/a%20b%3Fc%23d" {
		t.Errorf("got %q", got)
	}
	if source.Last(nil) != "" || source.Last([]string{"a", "b"}) != "b" {
		t.Error("the last part is another")
	}
}

func TestLooselyTypedFieldsHaveNames(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{" MIT \n", "MIT"},
		{map[string]any{"type": "MIT", "url": "x"}, "MIT"},
		{map[string]any{"url": "https://example.com"}, "https://example.com"},
		{map[string]any{"other": "x"}, ""},
		{[]any{"a", map[string]any{"name": "b"}, nil, 3.0}, "a, b, 3"},
		{nil, ""}, {true, ""},
	} {
		if got := source.NameOf(c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
	long := slices.Repeat([]any{"x"}, 100)
	if got := strings.Count(source.NameOf(long), "x"); got != 30 {
		t.Errorf("%d names of a hundred", got)
	}
}

func TestLinkedPagesAreAddedOnce(t *testing.T) {
	linked := web{page: job.Evidence{
		Title: "Ropes", Text: "# Ropes\n\nA tree.", Lang: "en", Description: "About ropes.", Links: []string{"https://example.com/b"},
		Sources: []job.Source{{URL: "https://example.com/a"}}, Errors: []string{"only its beginning"},
	}}
	text, ev := &outline.Text{}, source.NewEvidence("https://news.example.com/1")
	source.AddLinked(t.Context(), linked, "https://example.com/a", text, ev)
	if !strings.HasPrefix(text.String(), "## The linked page: Ropes\n\n") || !strings.Contains(text.String(), "A tree.") || ev.Lang != "en" ||
		ev.Description != "About ropes." || len(ev.Links) != 1 || len(ev.Sources) != 1 ||
		ev.Coverage != job.CoveragePartial || !strings.HasSuffix(ev.Errors[0], "only its beginning") {
		t.Errorf("%+v\n%s", ev, text)
	}
	for _, link := range []string{"", "https://news.ycombinator.com/item?id=1", "https://old.reddit.com/r/x", "https://redd.it/abc"} {
		text, ev := &outline.Text{}, source.NewEvidence("https://news.example.com/1")
		source.AddLinked(t.Context(), linked, link, text, ev)
		if text.String() != "" || (link != "") != (ev.Coverage == job.CoveragePartial) {
			t.Errorf("%q: coverage %s %v\n%s", link, ev.Coverage, ev.Errors, text)
		}
	}
	text, ev = &outline.Text{}, source.NewEvidence("https://news.example.com/1")
	source.AddLinked(t.Context(), web{err: errors.New("down")}, "https://example.com/a", text, ev)
	if text.String() != "" || ev.Coverage != job.CoveragePartial || len(ev.Errors) != 1 {
		t.Errorf("a page that cannot be read: %s %v", ev.Coverage, ev.Errors)
	}
}

func TestLinksKeepWhatTheyNameOnThePage(t *testing.T) {
	for raw, want := range map[string]string{
		" HTTPS://Example.com/a#L10-L20":    "https://example.com/a#L10-L20",
		"https://user:pw@example.com#b%20c": "https://example.com/#b%20c",
		"https://example.com/a":             "https://example.com/a",
		"https://example.com/100%#50%":      "https://example.com/100%25#50%25",
	} {
		if u, err := source.Parse(raw); err != nil || u.String() != want {
			t.Errorf("%q: %v, %v", raw, u, err)
		}
	}
	if _, err := source.Parse("ftp://example.com/#a"); err == nil {
		t.Error("another scheme is taken")
	}
}

func TestWhatIsMissingStaysSaid(t *testing.T) {
	ev := source.NewEvidence("https://example.com/")
	ev.MarkPartial("the pictures are not read")
	if source.Complete(ev); ev.Coverage != job.CoveragePartial {
		t.Errorf("coverage %s", ev.Coverage)
	}
	ev = source.NewEvidence("https://example.com/")
	if source.Complete(ev); ev.Coverage != job.CoverageFull {
		t.Errorf("coverage %s", ev.Coverage)
	}
}
