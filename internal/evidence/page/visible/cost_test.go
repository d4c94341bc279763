package visible

import (
	"strconv"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// A page's style sheets cost no more than a bounded number of comparisons, whatever they ask for, and what they don't
// reach is judged by its words.
func TestStyleSheetsThatAreDearAreBounded(t *testing.T) {
	deep := strings.Repeat("<div>", 200)
	for name, page := range map[string]string{
		"many ancestors": "<style>" + strings.Repeat("div div div div div div div div div x{color:red}", 200) + "</style>" + deep + strings.Repeat("<x>a</x>", 300),
		"universal":      "<style>" + strings.Repeat("*:nth-child(2n+1){opacity:0}", 3000) + "</style>" + strings.Repeat("<i>a</i>", 5000),
		"has":            "<style>" + strings.Repeat("div:has(a b c d){display:none}", 300) + "</style>" + deep + strings.Repeat("<a><b><c>x</c></b></a>", 500),
		"nested":         "<style>" + strings.Repeat(".a,.b,.c,.d{", 12) + "color:red" + strings.Repeat("}", 12) + "</style><p class=a>x",
		"variables":      "<style>:root{--a0:none;" + chain(300) + "}p{display:var(--a299)}</style>" + strings.Repeat("<p>x", 500),
		"doubling":       "<style>:root{--a0:none;" + chain(60) + "}p{color:var(--a59)}</style>" + strings.Repeat("<p>x", 500),
		"empty at last": "<style>:root{--a:" + many("b") + "--b:" + many("c") + "--c:" + many("d") + "--d:" + many("e") + "--e:;}p{left:var(--a)}</style>" +
			strings.Repeat("<p>x", 9000),
		"calculations":  "<style>p{left:" + strings.Repeat("calc(1px + ", 300) + "1" + strings.Repeat(")", 300) + "}</style><p>x",
		"declarations":  "<style>p{" + strings.Repeat("left:-9px;", 20_000) + "}</style><p>x",
		"open brackets": "<style>" + strings.Repeat("p:not(", 20_000) + "</style><p>x",
		"open blocks":   "<style>" + strings.Repeat("p{", 20_000) + "</style><p>x",
	} {
		doc := parse(t, page+"<p>"+injected+"</p><p>"+plain+"</p>")
		s := newSurvey(doc, attachShadows(doc))
		if len(s.rules.rules) > maxRules || s.styles.match.steps > maxSteps {
			t.Errorf("%s: %d rules", name, len(s.rules.rules))
		}
		t.Logf("%s: %d rules, %d steps left", name, len(s.rules.rules), s.styles.match.steps)
	}
}

// Animations count for what elements take of them, and those of many frames are not read whole.
func TestAnimationsThatAreDearAreBounded(t *testing.T) {
	frame := "0%{color:red;top:1px;left:2px;right:3px;bottom:4px;width:5px}"
	for name, sheet := range map[string]string{
		"many of one element": "@keyframes a{" + strings.Repeat(frame, maxFrames) + "}p{animation:a 1s paused" + strings.Repeat(",a 1s paused", 300) + "}",
		"times":               "@keyframes a{" + strings.Repeat("0%,", 80_000) + frame + "}",
		"frames":              "@keyframes a{" + strings.Repeat(frame, maxFrames+1) + "}",
		"declarations":        "@keyframes a{to{" + declarations(maxDeclarations+1) + "}}",
	} {
		doc := parse(t, "<style>"+sheet+"</style>"+strings.Repeat("<p>x", 50)+"<p>"+injected)
		if s := newSurvey(doc, attachShadows(doc)); !s.styles.exhausted() {
			t.Errorf("%s: %d steps are left", name, s.styles.match.steps)
		}
	}
	doc := parse(t, "<style>@keyframes a{"+strings.Repeat(frame, maxFrames)+"}p{animation:a 1s paused}</style>"+strings.Repeat("<p>x", 50))
	if s := newSurvey(doc, attachShadows(doc)); s.styles.exhausted() || len(s.rules.animations["a"].frames) != maxFrames {
		t.Errorf("%d frames, %d steps are left", len(s.rules.animations["a"].frames), s.styles.match.steps)
	}
}

// Long values are read up to a bound over all elements; where they are left out, the words decide.
func TestLongValuesOfManyElementsAreBounded(t *testing.T) {
	value := strings.Repeat("translate(1px) ", 250)
	doc := parse(t, "<style>i{transform:"+value+"}</style>"+strings.Repeat("<i>x</i>", maxLongValues/len(value)+9)+"<p>"+plain+"</p><i>"+injected+"</i>")
	s := newSurvey(doc, attachShadows(doc))
	if s.rules.long >= 0 || s.rules.long < -20*len(value) {
		t.Errorf("%d bytes are left", s.rules.long)
	}
	RemoveHidden(doc)
	if got := tree.Text(doc); strings.Contains(got, injected) || !strings.Contains(got, plain) {
		t.Error("the words did not decide")
	}
}

// A long value counts as often as something is put into it, whatever becomes of it in the end.
func TestLongValuesCountAsOftenAsTheyAreRead(t *testing.T) {
	value := strings.Repeat("if(media(width:1px):1;else:2) ", 120)
	for name, piece := range map[string]string{
		"in a rule":       "<style>i{left:" + value + "}</style>" + strings.Repeat("<i>x</i>", 200),
		"in attributes":   strings.Repeat("<i style='left:"+value+"'>x</i>", 200),
		"of rules":        "<style>" + strings.Repeat("i{left:"+value+"}", 200) + "</style><i>x</i>",
		"within another":  "<style>i{left:" + strings.Repeat("if(else:", 60) + strings.Repeat("1px ", 800) + strings.Repeat(")", 60) + "}</style>" + strings.Repeat("<i>x</i>", 200),
		"behind a name":   "<style>:root{--a:" + value + "}i{left:var(--a)}</style>" + strings.Repeat("<i>x</i>", 200),
		"of an attribute": "<style>i{left:attr(a type(*))" + strings.Repeat(" 1px", 500) + "}</style>" + strings.Repeat("<i a='"+value+"'>x</i>", 200),
	} {
		doc := parse(t, piece)
		if s := newSurvey(doc, attachShadows(doc)); s.rules.long >= 0 {
			t.Errorf("%s: %d bytes are left", name, s.rules.long)
		}
	}
}

// A class is looked for in a time that counts, among as many as an element has.
func TestClassesOfOneElementCount(t *testing.T) {
	var sheet, classes strings.Builder
	for i := range 4000 {
		n := strconv.Itoa(i)
		sheet.WriteString(".c" + n + "{opacity:1}")
		classes.WriteString("c" + n + " ")
	}
	doc := parse(t, "<style>"+sheet.String()+"</style>"+strings.Repeat("<i class='"+classes.String()+"'>x</i>", 5))
	s := newSurvey(doc, attachShadows(doc))
	if least := 5 * 4000 * classes.Len() / bytesPerStep; s.styles.match.steps > maxSteps-least {
		t.Errorf("%d steps are left", s.styles.match.steps)
	}
}

// declarations are so many that differ.
func declarations(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("--a" + strconv.Itoa(i) + ":1;")
	}
	return b.String()
}

