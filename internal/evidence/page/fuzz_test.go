package page

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checkPage holds what is true of any page.
func checkPage(t *testing.T, body []byte, p *Page) {
	t.Helper()
	for _, s := range []string{p.Text, p.Title, p.Description, p.Canonical, p.Author} {
		if !utf8.ValidString(s) {
			t.Errorf("not UTF-8: %q", s)
		}
	}
	// Text is what the page says; list marks and entities may lengthen it.
	if len(p.Text) > 20*len(body)+1000 {
		t.Errorf("%d bytes of text from %d bytes", len(p.Text), len(body))
	}
	if len(p.Links) > maxLinks || len(p.Description) > 4*maxMetaBytes {
		t.Errorf("%d links, %d bytes of description", len(p.Links), len(p.Description))
	}
	for _, l := range p.Links {
		if !strings.HasPrefix(l, "http://") && !strings.HasPrefix(l, "https://") {
			t.Errorf("link %q", l)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "<", "<p>hello", "<html><body><article><p>" + strings.Repeat("Word after word. ", 60) + "</article>",
		"<table><tr><td>a<td>b</table><ul><li>x<ul><li>y</ul></ul><pre>\n code\n</pre>",
		`<script type="application/ld+json">{"@type":"Article","headline":"x","articleBody":"<p>y","author":[{"name":"z"}]}</script>`,
		`<style>.a{display:none}#b{color:#fff;background:#fff}@media x{.c{d:e}}</style><p class=a>h<p id=b>i`,
		`<meta http-equiv=refresh content="0;url=//x"><base href=//y><link rel=canonical href=z>`,
		"\xff\xfe<\x00p\x00>\x00", "\xef\xbb\xbf<p>x", `<meta charset=gbk>` + "\xc4\xe3\xba\xc3", `<?xml encoding="utf-16"?>`,
		strings.Repeat("<div>", 600), strings.Repeat("<b><i>", 200) + "x", "<svg><title>x</svg><math><mi>y", "<frameset><noscript><plaintext>",
	} {
		f.Add([]byte(seed), "text/html")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if len(body) > 8<<10 || len(contentType) > 100 {
			t.Skip() // what is found in a large page is there in a small one, and a hundred times sooner
		}
		at, _ := url.Parse("https://example.com/a/b")
		start := time.Now()
		p, err := Parse(body, contentType, at)
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("took %s", d)
		}
		if err == nil {
			checkPage(t, body, p)
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# a\n\n```go\nx\n```\n[l](http://x)", "a\n===\n<!-- x -->", "<div style='display:none'>x</div>y", "``a`` `b`", "[a]: http://x\n[a][a]", "~~~\n```\n~~~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 8<<10 {
			t.Skip()
		}
		base, _ := url.Parse("https://example.com/")
		for _, read := range []func(string, *url.URL) (string, []string){Markdown, ReStructured} {
			text, links := read(src, base)
			if len(links) > maxLinks || len(text) > 30*len(src)+100 {
				t.Errorf("%d bytes, %d links from %d bytes", len(text), len(links), len(src))
			}
		}
	})
}

// A page of deep or wide nonsense is refused or read, in bounded time.
func TestTreesAreBounded(t *testing.T) {
	at, _ := url.Parse("https://example.com/")
	for name, body := range map[string]string{
		"deep":           strings.Repeat("<div>", 100_000) + "x",
		"deep lists":     strings.Repeat("<ul><li>", 50_000) + "x",
		"deep tables":    strings.Repeat("<table><tr><td>", 20_000) + "x",
		"deep inline":    strings.Repeat("<b><a href=x>", 50_000) + "x",
		"wide":           strings.Repeat("<p>x</p>", 300_000),
		"many links":     "<p>" + strings.Repeat("<a href=/x>y</a> ", 50_000),
		"one attribute":  "<p title=\"" + strings.Repeat("x", 2<<20) + "\">y",
		"many rules":     "<style>" + strings.Repeat(".a{display:none}", 30_000) + "</style><p>x",
		"open comment":   "<p>x<!--" + strings.Repeat("-", 1<<20),
		"long line":      "<p>" + strings.Repeat("word ", 400_000),
		"nested JSON-LD": `<script type="application/ld+json">` + strings.Repeat("[", 100_000) + `</script><p>x`,
		"entities":       "<p>" + strings.Repeat("&amp;&#x41;", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p, err := Parse([]byte(body), "text/html", at)
			if err == nil {
				checkPage(t, []byte(body), p)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %s", d)
			} else {
				t.Logf("%s: %v", d.Round(time.Millisecond), err)
			}
		})
	}
}

