package render

import (
	"strings"
	"testing"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

func TestHTMLIsRenderedAsText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"white space", " <p> a \n b </p> <p>c</p>", "a b\n\nc"},
		{"words across elements", "<p>a<b>b</b> <i> c</i>d", "ab cd"},
		{"line breaks", "a<br>b<br><br>c", "a\nb\n\nc"},
		{"headings", "<h1>One</h1><h6>Six</h6><h2> </h2>x", "# One\n\n###### Six\n\nx"},
		{"a list", "<ul><li>a<li>b<ul><li>c</ul><li></ul>d", "- a\n- b\n  - c\n\nd"},
		{"a numbered list", "<ol start=9><li>a<li><p>b</p><p>c</p></ol>", "9. a\n10. b\n\n    c"},
		{"a start that is none", "<ol start=-5><li>a</ol><ol start=x><li>b</ol>", "1. a\n\n1. b"},
		{"an item without a list", "<li>a", "- a"},
		{"a quote", "<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"},
		{"a quote in a list", "<ul><li><blockquote>a<br>b</blockquote></ul>", "- a\n  > b"},
		{"definitions", "<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\n\nc\nd"},
		{"code", "<p>use <code> go  build </code> and <code>a`b</code>", "use `go build` and a`b"},
		{"a block of code", "<pre>\n  a\n\tb\r\n\n c\n</pre>x", "```\n  a\n    b\n\n c\n```\n\nx"},
		{"code of lines", "<code>a\nb</code>", "```\na\nb\n```"},
		{"empty code", "<pre> \n</pre><code> </code>x", "x"},
		{"a table", "<table><tr><th>a<th>b<tr><td>c<td>d<tr><td><td></table>", "| a | b |\n| c | d |"},
		{"a table with parts", "<table><thead><tr><td>a<td>b</thead><tbody><tr><td>c<td>d</table>", "| a | b |\n| c | d |"},
		{"a table for layout", "<table><tr><td><p>a</p><tr><td><p>b</p></table>", "a\n\nb"},
		{"a table in a table", "<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a\n\n| b | c |"},
		{"code in a table", "<table><tr><td class=blob-num>1<td class=blob-code>x := 1<tr><td>2<td class=blob-code>y</table>", "```\nx := 1\ny\n```"},
		{"what is not text", "a<script>b</script><style>c</style><svg><text>d</text></svg><iframe>e</iframe><template>f</template><noscript>g</noscript><object>h</object>", "a"},
		{"a text that is called like an element", "<table><tr><td>tr<td>td</table><p>a</p>b", "| tr | td |\n\na\n\nb"},
		{"links are their text", `<a href="https://a.example">a</a> b`, "a b"},
		{"entities", "&lt;b&gt; &amp;amp; &nbsp;x", "<b> &amp; x"},
		{"zero-width spaces part words", "a\u200bb\ufeffc", "a b c"},
		{"invisible characters", "a\u00ad\u202eb\u2066\U000e0041\ue000c <pre>d\u202ee\nf</pre><code>g\u2060h</code>", "abc\n\n```\nde\nf\n```\n\n`gh`"},
		{"joiners", "👨\u200d👩 می\u200cخواهم pay\u200dpal", "👨\u200d👩 می\u200cخواهم paypal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fragment(tt.in); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestNothingInvisibleIsRendered(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !text.Invisible(r) || text.Blank(r) {
			continue
		}
		w := &textWriter{}
		w.text("a" + string(r) + "b")
		w.raw("c" + string(r) + "d")
		if got := w.String(); got != "abcd" {
			t.Errorf("%U is rendered: %q", r, got)
		}
	}
}

// What stands before each line must not multiply what a page says.
func TestNestingDoesNotMultiplyText(t *testing.T) {
	got := Fragment(strings.Repeat("<blockquote>", 200) + strings.Repeat("a<br>", 1000))
	if len(got) > 1000*(maxPrefix+4) || !strings.Contains(got, "> a") {
		t.Errorf("%d bytes", len(got))
	}
}
