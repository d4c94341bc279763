package render

import (
	"strings"
	"testing"
	"time"
)

func TestListsKeepWhatIsInThem(t *testing.T) {
	checkFragments(t, [][2]string{
		{`<ul><li><a name="l1"></a>First set <code>A=1</code> and then <code>B=2</code> in the file.</li><li><a id="l2"></a>Never set <code>B</code> before.</li></ul>`,
			"- First set `A=1` and then `B=2` in the file.\n- Never set `B` before."},
		{"<ol><li>Run<pre>a\nb</pre>then<li>c</ol>", "1. Run\n\n```\na\nb\n```\n\n   then\n2. c"},
		{"<ul><li><pre>a\nb</pre><li>c</ul>", "-\n\n```\na\nb\n```\n\n- c"},
		{"<ol><li><figure><pre><code>a\n  b</code></pre></figure></ol>", "1.\n\n```\na\n  b\n```"},
		{"<ol><li>a<li value=5>b<li>c</ol>", "1. a\n5. b\n6. c"},
		{"<ol><li><li>b</ol>", "2. b"},
		{`<ul class="contains-task-list"><li class="task-list-item"><input type="checkbox" disabled checked> Done<li><input type=checkbox> Open</ul>`, "- [x] Done\n- [ ] Open"},
		{"<ul><li><label><input type=checkbox checked>Done</label></ul>", "- [x] Done"},
		{"<ul><li>a<ul><li>b<ul><li>c</ul></ul><li>d</ul>", "- a\n  - b\n    - c\n- d"},
		{"<ul><li><ul><li>x</ul></ul>", "- - x"},
		{"<dl><dt>a<dt>b<dd>c<dd>d<dt>e<dd><p>f</dl>", "a\nb\nc\nd\n\ne\n\nf"},
		{"<dl><div><dt>a</dt><dd>b</dd></div><div><dt>c</dt><dd>d</dd></div></dl>", "a\nb\n\nc\nd"},
		{"<ul><li><p>a</p><li><div>b</div><p>c</p></ul>", "- a\n\n- b\n\n  c"},
		{"<menu><li>a</menu>", "- a"},
		{"<ul><li></li><li> <li><img></ul>x", "x"},
	})
}

func TestTablesKeepTheirCells(t *testing.T) {
	checkFragments(t, [][2]string{
		{"<table><tr><td>Mon<td><ul><li>10:00 - 20:00</li><li>closed for lunch</li></ul><tr><td>Tue<td><ul><li>12:00 - 18:00</ul></table>",
			"| Mon | 10:00 - 20:00; closed for lunch |\n| Tue | 12:00 - 18:00 |"},
		{"<table><tr><td>a<br>b<td><p>c</p><p>d</p></table>", "| a b | c d |"},
		{"<table><tr><td><code>go  build</code><td><pre>go test</pre></table>", "| `go build` | `go test` |"},
		{"<table><tr><th>old<th>new<tr><td><pre>a\nb</pre><td><pre>c\nd</pre></table>", "| old | new |\n\n```\na\nb\n```\n\n```\nc\nd\n```"},
		{"<table><caption>Prices</caption><tr><td>a<td>b</table>", "Prices\n\n| a | b |"},
		{"<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e</table>", "| a | b |\n| a | c |\n| d | e |"},
		{"<table><tr><th>Plan<th colspan=2>Price<tr><td>x<td>1<td>2</table>", "| Plan | Price |\n| x | 1 | 2 |"},
		{"<table><tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e</table>", "| a |  | b |\n| c | d | e |"},
		{"<table><tr><td rowspan=999999999>a<td>b</table>", "| a | b |"},
		{"<table><thead><tr><th>a<th>b<tbody><tr><td>c<td>d<tfoot><tr><td>e<td>f</table>", "| a | b |\n| c | d |\n| e | f |"},
		{"<table><tr><th>Speed<td>5 <s>4</s> GB/s<tr><th>Size<td>10<sup>3</sup></table>", "| Speed | 5 GB/s |\n| Size | 10^3 |"},
		{"<table><tr><td>a<tr><td>b</table>", "a\nb"},
		{"<table><tr><td>1.<td>Title<table><tr><td>x</table></table>", "1.\n\nTitle\n\nx"},
		{`<div role="table"><div role="row"><span role="columnheader">a</span><span role="columnheader">b</span></div><div role="row"><span role="cell">c</span><span role="cell">d</span></div></div>`, "| a | b |\n| c | d |"},
		{`<div role=grid><div role=rowgroup><div role=row><div role=gridcell>c</div><div role=gridcell>d</div></div></div></div>`, "| c | d |"},
		{`<div style="display:table"><div style="display:table-row"><div style="display:table-cell">a</div><div style="display:table-cell">b</div></div></div>`, "| a | b |"},
		{`<div class="divTable"><div class="divTableBody"><div class="divTableRow"><div class="divTableCell">a</div><div class="divTableCell">b</div></div></div></div>`, "| a | b |"},
		{`<div class="table"><p>a</p><p>b</p></div>`, "a\n\nb"},
		{"<table><tr><td><b>a</b>b<td>c</table>", "| ab | c |"},
		{"<table><tr><td><h3>a</h3>b<td>c</table>", "| a b | c |"},
		{"<table><tr><td><input type=checkbox checked>on<td>c</table>", "| on | c |"},
		{"<table><tr><td>a:<ul><li>b.<li>c</ul>d<td>e</table>", "| a: b. c; d | e |"},
	})
}

func TestLayoutIsNoTable(t *testing.T) {
	long := strings.Repeat("word ", 300)
	got := Fragment("<table><tr><td>Menu</td><td><p>" + long + "</p></td></tr></table>")
	if strings.Contains(got, "|") || !strings.HasPrefix(got, "Menu\n\nword word") {
		t.Errorf("got %.80q", got)
	}
}

// Tables in tables and headings in headings must not be read once for each that is around them.
func TestNestingTakesLinearTime(t *testing.T) {
	inner := strings.Repeat("<p>word <b>word</b></p>", 4000)
	columns := strings.Repeat("<td colspan=50 rowspan=50>", 200)
	if in := "<table><tr>" + columns + "a" + strings.Repeat("<tr><td>b", 2000); len(Fragment(in)) > 10*len(in) {
		t.Errorf("%d bytes of text from %d", len(Fragment(in)), len(in))
	}
	for name, in := range map[string]string{
		"tables":   strings.Repeat("<table><tr><td>a<td>", 120) + inner,
		"lists":    strings.Repeat("<ul><li>", 200) + inner,
		"spans":    strings.Repeat("<span class=katex>", 400) + inner,
		"headings": strings.Repeat("<div role=table><div role=row><div role=cell>", 130) + inner,
		"code":     strings.Repeat("<code>", 400) + inner,
		"pre":      strings.Repeat("<div class=cm-content>", 400) + inner,
		"sup":      strings.Repeat("<span style='vertical-align:super'>", 400) + inner,
		"pres":     strings.Repeat("<pre>a</pre>", 5000),
		"custom":   strings.Repeat("<x-y>", 400) + inner,
		"breaks":   strings.Repeat("<br> ", 20000),
		"buttons":  "<p>" + strings.Repeat("<button>a b c</button>", 10000),
		"digits":   strings.Repeat("<pre class=gutter>1</pre>", 5000),
	} {
		began := time.Now()
		got := Fragment(in)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v, %d bytes", name, took.Round(time.Millisecond), len(got))
		}
	}
}
