package article

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parse is the tree of a whole page.
func parse(t testing.TB, s string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// paragraphs are n paragraphs on a subject.
func paragraphs(subject string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<p>%s Sentence %d of it stands for itself.</p>\n", prose(subject), i+1)
	}
	return b.String()
}

// teasers are n cards that point to other articles.
func teasers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<div class="card"><h3><a href="/t/%d">Another story, number %d</a></h3><p>%s</p></div>`, i, i, prose(fmt.Sprint("teaser ", i)))
	}
	return b.String()
}

func TestTheArticleIsFound(t *testing.T) {
	ropes := paragraphs("ropes", 4)
	code := "<pre><code>func main() {\n\tknot()\n}\n</code></pre>"
	comments := strings.Repeat(`<li class="comment"><p>`+prose("what a reader thinks")+`</p></li>`, 20)
	for _, tt := range []struct {
		name, page string
		has, lacks []string
	}{
		{
			"beside the frame of a site",
			`<nav><a href=/>Home</a> <a href=/b>Blog</a></nav><div class="sidebar"><p>` + prose("the author") + `</p></div><main><h1>Ropes</h1>` + ropes +
				`</main><footer><p>` + prose("the firm") + `</p></footer>`,
			[]string{"knows of ropes", "Sentence 4"}, []string{"Home", "the author", "the firm"},
		},
		{
			"without names, by its text", `<div><div>` + teasers(5) + `</div><div><div>` + ropes + `</div></div></div>`,
			[]string{"knows of ropes", "Sentence 4"}, []string{"Another story", "teaser 1"},
		},
		{
			"before many comments", `<article><h1>Ropes</h1>` + ropes + `</article><section id="respond" class="comments-area"><h2>Comments</h2><ol>` + comments + `</ol></section>`,
			[]string{"knows of ropes"}, []string{"a reader thinks"},
		},
		{
			"where comments are the page", `<h1>What do you think of ropes?</h1><ol class="commentlist">` + comments + `</ol>`,
			[]string{"a reader thinks"}, nil,
		},
		{
			"with the answers of a thread, dressed like its first mail",
			`<section><h3>Ropes</h3><div class="email first"><h2>Ann</h2><div class="email-body">` + ropes + `</div></div><div class="replies"><div class="odd">` +
				`<div class="email"><div class="email-author"><h2>Ben</h2></div><div class="email-body"><p>` + prose("what Ben thinks") + `</p></div></div></div></div></section>`,
			[]string{"knows of ropes", "## Ben\n\nThe article says at some length what it knows of what Ben thinks"}, nil,
		},
		{
			"without what a converter says above it",
			`<div class="package-alerts ltx_document" role="status"><p>` + prose("faults of the conversion") + `</p></div><nav><a href="#S2">The sketch</a></nav>` +
				`<article><h1>Ropes</h1>` + ropes + `<h2>The sketch</h2><p>It is</p><table><tr><td>a</td><td>b</td></tr></table>` + ropes + `</article>`,
			[]string{"knows of ropes", "## The sketch"}, []string{"faults of the conversion"},
		},
		{
			"with the captions of tables and not of pictures",
			`<article>` + ropes + `<figure><figcaption>Table 1: Strength of ropes.</figcaption><table><tr><td>hemp</td><td>3 kN</td></tr></table></figure>` + ropes +
				`<figure><img src=a.png alt=""><figcaption>A rope in the sun.</figcaption></figure>` + ropes + `</article>`,
			[]string{"Table 1: Strength of ropes.", "| hemp | 3 kN |"}, []string{"in the sun"},
		},
		{
			"in several boxes",
			`<div class="page"><div class="chunk">` + paragraphs("ropes", 3) + `</div><div class="ad">Buy</div><div class="chunk">` + paragraphs("knots", 3) +
				`</div><div class="chunk">` + paragraphs("boats", 3) + `</div></div>`,
			[]string{"knows of ropes", "knows of knots", "knows of boats"}, nil,
		},
		{
			"with its standfirst", `<article><header><h1>Ropes</h1></header><div class="intro"><p>` + prose("the beginning") + `</p></div><div class="entry-content">` + ropes + `</div></article>`,
			[]string{"the beginning", "knows of ropes"}, nil,
		},
		{
			"with its code and what is called after it",
			`<article>` + ropes + `<div class="highlight source-code download">` + code + `</div><figure class="gallery">` + code + `</figure>` + paragraphs("knots", 2) + `</article>`,
			[]string{"```\nfunc main() {\n    knot()\n}\n```\n\n```", "knows of knots"}, nil,
		},
		{
			"with the words in its lines, whatever they are called",
			`<main><p>The next release is due on <time class="date">6 October 2026</time> in Berlin, says the plan that everybody was sent in spring.</p>
			<p>Open the menu and choose <label class="button">Run now</label> in the list, wait for the <a class="tag" href=/x>first answer</a> and go on.</p>` + ropes + `</main>`,
			[]string{"due on 6 October 2026 in Berlin", "choose Run now in the list", "the first answer and go on"}, nil,
		},
		{
			"with the chapters of a manual",
			`<main><section id="intro"><h2>Ropes</h2>` + paragraphs("ropes", 2) + `</section><section id="comments"><h2>Comments</h2>` + paragraphs("remarks in code", 2) +
				`</section><section id="related"><h2>Related work</h2>` + paragraphs("others", 2) + `</section><section id="download"><h2>Download</h2><p>` +
				prose("archives") + ` <a href=/d>Get it</a></p></section></main>`,
			[]string{"remarks in code", "knows of others", "knows of archives"}, nil,
		},
		{
			"with its notes", `<main>` + ropes + `<aside class="admonition note"><p>` + prose("a caveat") + `</p></aside>` + paragraphs("knots", 2) + `<aside><p>` + prose("an offer") + `</p></aside></main>`,
			[]string{"a caveat"}, []string{"an offer"},
		},
		{
			"with the table of its parameters", `<article class="content"><h1>knot</h1><p>` + prose("the call") + `</p><table><tr><th>name<th>type<tr><td>turns<td>int<tr><td>rope<td>string</table><h2>Values</h2><ul><li>overhand<li>reef<li>bowline</ul></article>`,
			[]string{"| turns | int |", "- bowline"}, nil,
		},
		{
			"on a front page", `<div class="list">` + teasers(8) + `</div>`,
			[]string{"Another story, number 7", "teaser 7"}, nil,
		},
		{
			"on a page of links",
			`<header><nav><a href=/>Home</a></nav></header><main><h1>Saved</h1><ul>` + strings.Repeat(`<li><a href=/s>A saved page about ropes</a></li>`, 20) +
				`</ul></main><footer><p>The firm of knots.</p></footer>`,
			[]string{"A saved page about ropes"}, []string{"Home", "The firm"},
		},
		{
			"on a list of changes",
			`<header><a href=/>Home</a></header><div class="content"><h1>Changes</h1><ul>` +
				strings.Repeat(`<li><a href=/1>Mend the knot</a> by <a href=/u>@ann</a> in <a href=/1>#1</a></li>`, 20) + `</ul></div><footer><p>The firm of knots.</p></footer>`,
			[]string{"- Mend the knot by @ann in #1"}, []string{"Home", "The firm"},
		},
		{
			"on a page of prices",
			`<main><h1>Prices</h1><p>Pay for what you use.</p><section class="plans"><div class="card"><h3>Team</h3><div>$<span>29</span>/mo</div><ul><li>10 seats</li></ul>
			<a class="btn" href=/b>Choose Team</a></div></section></main><div class="cookie-consent"><p>We use cookies to improve your visit to the site.</p></div>`,
			[]string{"Pay for what you use.", "$29/mo", "- 10 seats"}, []string{"cookies"},
		},
		{
			"with questions that are buttons",
			`<main>` + ropes + `<h3><button aria-expanded="false">How long is it</button></h3><p>` + prose("lengths") + `</p><button>Why is it long?</button><p>` + prose("reasons") + `</p></main>`,
			[]string{"### How long is it", "Why is it long?"}, nil,
		},
		{
			"with a standfirst that is a heading outside",
			`<div class="hero"><h1>Ropes</h1><h2>` + prose("the beginning") + `</h2></div><div class="layout"><article>` + ropes + `</article><aside><a href=/1>A story</a></aside></div>`,
			[]string{"the beginning", "knows of ropes"}, []string{"A story"},
		},
		{
			"with a short last sentence", `<article>` + ropes + `<p>That is all.</p></article>`, []string{"That is all."}, nil,
		},
		{
			"with the marks of its tasks", `<main>` + ropes + `<ul><li><input type="checkbox" checked> tie it</li><li><input type="checkbox"> cut it</li></ul>` + paragraphs("knots", 2) + `</main>`,
			[]string{"- [x] tie it", "- [ ] cut it"}, nil,
		},
		{
			"on a page of labels", `<body><p>alpha</p><p>beta</p></body>`, []string{"alpha", "beta"}, nil,
		},
		{
			"without the offers between its paragraphs",
			`<article>` + ropes + `<div class="newsletter-signup"><p>` + prose("our letter") + `</p></div><div class="related-posts"><ul><li><a href=/1>A story</a><li><a href=/2>B story</a></ul></div>` + paragraphs("knots", 2) + `</article>`,
			[]string{"knows of ropes", "knows of knots"}, []string{"our letter", "A story"},
		},
		{
			"though its subject is called like a frame", `<article class="post tag-cookies category-newsletter has-sidebar">` + ropes + `</article>`,
			[]string{"knows of ropes"}, nil,
		},
		{
			"though a builder calls all of it widgets",
			`<div class="elementor-widget-container">` + ropes + `</div><div class="elementor-widget-container">` + paragraphs("knots", 3) + `</div>`,
			[]string{"knows of ropes", "knows of knots"}, nil,
		},
		{
			"in Chinese", `<div>` + strings.Repeat(`<p>团队用了十一周时间把计费服务从一个数据库迁移到三个分片，并保证每张发票都正确。</p>`, 3) + `</div><div class="nav"><a href=/>首页</a></div>`,
			[]string{"十一周时间"}, []string{"首页"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, "<!doctype html><html><head><title>x</title></head><body>"+tt.page+"</body></html>")
			before := markup(t, doc)
			got, _ := Text(doc, "", "")
			for _, w := range tt.has {
				if !strings.Contains(got, w) {
					t.Errorf("lacks %q in\n%s", w, got)
				}
			}
			for _, w := range tt.lacks {
				if strings.Contains(got, w) {
					t.Errorf("has %q in\n%s", w, got)
				}
			}
			if markup(t, doc) != before {
				t.Error("the tree was changed")
			}
		})
	}
}

