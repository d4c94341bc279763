package visible

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// parse is the tree of a whole page.
func parse(t testing.TB, s string) *html.Node {
	t.Helper()
	doc, err := html.ParseWithOptions(strings.NewReader(s), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// firstElement is the first a below n.
func firstElement(n *html.Node, a atom.Atom) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.DataAtom == a {
			return c
		}
		if d := firstElement(c, a); d != nil {
			return d
		}
	}
	return nil
}

func TestStylesThatHide(t *testing.T) {
	for style, want := range map[string]bool{
		"display:none":                           true,
		"Display : None !Important":              true,
		"display:block":                          false,
		"visibility:hidden":                      true,
		"visibility:collapse":                    true,
		"visibility:visible":                     false,
		"content-visibility:hidden":              true,
		"opacity:0":                              true,
		"opacity:0.0":                            true,
		"opacity:0%":                             true,
		"opacity:0.5":                            false,
		"opacity:.05":                            true,
		"font-size:0":                            true,
		"font-size:1px":                          true,
		"font-size:0.1em":                        true,
		"font-size:10px":                         false,
		"font-size:1em":                          false,
		"font-size:0.8em":                        false,
		"line-height:0":                          true,
		"transform:scale(0)":                     true,
		"height:0":                               false,
		"height:0;overflow:hidden":               true,
		"max-width:1px;overflow:clip":            true,
		"height:100px;overflow:hidden":           false,
		"text-indent:-9999px":                    true,
		"text-indent:-10px":                      false,
		"position:absolute;left:-10000px":        true,
		"left:-100px":                            false,
		"left:-9900%":                            true,
		"clip:rect(0,0,0,0)":                     true,
		"clip:rect(1px, 1px, 1px, 1px)":          true,
		"clip-path:inset(50%)":                   true,
		"clip-path:inset(5%)":                    false,
		"color:transparent":                      true,
		"color:transparent;background-clip:text": false,
		"color:rgba(0,0,0,0)":                    true,
		"color:rgba(0,0,0,1)":                    false,
		"color:#fff;background:white":            true,
		"color:red;background-color:red":         true,
		"color:white;background:black":           false,
		"color:black;background:rgb(0,0,0)":      true,
		"color:white":                            false, // needs the page's ground
		"border-color:red;background-color:red":  false,
		"color:#111":                             false,
		"":                                       false,
		"\tdisplay:\n\tnone;":                    true,
		"margin-left:-99999px":                   true,
		"margin-top:-20px":                       false,
		"zoom:0;overflow:hidden":                 true,
		"width:0;height:0;overflow:hidden;display:flex": true,
	} {
		if got := newRuleSet().look((&ruleSet{}).inline(style)).hiding != shown; got != want {
			t.Errorf("%q hides: %v", style, got)
		}
	}
}

func TestElementsThatHide(t *testing.T) {
	for tag, want := range map[string]bool{
		`<p hidden>`:                         true,
		`<p hidden=until-found>`:             false,
		`<p class="a sr-only b">`:            true,
		`<p class="visually-hidden">`:        true,
		`<p class="not-sr-only-at-all">`:     false,
		`<p class="d-none">`:                 true,
		`<p style="display:none">`:           true,
		`<p style="color:red" hidden>`:       true,
		`<p>`:                                false,
		`<p type=hidden>`:                    false,
		`<p aria-hidden=true>`:               false,
		`<p class="d-none-md" title=hidden>`: false,
	} {
		n := firstElement(parse(t, tag+"x</p>"), atom.P)
		if got := Hidden(n); got != want {
			t.Errorf("%s is hidden: %v", tag, got)
		}
	}
	for tag, want := range map[string]bool{
		`<font size=0>x</font>`:                                         true,
		`<font size=1>x</font>`:                                         false,
		`<font color=white>x</font>`:                                    true,
		`<font color=#FFFFFF>x</font>`:                                  true,
		`<font color=red>x</font>`:                                      false,
		`<table bgcolor=black><td><font color=white>x</font></table>`:   false,
		`<div style="background:navy"><font color=white>x</font></div>`: false,
		`<div class=dark><font color=white>x</font></div>`:              false,
	} {
		n := firstElement(parse(t, tag), atom.Font)
		if got := Hidden(n); got != want {
			t.Errorf("%s is hidden: %v", tag, got)
		}
	}
}