// chain are custom properties that each refer to the one before.
func chain(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		b.WriteString("--a")
		b.WriteString(strconv.Itoa(i))
		b.WriteString(":var(--a")
		b.WriteString(strconv.Itoa(i - 1))
		b.WriteString(") var(--a")
		b.WriteString(strconv.Itoa(i - 1))
		b.WriteString(");")
	}
	return b.String()
}

// many is a value that asks for a custom property ninety times.
func many(name string) string { return strings.Repeat("var(--"+name+")", 90) + ";" }

// What stands behind much that may be hidden is still asked whether it speaks to machines: a page of 3,000 short
// paragraphs, or of 2 MB, had an order that it hid read.
func TestOrdersAreFoundBeyondTheBoundsOfTheSearch(t *testing.T) {
	for name, used := range map[string]func(*survey){
		"of elements": func(s *survey) { s.looked = maxLooked },
		"of text":     func(s *survey) { s.search.read = maxSearched },
	} {
		doc := parse(t, "<p>"+plain+"<details><summary>More</summary><p>"+injected+"</p><div>"+injected+"<p>more</div><p>"+plain+"</details>")
		s := newSurvey(doc, attachShadows(doc))
		used(s)
		s.measure(doc, -1)
		s.decide(doc)
		s.remove(doc)
		if got := render.Text(doc); strings.Contains(got, injected) || strings.Count(got, plain) != 2 {
			t.Errorf("beyond that %s: %s", name, got)
		}
	}
}