// markup is the tree as HTML.
func markup(t testing.TB, n *html.Node) string {
	t.Helper()
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNamesAreTakenApart(t *testing.T) {
	for names, want := range map[string]hints{
		"c-articleFooter__share":      body | frame | hard | beside,
		"nav-bar":                     frame | hard,
		"post tag-nav category-share": body,
		"has-sidebar page--sidebar":   body,
		"entry-content":               body | exact,
		"RichTextArticleBody-body":    body | exact,
		"elementor-widget-share":      0,
		"byline":                      about,
		"hljs":                        0,
	} {
		if got := (hintReader{}).names(names); got != want {
			t.Errorf("%s: %b, want %b", names, got, want)
		}
	}
}

func TestTheLanguageIsToldFromLongTexts(t *testing.T) {
	german := "<p>Das Netz der Firma wuchs im vergangenen Jahr um ein Achtel, das ist mehr als je zuvor in der Geschichte des Hauses.</p>" +
		"<p>Die Leitung rechnet damit, dass bald zwei Drittel aller Häuser angeschlossen sind, und will dafür viele Leute einstellen.</p>" +
		"<p>Vor zehn Jahren waren es erst wenige Häuser, wie aus dem Bericht hervorgeht, der am Montag veröffentlicht wurde.</p>"
	if _, lang := Text(parse(t, german), "", ""); lang != "de" {
		t.Errorf("language %q", lang)
	}
	if _, lang := Text(parse(t, "<p>Kurz.</p>"), "", ""); lang != "" {
		t.Errorf("language %q of a short text", lang)
	}
}

func FuzzText(f *testing.F) {
	f.Add("<div class=nav><a href=/>x</a></div><article>" + paragraphs("ropes", 2) + "</article>")
	f.Add("<table><tr><td><li><pre><b><div>")
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 16<<10 {
			return
		}
		doc := parse(t, page)
		before := markup(t, doc)
		first, _ := Text(doc, "", "")
		if markup(t, doc) != before {
			t.Error("the tree was changed")
		}
		if second, _ := Text(doc, "", ""); second != first {
			t.Errorf("%q, then %q", first, second)
		}
	})
}
