package render

import "testing"

func checkFragments(t *testing.T, cases [][2]string) {
	t.Helper()
	for _, c := range cases {
		if got := Fragment(c[0]); got != c[1] {
			t.Errorf("%s\ngives %q\nwant  %q", c[0], got, c[1])
		}
	}
}

func TestPowersAndIndicesAreTold(t *testing.T) {
	checkFragments(t, [][2]string{
		{"10<sup>9</sup> keys", "10^9 keys"},
		{"2<sup>32</sup>.", "2^32."},
		{"10<sup>-3</sup> s", "10^-3 s"},
		{"10<sup>−3</sup> s", "10^-3 s"},
		{"10 <sup>6</sup> rows", "10 [6] rows"},
		{"100<sup> 2 </sup> leaves", "100^2 leaves"},
		{"x<sup>n+1</sup>", "x^{n+1}"},
		{"x<sup>n</sup> and e<sup>x</sup>", "x^n and e^x"},
		{"2<sup>n</sup>m", "2^{n}m"},
		{"2<sup>3</sup>4", "2^{3}4"},
		{"x<sup>2</sup>y", "x^2y"},
		{"(a+b)<sup>2</sup>", "(a+b)^2"},
		{"5 m<sup>2</sup>, 3 km<sup>3</sup>", "5 m^2, 3 km^3"},
		{"9.8 m s<sup>-2</sup>", "9.8 m s^-2"},
		{"1.5<sup>0.5</sup> and 3<sup>1/2</sup>", "1.5^0.5 and 3^1/2"},
		{"O(n<sup>2</sup>)", "O(n^2)"},
		{"O(n<sup>log n</sup>)", "O(n^{log n})"},
		{"CO<sub>2</sub> and H<sub>2</sub>O", "CO_2 and H_2O"},
		{"x<sub>i</sub> x<sub>i+1</sub> log<sub>2</sub> n", "x_i x_{i+1} log_2 n"},
		{"x<sub>i</sub><sup>2</sup>", "x_i^2"},
		{"SO<sub>4</sub><sup>2-</sup> and Ca<sup>2+</sup>", "SO_4^{2-} and Ca^{2+}"},
		{"<sup>14</sup>C", "[14]C"},
		{"T<sub>max</sub> and Q<sub>in</sub>", "T_max and Q_in"},
		{"10<b><sup>9</sup></b>", "10^9"},
		{"10<sup><b>9</b></sup>", "10^9"},
		{`10<span style="vertical-align: super; font-size:70%">9</span>`, "10^9"},
		{`CO<span style="vertical-align:sub">2</span>`, "CO_2"},
		{"<td>10<sup>9</sup></td>", "10^9"},
		{"<table><tr><th>n<th>2<sup>n</sup><tr><td>10<td>10<sup>3</sup></table>", "| n | 2^n |\n| 10 | 10^3 |"},
		{"<h2>E = mc<sup>2</sup></h2>", "## E = mc^2"},
		{"<code>x<sup>2</sup></code>", "`x^2`"},
		{"<ul><li>10<sup>9</sup> keys</ul>", "- 10^9 keys"},
		{"meters<sup>2</sup>", "meters^2"},
	})
}

func TestNotesAreNoPowers(t *testing.T) {
	checkFragments(t, [][2]string{
		{`in memory.<sup><a href="/notes#fn1">12</a></sup> The`, "in memory.[12] The"},
		{"in 2027.<sup>[3]</sup>", "in 2027.[3]"},
		{"the method<sup>1</sup> is", "the method[1] is"},
		{"the method<sup>1,2</sup> is", "the method[1,2] is"},
		{"the end.<sup>4</sup>", "the end.[4]"},
		{"“quoted”<sup>4</sup>", "“quoted”[4]"},
		{"Foo<sup>™</sup> Bar<sup>TM</sup> Baz<sup>®</sup>", "Foo™ Bar™ Baz®"},
		{"price<sup>*</sup>", "price*"},
		{"price<sup>†</sup>", "price†"},
		{"21<sup>st</sup> 2<sup>nd</sup> 3<sup>rd</sup> 4<sup>th</sup> n<sup>th</sup>", "21st 2nd 3rd 4th nth"},
		{"1<sup>er</sup> XIX<sup>e</sup> 2<sup>e</sup> 3<sup>ème</sup>", "1er XIXe 2e 3ème"},
		{"1<sup>º</sup> 2<sup>ª</sup> M<sup>me</sup> n<sup>o</sup> 5", "1º 2ª Mme no 5"},
		{"<sup>1</sup>/<sub>2</sub> cup", "1/2 cup"},
		{"3<sup>1</sup>⁄<sub>2</sub> cups", "3 1⁄2 cups"},
		{"Feature<sup>beta</sup> is", "Feature beta is"},
		{"All<sup>with some words that only look small and go on</sup> text", "All with some words that only look small and go on text"},
		{"<sup></sup>a<sub> </sub>b", "a b"},
		{"2048<sup>2</sup> pixels", "2048^2 pixels"},
		{"20 °C<sup>2</sup>", "20 °C^2"},
		{"in 2027<sup>3</sup> and 45%<sup>1</sup>", "in 2027[3] and 45%[1]"},
		{"only $5<sup>99</sup> or €1,299<sup>00</sup>", "only $5.99 or €1,299.00"},
		{"10<sup>9 </sup>keys", "10^9 keys"},
	})
}

