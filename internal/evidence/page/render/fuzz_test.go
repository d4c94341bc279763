package render

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Any HTML becomes text of a bounded length, without markup's control characters.
func FuzzFragment(f *testing.F) {
	for _, seed := range []string{
		"<ul><li>a<ol start=9><li>b<blockquote>c<br>d</blockquote></ol></ul><dl><dt>e<dd>f</dl>",
		"<pre><code class=language-go>\n\ta\n</code></pre><code>b`c</code><kbd>d</kbd><table><tr><td class=blob-num>1<td>x</table>",
		"<table><tr><th colspan=3>a<th rowspan=2>b<tr><td><table><tr><td>c</table></table><caption>d",
		`<math display=block><mfrac><mi>a</mi><msqrt><mn>2</mn></msqrt></mfrac><annotation encoding="application/x-tex">x^2</annotation></math>`,
		"<sup>2</sup><sub>i</sub>10<sup>-3</sup><q>a</q><ruby>b<rt>c</ruby><h1>d</h1><a href=x>e</a><img alt=f>",
		"<pre>\u250c\u2500\u2510\n\u2502a\u2502\n\u2514\u2500\u2518</pre>\u202ea\u00ad&#0;\ufffd",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4<<10 {
			t.Skip()
		}
		got := Fragment(src)
		if utf8.ValidString(src) && !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		if len(got) > 30*len(src)+1000 {
			t.Errorf("%d bytes of text from %d", len(got), len(src))
		}
		if strings.ContainsAny(got, "\x00\x1b\r") {
			t.Errorf("control characters in %q", got)
		}
	})
}
