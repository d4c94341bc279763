package visible

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// Any page is read in bounded time, and nothing is in its text that is not in the page.
func FuzzRemoveHidden(f *testing.F) {
	for _, seed := range []string{
		`<style>.a{opacity:0}.a.in{opacity:1}@media print{.a{display:none}}</style><p class=a>x<p hidden>y`,
		`<template id="B:0"></template>z<!--/$--><div hidden id="S:0"><p>x</div><script>$RC("B:0","S:0")</script>`,
		`<x-a><template shadowrootmode=open><slot name=a>b</slot><slot></slot></template><p slot=a>c</p>d</x-a>`,
		`<noscript><p>a</noscript><dialog>b</dialog><p style="color:#fff;transform:scale(0) translate(-9999px">c`,
		"<pre><span class=ln>1</span>a\n<span class=ln>2</span>b</pre><table><tr><td rowspan=9>a<td colspan=9>b<tr><td>c</table>",
		`<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math><sup>2</sup><sub>i</sub>10<sup>-3</sup><q>a</q><ruby>b<rt>c</ruby>`,
		`<div role=table><div role=row><div role=cell>a</div></div></div><ol><li value=3><ul><li><input type=checkbox checked>x</ul></ol>`,
		`<style>@media (a{b{c:d}}}}{{"'/*`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 8<<10 {
			t.Skip()
		}
		doc, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
		if err != nil {
			t.Skip()
		}
		began := time.Now()
		RemoveHidden(doc)
		got := render.Text(doc)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if utf8.ValidString(page) && !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		if len(got) > 20*len(page)+1000 {
			t.Errorf("%d bytes of text from %d", len(got), len(page))
		}
	})
}

// Any style sheet is read in bounded time, and the rules that it has can be asked of any element.
func FuzzSheet(f *testing.F) {
	for _, seed := range []string{
		`.a,#b>c{color:red;.d &{left:-9px!important}@media(min-width:1px){top:calc(1px + (2em*3))}}`,
		`@layer x,y.z;@layer y{@supports not (a:b){:is(.a,[b^="c" i]):not(d:nth-child(2n+1)){all:unset}}}`,
		`@import url("data:text/css;base64,LmF7fQ==") layer(x) supports(a:b) screen;@keyframes k{to{opacity:0}}`,
		`:root{--a:var(--b,var(--c));--b:{}}p{color:color-mix(in srgb,hsl(1turn 0% 0%/.5) 3%,#1234);animation:k 1s both}`,
		`p{clip-path:polygon(0 0,1% 1%);mask:linear-gradient(#0000,red) 0/0 0;transform:matrix(1,0,0,0,1,1) rotate3d(1,0,0,1rad)}`,
		`.\31 \000061{dis\70lay:n\6fne}div:has(> .a ~ b)::before{}@scope (.a) to (.b){:scope p{font:0/0 a}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		if len(sheet) > 4<<10 {
			t.Skip()
		}
		doc := parse(t, `<p id=b class="a d">x<b data-b=c>y</b><c></c><details><summary>s</summary>t</details>`)
		rules := newRuleSet()
		(&sheetReader{rules: rules}).read(sheet, context{})
		c := newCascade(doc, rules)
		outer := page()
		c.read(doc, &outer)
		// A selector may be longer than is read; that is bounded too.
		if c.match.steps < 0 || len(rules.rules) >= maxRules {
			t.Errorf("%d rules take all steps", len(rules.rules))
		}
	})
}
