package fakeslack

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/text/texttest"
)

var testNames = names{users: map[string]string{"U1": "Alice <b>"}, channels: map[string]string{"C1": "general"}}

func TestMrkdwnRendersAsInSlack(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"bold, italic, strike", "*a* _b_ ~c~", "<b>a</b> <i>b</i> <s>c</s>"},
		{"nested", "*a _b_*", "<b>a <i>b</i></b>"},
		{"marks inside words stay", "2*3*4 snake_case_name a~b", "2*3*4 snake_case_name a~b"},
		{"marks beside spaces stay", "* a * b", "* a * b"},
		{"code keeps its marks", "`*a* <https://a.b|x>`", "<code>*a* https://a.b</code>"},
		{"code block", "```\na &lt;b&gt;\n```c", "<pre>a &lt;b&gt;</pre>c"},
		{"quote", "&gt; a\n&gt; b\nc", "<blockquote>a<br>b</blockquote>c"},
		{"link", "<https://a.b/?x=1&amp;y=2>", `<a href="https://a.b/?x=1&amp;y=2" title="https://a.b/?x=1&amp;y=2">https://a.b/?x=1&amp;y=2</a>`},
		{"labelled link", "<https://a.b|the &lt;page&gt;>", `<a href="https://a.b" title="https://a.b">the &lt;page&gt;</a>`},
		{"script link is text", "<javascript:alert(1)|click>", "click (javascript:alert(1))"},
		{"people and channels", "<@U1> <@U9> <#C1> <!here>", `<span class="mention">@Alice &lt;b&gt;</span> <span class="mention">@U9</span> <span class="mention">#general</span> <span class="mention">@here</span>`},
		{"emoji", ":+1: :nonsense:", `<span class="emoji" title=":+1:">👍</span> :nonsense:`},
		{"html is text", "<b>&lt;script&gt;</b> & a < b", "b&lt;script&gt;/b &amp; a &lt; b"},
		{"entities are not undone twice", "&amp;lt;", "&amp;lt;"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := markup{names: testNames}
			m.mrkdwn(c.in)
			if got := string(m.html()); got != c.want {
				t.Errorf("%q\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestBlocksRenderAsInSlack(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"header", `[{"type":"header","text":{"type":"plain_text","text":"*a* :eyes:"}}]`, `<h3 class="header">*a* <span class="emoji" title=":eyes:">👀</span></h3>`},
		{"divider", `[{"type":"divider"}]`, "<hr>"},
		{"button", `[{"type":"actions","elements":[{"type":"button","action_id":"a\"b","style":"primary","text":{"type":"plain_text","text":"Go"}}]}]`,
			`<div class="actions"><button type="button" class="button primary" data-action="a&#34;b" data-block="">Go</button></div>`},
		{"button with an address", `[{"type":"actions","elements":[{"type":"button","url":"https://a.b","text":{"type":"plain_text","text":"Go"}}]}]`,
			`<div class="actions"><span class="button"><a href="https://a.b" title="https://a.b">Go</a></span></div>`},
		{"markdown", `[{"type":"markdown","text":"**a** [l](https://a.b) <i>x</i> [j](javascript:alert(1)) ![p](https://a.b/p.png)"}]`,
			`<div class="markdown"><p><strong>a</strong> <a href="https://a.b">l</a> &lt;i&gt;x&lt;/i&gt; j <a href="https://a.b/p.png" title="https://a.b/p.png">🖼 image</a></p>` + "\n</div>"},
		{"markdown with a block of html", `[{"type":"markdown","text":"<script>\nalert(1)\n</script>"}]`, "<div class=\"markdown\"><p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;</p></div>"},
		{"rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"<b>","style":{"bold":true,"code":true}},{"type":"link","url":"https://a.b","unsafe":true},{"type":"user","user_id":"U1"}]},{"type":"rich_text_list","style":"ordered","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]}]}]}]`,
			`<div class="rich"><b><code>&lt;b&gt;</code></b><a href="https://a.b" title="https://a.b">https://a.b</a><span class="mention">@Alice &lt;b&gt;</span></div><ol class="indent1"><li>one</li></ol>`},
		{"unknown", `[{"type":"<x>"}]`, `<div class="context">[&lt;x&gt; block]</div>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var blocks []any
			if err := decode([]byte(c.in), &blocks); err != nil {
				t.Fatal(err)
			}
			m := markup{names: testNames}
			m.blocks(blocks, newMarkdown())
			if got := string(m.html()); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// harmless fails when rendered HTML has an element, attribute or address that the
// renderer has no business to write.
func harmless(t *testing.T, rendered string) {
	t.Helper()
	allowed := map[string]bool{}
	for tag := range strings.FieldsSeq("html head body a b i s u code pre blockquote br span div p strong em del h1 h2 h3 h4 h5 h6 ul ol li hr table thead tbody tr th td button input") {
		allowed[tag] = true
	}
	doc, err := html.Parse(strings.NewReader(rendered))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && !allowed[n.Data] {
			t.Fatalf("%s in %q", n.Data, rendered)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Fatalf("attribute %s in %q", a.Key, rendered)
			}
			v := strings.ToLower(a.Val)
			if a.Key == "href" && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "mailto:") {
				t.Fatalf("address %q in %q", a.Val, rendered)
			}
		}
	}
}

func FuzzRenderedTextIsHarmless(f *testing.F) {
	for _, s := range []string{"*a* <https://a.b|c> `d` ```e``` :eyes:", "<script>alert(1)</script>", "[x](javascript:a)", `<https://a.b"onclick="x|y>`, "&gt; q\n*_~`", "<!--", "![a](data:text/html,x)", "<@U1|<b>>",
		"|a|b|\n|:-|-:|\n|c|d|"} {
		f.Add(s)
	}
	md := newMarkdown()
	f.Fuzz(func(t *testing.T, s string) {
		m := markup{names: testNames}
		m.mrkdwn(s)
		m.plain(s)
		leaf := []any{object{"type": "link", "url": s, "text": s}, object{"type": "text", "text": s}, object{"type": "emoji", "name": s}}
		m.blocks([]any{
			object{"type": "markdown", "text": s},
			object{"type": "actions", "elements": []any{object{"type": "button", "action_id": s, "url": s, "text": object{"text": s}}}},
			object{"type": "rich_text", "elements": []any{object{"type": "rich_text_section", "elements": leaf}}},
			object{"type": "image", "image_url": s, "alt_text": s}, object{"type": s},
		}, md)
		m.attachments([]any{object{"title": s, "title_link": s, "text": s, "service_name": s}}, md)
		harmless(t, string(m.html()))
	})
}

// page1 asks for a path, without a network; header holds pairs.
func page1(t *testing.T, s *Server, path string, header ...string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	s.ServeHTTP(w, r)
	return w.Result()
}

// pageText is the whole answer as it goes over the wire, headers included.
func pageText(t *testing.T, s *Server, path string) string {
	t.Helper()
	res := page1(t, s, path)
	var b strings.Builder
	if err := res.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageShowsTheChannelWithItsThreads(t *testing.T) {
	s := New(WithShortcut("comment", "Comment on this link"))
	defer s.Close()
	root, err := s.Say(Typed{Text: "look: https://example.com/?a=1&b=2 <script>alert(1)</script>"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.PostEvent(object{"type": "message", "bot_id": "B0COMMENT", "user": "U0COMMENT", "text": "*done*", "thread_ts": root.TS})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PostEvent(object{"type": "reaction_added", "reaction": "eyes", "item": object{"ts": root.TS}}); err != nil {
		t.Fatal(err)
	}
	got := pageText(t, s, "/")
	for _, want := range []string{
		"#techno-share", "Alice Example", "https://example.com/?a=1&amp;b=2", "&lt;script&gt;", "1 reply", "<b>done</b>", "commentator",
		`data-react="eyes" data-users="U0ALICE01"`, "no app is connected", `data-shortcut="comment"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got, "<script>alert") || !strings.Contains(got, "Content-Security-Policy: default-src 'none'") {
		t.Error("the page is not safe")
	}
	if res := page1(t, s, "/?channel=C0NOWHERE"); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown channel: HTTP %d", res.StatusCode)
	}
}

func TestThePageIsFetchedAgainOnlyWhenSomethingChanged(t *testing.T) {
	s := New()
	defer s.Close()
	tag := page1(t, s, "/_page/channel").Header.Get("ETag")
	if res := page1(t, s, "/_page/channel", "If-None-Match", tag); tag == "" || res.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: tag %q, HTTP %d", tag, res.StatusCode)
	}
	if _, err := s.Say(Typed{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if res := page1(t, s, "/_page/channel", "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("changed: HTTP %d", res.StatusCode)
	}
}

func TestThePageShowsTheLatestMessagesOnly(t *testing.T) {
	s := New()
	defer s.Close()
	for i := range pageRoots + 5 {
		if _, err := s.Say(Typed{Text: fmt.Sprintf("message no %d.", i)}); err != nil {
			t.Fatal(err)
		}
	}
	got := pageText(t, s, "/")
	if !strings.Contains(got, "5 earlier messages") || strings.Contains(got, "message no 4.") || !strings.Contains(got, "message no 5.") || !strings.Contains(got, "message no 64.") {
		t.Error("the page shows other messages than the latest")
	}
	if got := pageText(t, s, "/?limit=100"); strings.Contains(got, "earlier messages") || !strings.Contains(got, "message no 0.") {
		t.Error("limit=100 doesn't show all")
	}
}

func TestTypedTextBecomesSlacks(t *testing.T) {
	s := New()
	defer s.Close()
	for _, c := range []struct {
		in, want string
		links    int
	}{
		{"see https://a.com/x?b=1&c=2.", "see <https://a.com/x?b=1&amp;c=2>.", 1},
		{"github.com/a/b and (https://a.com)", "<http://github.com/a/b|github.com/a/b> and (<https://a.com>)", 2},
		{"(see https://en.wikipedia.org/wiki/Go_(programming_language)).", "(see <https://en.wikipedia.org/wiki/Go_(programming_language)>).", 1},
		{"en.wikipedia.org/wiki/C_(disambiguation)?", "<http://en.wikipedia.org/wiki/C_(disambiguation)|en.wikipedia.org/wiki/C_(disambiguation)>?", 1},
		{"thanks :eyes:, @bob!", "thanks :eyes:, <@U0BOBBY02>!", 0},
		{"a < b & c", "a &lt; b &amp; c", 0},
		{"@bob and @nobody", "<@U0BOBBY02> and @nobody", 0},
		{"mail me@example.com", "mail me@example.com", 0},
		{":eyes: 10:30:45", ":eyes: 10:30:45", 0},
	} {
		got, elements, links, _ := s.parseTyped(c.in)
		if got != c.want || len(links) != c.links || len(elements) == 0 {
			t.Errorf("%q: %q with %d links, want %q with %d", c.in, got, len(links), c.want, c.links)
		}
	}
}

func TestTimestampsAreReadAsSlackWritesThem(t *testing.T) {
	for in, want := range map[string]int64{"1700000000.000100": 1700000000000100, "1700000000": 1700000000000000, "123456789.9875": 123456789987500, "1.1234567": 1123456} {
		if got, ok := parseTS(in); !ok || got != want {
			t.Errorf("%s is %d, want %d", in, got, want)
		}
	}
	for _, in := range []string{"", "x", "-1", "1.x", "U1-909b5454-75f8"} {
		if _, ok := parseTS(in); ok {
			t.Errorf("%q is a timestamp", in)
		}
	}
	if got := formatTS(1700000000000100); got != "1700000000.000100" {
		t.Errorf("formatted as %s", got)
	}
}

func TestTimestampsGrowThoughTheClockStands(t *testing.T) {
	still := time.Unix(1_700_000_000, 0)
	s := New(optionFunc(func(c *config) { c.now = func() time.Time { return still } }))
	defer s.Close()
	last := ""
	for range 3 {
		p, err := s.Say(Typed{Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if p.TS <= last {
			t.Errorf("%s comes after %s", p.TS, last)
		}
		last = p.TS
	}
	if n := len(s.Messages("")); n != 3 {
		t.Errorf("%d messages are stored", n)
	}
}

// Each mark was looked for to the end of its text: a page of sixty messages of "*_a" took two minutes, and locked out
// the app meanwhile.
func TestAMarkWithoutAMatchIsLookedForOnce(t *testing.T) {
	render := func(text string) string {
		m := &markup{}
		m.mrkdwn(text)
		return string(m.html())
	}
	if got := render("*" + strings.Repeat("a", 30_000) + "*"); !strings.Contains(got, "<b>") {
		t.Error("a long text is not bold")
	}
	for text, want := range map[string]string{
		"*a _b c*d _e_ *f*":  "<b>a <i>b c*d _e</i> *f</b>",
		"_a *b_ c* *d*":      "<i>a *b</i> c* <b>d</b>",
		"*a *b* c* ~d e~f ~": "<b>a *b</b> c* ~d e~f ~",
	} {
		if got := render(text); !strings.Contains(got, want) {
			t.Errorf("%q is %s", text, got)
		}
	}
	for _, unit := range []string{"*_a", " *a"} {
		text := strings.Repeat(unit, 40_000/len(unit))
		if used := texttest.CPU(t, func() { render(text) }); used > 300*time.Millisecond {
			t.Errorf("%q takes %s", unit, used)
		}
	}
}