func TestMarksThatLeadToANoteVanish(t *testing.T) {
	wikipedia := `<sup id="cite_ref-1" class="reference"><a href="#cite_note-1"><span class="cite-bracket">[</span>1<span class="cite-bracket">]</span></a></sup>`
	checkFragments(t, [][2]string{
		{"the manifesto," + wikipedia + " and in 1994" + wikipedia + wikipedia + " it", "the manifesto, and in 1994 it"},
		{`the manifesto.<sup class="reference"><a href="#cite_note-2">[note 2]</a></sup> It`, "the manifesto. It"},
		{`costs 5<sup id="fnref:1"><a href="#fn:1" class="footnote-ref">2</a></sup> dollars`, "costs 5 dollars"},
		{`in memory.<sup><a href="#fn1">12</a></sup> The`, "in memory. The"},
		{`in memory.<sup><a href="#fn1">12</a></sup>The`, "in memory. The"},
		{`memory<sup><a href="#a">†</a></sup>, memory<sup><a href="#b">[b]</a></sup>`, "memory, memory"},
		{`by pandoc<a href="#fn1" class="footnote-ref" id="fnref1" role="doc-noteref"><sup>1</sup></a>.`, "by pandoc."},
		{`by an old one<a href="#fn1"><sup>1</sup></a>.`, "by an old one."},
		{`of GitHub<sup><a href="#user-content-fn-1" data-footnote-ref aria-describedby="footnote-label">1</a></sup>.`, "of GitHub."},
		{`on a line <a role="doc-noteref" href="#n3">[3]</a> of its`, "on a line of its"},
		{`in a book<a epub:type="noteref" href="#n3">3</a>.`, "in a book."},
		{`Feature<sup><a href="#beta">beta</a></sup> is x<sup><a href="/n">n</a></sup>`, "Feature[beta] is x[n]"},
		{`see <a href="#fn1">1</a> and <a href="#top">[top]</a>`, "see 1 and [top]"},
	})
}

func TestElementsWithinALineStayThere(t *testing.T) {
	checkFragments(t, [][2]string{
		{`due on <time datetime="2026-10-06">6 October 2026</time> in Berlin`, "due on 6 October 2026 in Berlin"},
		{"Press <kbd>Ctrl</kbd>+<kbd>K</kbd> and choose <label>Run now</label> in the list, then the <button>Done</button> sign", "Press Ctrl+K and choose Run now in the list, then the Done sign"},
		{`<data value="5">five</data> of <output>6</output> and <meter value=0.6>60%</meter>, <progress max=2>half</progress>`, "five of 6 and 60%, half"},
		{"<abbr title=x>HTML</abbr>, <mark>marked</mark>, <bdi>b</bdi>, <dfn>d</dfn><var>v</var>", "HTML, marked, b, dv"},
		{"<b>a</b>b<i>c</i><em>d</em><span>e</span><font color=red>f</font><u>g</u><big>h</big>", "abcdefgh"},
		{"he said <q>yes <q> no</q> </q>.", `he said "yes "no"" .`},
		{"empty <q> </q>quote", "empty quote"},
		{"long<wbr>word co&shy;operate <nobr>no break</nobr>", "longword cooperate no break"},
		{"<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>へ", "東京へ"},
		{"<p>Click <img src=gear.png alt='gear icon'> to <svg><title>x</title><path/></svg>go.</p>", "Click to go."},
		{`fun <img class="emoji" alt="🎉" src=x> time <img class=wp-smiley alt=":)">`, "fun 🎉 time"},
		{"<my-link>a</my-link><my-link>b</my-link>", "ab"},
		{"x<my-card><p>a</p></my-card>y<my-card><div>b</div></my-card>", "x\n\na\n\ny\n\nb"},
		{"a<my-card>b<p>c</p>d</my-card>e", "a\n\nb\n\nc\n\nd\n\ne"},
		{`<span style="display:block">a</span><span style="display: block">b</span>`, "a\nb"},
		{`<div style="display:inline">a</div><div style="display:inline-block">b</div>`, "ab"},
		{"<details><summary>More</summary>Hidden text</details>", "More\n\nHidden text"},
		{"<select><option>1.0<option selected>2.0</select> docs", "2.0 docs"},
		{"<button>a</button><button>b</button>", "a b"},
		{"<p>a</p>b<p>c</p>d<div>e</div><section>f</section>g", "a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng"},
		{"<video>Your browser cannot.</video><audio>x</audio><canvas>y</canvas>z", "z"},
		{`<p>line one
line two</p><p style="white-space: pre-line">line three
line four</p><p class="whitespace-pre-wrap">five

six</p>`, "line one line two\n\nline three\nline four\n\nfive\n\nsix"},
		{"a<hr>b", "a\n\nb"},
		{"a<!-- c -->b", "ab"},
		{"<label>Name</label><input value=x><label>Mail</label>", "Name Mail"},
		{"a&nbsp;b", "a b"},
		{"a<br>b<br><br>c<br> <br/>d", "a\nb\n\nc\n\nd"},
	})
}