func TestWideTreesAreCut(t *testing.T) {
	at, _ := url.Parse("https://example.com/")
	var b strings.Builder
	b.WriteString("<article>")
	for range 50_000 {
		b.WriteString("<p>A sentence in a long page about ropes and trees that goes on.</p>")
	}
	p, err := Parse([]byte(b.String()), "text/html", at)
	if err != nil || !p.Cut || !strings.Contains(p.Text, "ropes and trees") {
		t.Errorf("%v, cut %v, %d bytes", err, p.Cut, len(p.Text))
	}
	if p, err := Parse([]byte("<p>short"), "text/html", at); err != nil || p.Cut {
		t.Errorf("a short page is cut: %v", err)
	}
}

func TestHiddenTextIsLeftOut(t *testing.T) {
	prose := "<p>" + strings.Repeat("The visible article says something about ropes and trees. ", 12) + "</p>"
	at, _ := url.Parse("https://example.com/")
	for name, hide := range map[string]string{
		"display none":        `<p style="display: none">IGNORE ALL</p>`,
		"important":           `<div style="DISPLAY:NONE !important"><p>IGNORE ALL</p></div>`,
		"visibility":          `<p style="visibility:hidden">IGNORE ALL</p>`,
		"opacity":             `<p style="opacity:0">IGNORE ALL</p>`,
		"no font size":        `<p style="font-size:0px">IGNORE ALL</p>`,
		"tiny font size":      `<p style="font-size: 1px; color: red">IGNORE ALL</p>`,
		"off screen":          `<p style="position:absolute; left:-9999px">IGNORE ALL</p>`,
		"indented away":       `<p style="text-indent:-10000px">IGNORE ALL</p>`,
		"no height":           `<div style="height:0;overflow:hidden"><p>IGNORE ALL</p></div>`,
		"clipped":             `<p style="position:absolute;clip:rect(0,0,0,0)">IGNORE ALL</p>`,
		"white on white":      `<p style="color:#fff;background-color:white">IGNORE ALL</p>`,
		"white on the page":   `<p style="color: white">IGNORE ALL</p>`,
		"font element":        `<p><font color="#FFFFFF">IGNORE ALL</font></p>`,
		"transparent":         `<p style="color:transparent">IGNORE ALL</p>`,
		"attribute":           `<p hidden>IGNORE ALL</p>`,
		"comment":             `<!-- IGNORE ALL -->`,
		"noscript":            `<noscript><p>IGNORE ALL</p></noscript>`,
		"template":            `<template><p>IGNORE ALL</p></template>`,
		"alternative text":    `<img src="x.png" alt="IGNORE ALL">`,
		"title attribute":     `<p title="IGNORE ALL">About knots there is another article.</p>`,
		"screen reader class": `<p class="a sr-only">IGNORE ALL</p>`,
		"style sheet class":   `<style>p.q1 { font-size:0 } .q2{display:none}</style><p class="q1">IGNORE ALL</p><p class="q2">IGNORE ALL</p>`,
		"style sheet id":      `<style>/* x */ #q3 { position:absolute; left:-9999px }</style><p id="q3">IGNORE ALL</p>`,
		"tag characters":      "<p>Harmless.\U000E0049\U000E0047\U000E004E</p>",
		"textarea":            `<textarea>IGNORE ALL</textarea><input type=hidden value="IGNORE ALL">`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte("<html><head><title>Ropes</title></head><body><article>"+prose+hide+prose+"</article></body></html>"), "text/html", at)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(p.Text, "IGNORE") || strings.ContainsRune(p.Text, '\U000E0049') || strings.Contains(p.Title+p.Description, "IGNORE") {
				t.Errorf("hidden text is kept:\n%s", p.Text)
			}
			if !strings.Contains(p.Text, "visible article") {
				t.Error("the article is lost")
			}
		})
	}
	// Pages that hide themselves until a script runs are still read.
	p, err := Parse([]byte("<html><body style='opacity:0'><article style='visibility:hidden'>"+prose+prose+"</article></body></html>"), "text/html", at)
	if err != nil || !strings.Contains(p.Text, "visible article") {
		t.Errorf("%v %q", err, p.Text)
	}
}

func TestStructureIsKept(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("testdata", "structure.html"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "structure.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if got := render.Fragment(string(body)); got != strings.TrimRight(string(want), "\n") {
		t.Errorf("got\n%s", got)
	}
}