func TestRulesOfStyleSheets(t *testing.T) {
	for sheet, want := range map[string]int{
		"/* a{b} */ .a , .b { opacity:0 } @media print { .c { opacity:0 } } #d{color:#fff}\n@import 'x';\n.e{ /* } */ top:-9px } .open{left:0": 5,
		"a{} /* open": 0,
		"}}}{{":       0,
		".a{color:red;.b{color:red}&:hover{color:red}@media screen{color:red}}": 3,
		"@layer x{@supports (top:0){.a{color:red}}}":                            1,
		`.\31 a\.b{color:red}@font-face{color:red}`:                             1,
	} {
		rules := newRuleSet()
		(&sheetReader{rules: rules}).read(sheet, context{})
		if len(rules.rules) != want {
			t.Errorf("%s has %d rules, want %d", sheet, len(rules.rules), want)
		}
	}
}

func TestStyleSheetsHide(t *testing.T) {
	doc := parse(t, `<style>.gone{display:none} p.tiny , #far { position:relative; left:-9999px } @media print{.printed{display:none}} .shown{color:red} div .deep{display:none}
		.revealed{display:none}</style>
		<p>one <p class=gone>GONE <p class="x tiny">TINY <p id=far>FAR <p class=printed>printed <p class=shown>shown <div><p class=deep>DEEP</div>
		<p class=revealed>REVEALED <p style="color:#fff">WHITE <noscript>NOSCRIPT</noscript><!-- COMMENT --><template>TEMPLATE</template>`)
	RemoveHidden(doc)
	got := render.Text(doc)
	for _, s := range []string{"GONE", "TINY", "FAR", "WHITE", "NOSCRIPT", "COMMENT", "TEMPLATE", "REVEALED", "DEEP"} {
		if strings.Contains(got, s) {
			t.Errorf("%s is kept in %q", s, got)
		}
	}
	for _, s := range []string{"one", "printed", "shown"} {
		if !strings.Contains(got, s) {
			t.Errorf("%s is lost in %q", s, got)
		}
	}
}

func TestAHiddenHalfOfThePageStays(t *testing.T) {
	doc := parse(t, `<div style="display:none"><p>most of the page is in here until a script has run</div><p>rest`)
	RemoveHidden(doc)
	if got := render.Text(doc); !strings.Contains(got, "until a script") {
		t.Errorf("got %q", got)
	}
}

func TestColoursAreRead(t *testing.T) {
	for v, want := range map[string]string{
		"#fff": "white", "rgb(255, 255, 255)": "#ffffff", "rgb(100% 100% 100%)": "white", "hsl(0,0%,100%)": "white", "hsl(120deg 100% 25%)": "green",
		"#f00f": "red", "rgb(255 0 0 / 1)": "red", "hwb(0 100% 0%)": "white", "oklch(1 0 0)": "white", "oklab(0 0 0)": "black",
		"lab(100 0 0)": "white", "color(srgb 1 1 1)": "white", "color-mix(in srgb,#fff 100%,#000)": "white", "currentcolor": "black",
		"light-dark(#fff,#000)": "white", "rgb(from white r g b / 1)": "white",
	} {
		a, ok := parseColor(v, black, 0)
		b, _ := parseColor(want, black, 0)
		if !ok || !a.near(b) || a.a < 0.98 {
			t.Errorf("%s is %v, want %v", v, a, b)
		}
	}
	for _, v := range []string{"transparent", "#0000", "#ffffff00", "rgba(0,0,0,0)", "rgb(0 0 0 / 0%)", "hsl(0 0% 0% / 0)", "color-mix(in srgb,transparent,#fff0)"} {
		if c, ok := parseColor(v, black, 0); !ok || c.a != 0 {
			t.Errorf("%s is %v", v, c)
		}
	}
	for _, v := range []string{"", "none", "#ff", "rgb(", "rgb(1,2)", "url(x)", "color-mix(a)"} {
		if _, ok := parseColor(v, black, 0); ok {
			t.Errorf("%q is a colour", v)
		}
	}
}