func TestWhatIsStruckOutIsLeftOut(t *testing.T) {
	checkFragments(t, [][2]string{
		{"costs <s>$49</s> $29", "costs $29"},
		{"costs <del>$49</del> <ins>$29</ins>", "costs $29"},
		{"costs <strike>$49</strike> $29", "costs $29"},
		{`costs <span style="text-decoration: line-through">$49</span> $29`, "costs $29"},
		{`costs <span style="color:red;text-decoration-line:line-through">$49</span> $29`, "costs $29"},
		{`costs <span class="price line-through">$49</span> $29`, "costs $29"},
		{`costs <span style="text-decoration:underline">$49</span>`, "costs $49"},
		{`a <span class="timeline-through">b</span>`, "a b"},
		{"<p><del>All of it.</del></p><p>Rest</p>", "Rest"},
		{"<ul><li><s>done</s><li>open</ul>", "- open"},
		{"<pre><del>-old</del>\n<ins>+new</ins></pre>", "```\n-old\n+new\n```"},
	})
}

func TestHeadingsHaveNoMarksOfTheirAddress(t *testing.T) {
	checkFragments(t, [][2]string{
		{`<h2 id=a>Install<a class="headerlink" href="#a" title="Permalink to this heading">¶</a></h2>`, "## Install"},
		{`<h2><a class="anchor" href="#a" aria-hidden="true"><svg class="octicon"><path/></svg></a>Install</h2>`, "## Install"},
		{`<h2>Install<a href="#a" class="hash-link" aria-label="Direct link to Install">` + "\u200b" + `</a></h2>`, "## Install"},
		{`<h2><a href="#a">#</a> Install</h2>`, "## Install"},
		{`<h2>Install <a class="anchor" href="/x#a">🔗</a></h2>`, "## Install"},
		{`<h3 id="x">Install <a href="#x" class="header-anchor" aria-label="Permalink to &quot;Install&quot;">Permalink</a></h3>`, "### Install"},
		{`<h2><a href="#a">Install</a></h2>`, "## Install"},
		{`<h2><a href="#a">Permalink</a></h2>`, "## Permalink"},
		{`<h2><span class="mw-headline" id="H">History</span><span class="mw-editsection"><span>[</span><a href="/e">edit</a><span>]</span></span></h2>`, "## History"},
		{`<dt id="f"><code>f(x)</code><a class="headerlink" href="#f">¶</a></dt><dd>Does it.</dd>`, "`f(x)`\nDoes it."},
		{`<li id="fn1">A note. <a href="#fnref1" class="footnote-back">↩︎</a></li>`, "- A note."},
		{`use <a href="#c">C#</a> or <a href="#">#1</a>`, "use C# or #1"},
		{`<ul><li><h3>Title</h3><p>Text</p></li></ul>`, "- ### Title\n\n  Text"},
		{`<h2><button>Question?</button></h2><div>Answer.</div>`, "## Question?\n\nAnswer."},
	})
}
