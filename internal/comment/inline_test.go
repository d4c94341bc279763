package comment

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

// notation writes spans so that tests can compare them: {b bold}, {c code},
// {l label address}.
func notation(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		body := s.Text
		if s.Link != "" {
			body = "{l " + body + " " + s.Link + "}"
		}
		if s.Code {
			body = "{c " + body + "}"
		}
		if s.Bold {
			body = "{b " + body + "}"
		}
		b.WriteString(body)
	}
	return b.String()
}

func TestInlineMarkdown(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"text", "just words", "just words"},
		{"nothing", " \n ", ""},
		{"bold", "a **b c** d", "a {b b c} d"},
		{"bold in underscores", "a __b c__ d", "a {b b c} d"},
		{"bold in a word", "**Red**is a**b**c", "{b Red}is a{b b}c"},
		{"underscores in a word", "a__init__b and __all__", "a__init__b and {b all}"},
		{"bold before a colon and a letter", "**Name:**text", "{b Name:}text"},
		{"bold that ends in a space", "**Name **— text", "{b Name }— text"},
		{"bold without spaces", "这是**重点。**然后", "这是{b 重点。}然后"},
		{"powers", "2 ** 3 ** 4", "2 ** 3 ** 4"},
		{"a star in bold", "**a * b**", "{b a * b}"},
		{"single marks", "a *b* _c_ snake_case", "a *b* _c_ snake_case"},
		{"three marks", "***a***", "*{b a}*"},
		{"bold in bold", "**a __b__ c**", "{b a b c}"},
		{"open bold", "**a", "**a"},
		{"code", "a `b` c", "a {c b} c"},
		{"code with marks", "`**a** [b](c) <d>`", "{c **a** [b](c) <d>}"},
		{"code with a backtick", "``a ` b``", "{c a ` b}"},
		{"open code", "a `b", "a `b"},
		{"empty code", "a ` ` b", "a  b"},
		{"bold code", "**a `b` c**", "{b a }{b {c b}}{b  c}"},
		{"code before bold", "`a **b` c**", "{c a **b} c**"},
		{"a link", "[the page](https://a.example/x)", "{l the page https://a.example/x} (a.example)"},
		{"a link with a title", `[the page](<https://a.example/x> "title")`, "{l the page https://a.example/x} (a.example)"},
		{"a link with brackets", "[a [b] c](https://a.example/Go_(game))", "{l a [b] c https://a.example/Go_%28game%29} (a.example)"},
		// Each of these letters is Cyrillic.
		{"a host that looks like another", "at https://аррӏе.com/a", "at {l https://xn--80ak6aa92e.com/a https://xn--80ak6aa92e.com/a}"},
		{"a label for one", "[the page](https://аррӏе.com/a)", "{l the page https://xn--80ak6aa92e.com/a} (xn--80ak6aa92e.com)"},
		{"a host in bytes", "[the page](https://%D0%B0%D1%80.com)", "{l the page https://xn--80a6a.com} (xn--80a6a.com)"},
		{"a label that is one", "[аррӏе.com](https://evil.example/x)", "{l https://evil.example/x https://evil.example/x}"},
		{"a label that is one with marks", "[नमस्ते.भारत](https://evil.example/x)", "{l https://evil.example/x https://evil.example/x}"},
		{"a label that is a name", "[nn.init_weights](https://a.example/x)", "{l nn.init_weights https://a.example/x} (a.example)"},
		{"a host that is none", "[the page](https://а\u0301-.com/a)", "the page (https://а\u0301-.com/a)"},
		{"a path in other letters", "https://a.example/ä", "{l https://a.example/ä https://a.example/%C3%A4}"},
		{"a link with bold", "[**a** `b`](https://a.example)", "{l a b https://a.example} (a.example)"},
		{"a link in bold", "**see [it](https://a.example)**", "{b see }{b {l it https://a.example}}{b  (a.example)}"},
		{"a link that names another", "[bank.example](https://evil.example)", "{l https://evil.example https://evil.example}"},
		{"a link in a link", "[[a](https://b.example)](https://evil.example)", "[{l a https://b.example} (b.example)]({l https://evil.example https://evil.example})"},
		{"an address in a label", "[https://bank.example](https://evil.example/x)", "{l https://evil.example/x https://evil.example/x}"},
		{"an image", "![pic](https://a.example/p.png)", "{l pic https://a.example/p.png} (a.example)"},
		{"a link to a script", "[a](javascript:alert(1))", "a (javascript:alert(1))"},
		{"a link with a password", "[a](https://u:p@b.example)", "a (https://u:p@b.example)"},
		{"a reference", "[a]: https://b.example\n[a] [c][a]", "[a]: {l https://b.example https://b.example} [a] [c][a]"},
		{"an address", "see https://a.example/x_y.", "see {l https://a.example/x_y https://a.example/x_y}."},
		{"an address in words", "“https://a.example”世https://b.example", "“{l https://a.example https://a.example}”世{l https://b.example https://b.example}"},
		{"an address in bold", "**https://a.example**", "{b {l https://a.example https://a.example}}"},
		{"an autolink", "<https://a.example/x>", "<{l https://a.example/x https://a.example/x}>"},
		{"a mention", "<!channel> <@U1> <https://evil.example|bank>", "<!channel> <@U1> <{l https://evil.example https://evil.example}|bank>"},
		{"HTML", "<b>a</b> <!-- c --> &amp; &lt;", "<b>a</b> <!-- c --> &amp; &lt;"},
		{"escaped marks", `snake\_case \*\*a\*\* \[b\](c) \<d`, "snake_case **a** [b](c) <d"},
		{"other backslashes", `C:\dir \ end\`, `C:\dir \ end\`},
		{"blocks", "# a\n- b\n> c\n```\nd\n```", "# a - b > c {c d}"},
		{"setext and rule", "a\n===\n---", "a === ---"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := notation(inline(tt.in)); got != tt.want {
				t.Errorf("%q\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestNothingInvisibleIsShown(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if text.Invisible(r) && clean("a"+string(r)+"b") != "ab" && !unicode.IsSpace(r) {
			t.Errorf("%U is shown", r)
		}
	}
}

// Comments are a few thousand characters; what is made to be slow must not stop
// the worker.
func TestHostileMarkdownTakesBoundedTime(t *testing.T) {
	for _, unit := range []string{"[", "![", "**", "**a ", "__a** ", "`", "a`", "[a](", "](", "**[`", `\`, "[a](b)"} {
		big := strings.Repeat(unit, 16_000/len(unit))
		began := time.Now()
		inline(big)
		if d := time.Since(began); d > 30*time.Second {
			t.Errorf("%q took %v", unit, d)
		} else if d > 100*time.Millisecond {
			t.Logf("%q: %v", unit, d)
		}
	}
}

func BenchmarkInline(b *testing.B) {
	for name, s := range map[string]string{"summary": sample().Comment.Summary, "item": sample().Comment.Projects[1]} {
		b.Run(fmt.Sprintf("%s of %d bytes", name, len(s)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				inline(s)
			}
		})
	}
}
