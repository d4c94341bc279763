package jsondata_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/format/jsondata"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

func ExampleRead() {
	at, _ := url.Parse("https://example.com/ropes.json")
	ev := source.NewEvidence(at.String())
	body := `{"title":"Ropes","description":"<p>About ropes.</p>","parts":[{"n":1},{"n":2,"ok":true}]}`
	if err := jsondata.Read([]byte(body), at, ev); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ev.Title, ev.Coverage)
	fmt.Println(ev.Text)
	// Output:
	// Ropes partial
	// description: About ropes.
	// parts[0].n: 1
	// parts[1].n: 2
	// parts[1].ok: true
	// title: Ropes
}

func TestRefusalsAreErrors(t *testing.T) {
	for body, refused := range map[string]bool{
		`{"message":"Not Found","documentation_url":"https://example.com"}`: true,
		`{"error":{"code":404,"message":"gone"}}`:                           true,
		`{"ok":false,"detail":"An error occurred"}`:                         true,
		`{"status":"fine"}`:                         false,
		`{"message":"hello","author":"a"}`:          false,
		`[{"error":"one of many"}]`:                 false,
		`{"detail":"all is well","status":"green"}`: false,
	} {
		ev := source.NewEvidence("https://example.com/x?token=s3cr3t")
		err := jsondata.Read([]byte(body), &url.URL{Path: "/x"}, ev)
		if source.Final(err) != refused || err == nil && ev.Coverage != job.CoveragePartial {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestLargeDocumentsAreBounded(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 50) + `"x"` + strings.Repeat("}", 50)
	wide := `[` + strings.TrimSuffix(strings.Repeat(`[`+strings.TrimSuffix(strings.Repeat(`"x",`, 90), ",")+`],`, 90), ",") + `]`
	long := `{"a":"` + strings.Repeat("x", 10_000) + `"}`
	for name, c := range map[string]struct {
		body       string
		lines, max int
	}{"deep": {deep, 0, 0}, "wide": {wide, 400, 400 * 20}, "long": {long, 1, 2100}} {
		ev := source.NewEvidence("https://example.com/x")
		if err := jsondata.Read([]byte(c.body), &url.URL{}, ev); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		lines := strings.Count(ev.Text, "x")
		if name != "long" && lines != c.lines || len(ev.Text) > c.max {
			t.Errorf("%s: %d lines, %d bytes", name, lines, len(ev.Text))
		}
	}
}

func TestIs(t *testing.T) {
	for body, want := range map[string]bool{`{"a":1}`: true, "\ufeff[1]\n": true, `{"a":1`: false, "{{ template }}": false, "": false} {
		if jsondata.Is([]byte(body)) != want {
			t.Errorf("%q: %v", body, !want)
		}
	}
}
