package render

import (
	"strings"
	"testing"
)

// The markup is that of the named tools, shortened.
func TestListingsKeepTheirLines(t *testing.T) {
	const want = "func f(k int) int {\n    return k % 3\n}"
	for name, in := range map[string]string{
		"a figure":    "<figure><pre><code>func f(k int) int {\n    return k % 3\n}</code></pre></figure>",
		"no code":     "<pre>func f(k int) int {\n\treturn k % 3\n}\n</pre>",
		"line breaks": "<pre>func f(k int) int {<br>&nbsp;&nbsp;&nbsp;&nbsp;return k % 3<br />}<br></pre>",
		"Medium": `<pre class="pw"><span id="3f5c" class="qs" data-selectable-paragraph=""><span class="hljs-keyword">func</span> f(k int) int {<br/>    ` +
			`<span class="hljs-keyword">return</span> k % 3<br/>}</span></pre>`,
		"pandoc": `<div class="sourceCode" id="cb1"><pre class="sourceCode go"><code class="sourceCode go"><span id="cb1-1"><a href="#cb1-1" ` +
			`aria-hidden="true" tabindex="-1"></a><span class="kw">func</span> f(k <span class="dt">int</span>) <span class="dt">int</span> {</span>` + "\n" +
			`<span id="cb1-2"><a href="#cb1-2" aria-hidden="true" tabindex="-1"></a>    <span class="cf">return</span> k % <span class="dv">3</span></span>` + "\n" +
			`<span id="cb1-3"><a href="#cb1-3" aria-hidden="true" tabindex="-1"></a>}</span></code></pre></div>`,
		"Chroma table": `<div class="highlight"><div class="chroma"><table class="lntable"><tr><td class="lntd"><pre tabindex="0" class="chroma"><code><span class="lnt">1` + "\n" +
			`</span><span class="lnt">2` + "\n" + `</span><span class="lnt">3` + "\n" + `</span></code></pre></td><td class="lntd"><pre tabindex="0" class="chroma"><code class="language-go" data-lang="go">` +
			`<span class="line"><span class="cl"><span class="kd">func</span> f(k int) int {` + "\n" + `</span></span><span class="line"><span class="cl">    return k % 3` + "\n" +
			`</span></span><span class="line"><span class="cl">}` + "\n" + `</span></span></code></pre></td></tr></table></div></div>`,
		"Chroma inline numbers": `<pre class="chroma"><code><span class="line"><span class="ln">1</span><span class="cl">func f(k int) int {` + "\n" +
			`</span></span><span class="line"><span class="ln">2</span><span class="cl">    return k % 3` + "\n" + `</span></span><span class="line"><span class="ln">3</span><span class="cl">}` + "\n</span></span></code></pre>",
		"Chroma linked numbers": `<pre class="chroma"><code><span class="line"><a class="lnlinks" href="#hl-0-1">1</a><span class="cl">func f(k int) int {` + "\n" +
			`</span></span><span class="line"><a class="lnlinks" href="#hl-0-2">2</a><span class="cl">    return k % 3` + "\n" + `</span></span><span class="line"><a class="lnlinks" href="#hl-0-3">3</a><span class="cl">}` + "\n</span></span></code></pre>",
		"Hexo": `<figure class="highlight go"><table><tr><td class="gutter"><pre><span class="line">1</span><br><span class="line">2</span><br><span class="line">3</span><br></pre></td>` +
			`<td class="code"><pre><span class="line"><span class="keyword">func</span> f(k int) int {</span><br><span class="line">    return k % 3</span><br><span class="line">}</span><br></pre></td></tr></table></figure>`,
		"Rouge": `<div class="language-go highlighter-rouge"><div class="highlight"><pre class="highlight"><code><table class="rouge-table"><tbody><tr><td class="rouge-gutter gl"><pre class="lineno">1` + "\n2\n3\n" +
			`</pre></td><td class="rouge-code"><pre><span class="k">func</span> f(k int) int {` + "\n    return k % 3\n}\n</pre></td></tr></tbody></table></code></pre></div></div>",
		"Rouge without a pre around": `<figure class="highlight"><pre><code class="language-go" data-lang="go"><table class="rouge-table"><tbody><tr><td class="gutter gl"><pre class="lineno">1` + "\n2\n3\n" +
			`</pre></td><td class="code"><pre>func f(k int) int {` + "\n    return k % 3\n}\n</pre></td></tr></tbody></table></code></pre></figure>",
		"Sphinx": `<div class="highlight-go notranslate"><table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>1` + "\n2\n3</pre></div></td>" +
			`<td class="code"><div class="highlight"><pre><span></span><span class="kd">func</span> f(k int) int {` + "\n    return k % 3\n}\n</pre></div></td></tr></table></div>",
		"Sphinx 4 inline": `<div class="highlight"><pre><span></span><span class="linenos">1</span><span class="kd">func</span> f(k int) int {` + "\n" +
			`<span class="linenos">2</span>    return k % 3` + "\n" + `<span class="linenos">3</span>}` + "\n</pre></div>",
		"mkdocs-material": `<div class="highlight"><table class="highlighttable"><tr><th colspan="2" class="filename"><span class="filename">f.go</span></th></tr><tr><td class="linenos"><div class="linenodiv"><pre><span></span><span class="normal"><a href="#__codelineno-0-1">1</a></span>` + "\n" +
			`<span class="normal"><a href="#__codelineno-0-2">2</a></span>` + "\n" + `<span class="normal"><a href="#__codelineno-0-3">3</a></span></pre></div></td><td class="code"><div><pre><span></span><code><a id="__codelineno-0-1" name="__codelineno-0-1"></a>func f(k int) int {` + "\n" +
			`<a id="__codelineno-0-2" name="__codelineno-0-2"></a>    return k % 3` + "\n" + `<a id="__codelineno-0-3" name="__codelineno-0-3"></a>}` + "\n</code></pre></div></td></tr></table></div>",
		"Docusaurus": `<div class="language-go codeBlockContainer_x theme-code-block"><div class="codeBlockContent_y"><pre tabindex="0" class="prism-code language-go"><code class="codeBlockLines_z"><span class="token-line" style="color:#393A34"><span class="token keyword">func</span><span class="token plain"> f(k int) int {</span><br></span>` +
			`<span class="token-line" style="color:#393A34"><span class="token plain">    return k % 3</span><br></span><span class="token-line"><span class="token plain">}</span><br></span></code></pre>` +
			`<div class="buttonGroup"><button type="button" aria-label="Copy code to clipboard" title="Copy"><span aria-hidden="true"><svg><path d="M1"></path></svg></span></button></div></div></div>`,
		"Docusaurus div":                `<pre><code><div class="token-line"><span class="token plain">func f(k int) int {</span></div><div class="token-line"><span>    return k % 3</span></div><div class="token-line"><span>}</span></div></code></pre>`,
		"expressive-code":               `<div class="expressive-code"><figure class="frame"><pre data-language="go"><code><div class="ec-line"><div class="code"><span>func f(k int) int {</span></div></div><div class="ec-line"><div class="code"><span class="indent">    </span><span>return k % 3</span></div></div><div class="ec-line"><div class="code"><span>}</span></div></div></code></pre><div class="copy"><button title="Copy to clipboard" data-code="func"><div></div></button></div></figure></div>`,
		"expressive-code with numbers":  `<pre data-language="go"><code><div class="ec-line"><div class="gutter"><div class="ln" aria-hidden="true">1</div></div><div class="code">func f(k int) int {</div></div><div class="ec-line"><div class="gutter"><div class="ln" aria-hidden="true">2</div></div><div class="code">    return k % 3</div></div><div class="ec-line"><div class="gutter"><div class="ln">3</div></div><div class="code">}</div></div></code></pre>`,
		"Shiki":                         `<pre class="shiki nord" style="background-color:#2e3440ff" tabindex="0"><code><span class="line"><span style="color:#81A1C1">func</span><span> f(k int) int {</span></span>` + "\n" + `<span class="line"><span>    return k % 3</span></span>` + "\n" + `<span class="line"><span>}</span></span></code></pre>`,
		"VitePress":                     `<div class="language-go vp-adaptive-theme line-numbers-mode"><button title="Copy Code" class="copy"></button><span class="lang">go</span><pre class="shiki"><code><span class="line">func f(k int) int {</span>` + "\n" + `<span class="line">    return k % 3</span>` + "\n" + `<span class="line">}</span></code></pre><div class="line-numbers-wrapper" aria-hidden="true"><span class="line-number">1</span><br><span class="line-number">2</span><br><span class="line-number">3</span><br></div></div>`,
		"spans that are lines by style": `<pre><code><span style="display:block">func f(k int) int {</span><span style="display: block;">    return k % 3</span><span style="display:block">}</span></code></pre>`,
		"rehype-pretty-code":            `<figure data-rehype-pretty-code-figure=""><pre><code data-language="go" style="display:grid"><span data-line="">func f(k int) int {</span>` + "\n" + `<span data-line="">    return k % 3</span>` + "\n" + `<span data-line="">}</span></code></pre></figure>`,
		"Prism line numbers":            `<pre class="line-numbers language-go"><code class="language-go">func f(k int) int {` + "\n    return k % 3\n}" + `<span aria-hidden="true" class="line-numbers-rows"><span></span><span></span><span></span></span></code></pre>`,
		"Prism toolbar":                 `<div class="code-toolbar"><pre class="language-go"><code>func f(k int) int {` + "\n    return k % 3\n}" + `</code></pre><div class="toolbar"><div class="toolbar-item"><button>Copy</button></div></div></div>`,
		"prettify":                      `<pre class="prettyprint linenums prettyprinted"><ol class="linenums"><li class="L0"><span class="kwd">func</span><span class="pln"> f(k int) int {</span></li><li class="L1"><span class="pln">    return k % 3</span></li><li class="L2"><span class="pun">}</span></li></ol></pre>`,
		"Crayon": `<div class="crayon-syntax"><div class="crayon-plain-wrap"><textarea class="crayon-plain print-no" readonly>func f(k int) int {` + "\n    return k % 3\n}" + `</textarea></div><div class="crayon-main"><table class="crayon-table"><tr class="crayon-row"><td class="crayon-nums "><div class="crayon-nums-content"><div class="crayon-num" data-line="c-1">1</div><div class="crayon-num crayon-striped-num" data-line="c-2">2</div><div class="crayon-num">3</div></div></td>` +
			`<td class="crayon-code"><div class="crayon-pre"><div class="crayon-line" id="c-1"><span class="crayon-k">func</span> f(k int) int {</div><div class="crayon-line crayon-striped-line" id="c-2">    return k % 3</div><div class="crayon-line" id="c-3">}</div></div></td></tr></table></div></div>`,
		"SyntaxHighlighter": `<div class="syntaxhighlighter java"><table border="0"><tbody><tr><td class="gutter"><div class="line number1 index0 alt2">1</div><div class="line number2 index1 alt1">2</div><div class="line number3 index2 alt2">3</div></td>` +
			`<td class="code"><div class="container"><div class="line number1 index0 alt2"><code class="java keyword">func</code> <code class="java plain">f(k int) int {</code></div><div class="line number2 index1 alt1"><code class="java spaces">&nbsp;&nbsp;&nbsp;&nbsp;</code><code class="java plain">return k % 3</code></div><div class="line number3"><code class="java plain">}</code></div></div></td></tr></tbody></table></div>`,
		"highlight.js numbers":   `<pre><code class="hljs"><table class="hljs-ln"><tbody><tr><td class="hljs-ln-line hljs-ln-numbers" data-line-number="1"><div class="hljs-ln-n" data-line-number="1"></div></td><td class="hljs-ln-line hljs-ln-code" data-line-number="1">func f(k int) int {</td></tr><tr><td class="hljs-ln-line hljs-ln-numbers" data-line-number="2"><div class="hljs-ln-n"></div></td><td class="hljs-ln-line hljs-ln-code" data-line-number="2">    return k % 3</td></tr><tr><td class="hljs-ln-line hljs-ln-numbers" data-line-number="3"></td><td class="hljs-ln-line hljs-ln-code" data-line-number="3">}</td></tr></tbody></table></code></pre>`,
		"CSDN":                   `<pre class="prettyprint"><code class="language-go has-numbering">func f(k int) int {` + "\n    return k % 3\n}" + `<div class="hljs-button signin" data-title="登录后复制"></div></code><ul class="pre-numbering" style=""><li style="color: rgb(153, 153, 153);">1</li><li>2</li><li>3</li></ul></pre>`,
		"cnblogs":                `<div class="cnblogs_code"><pre><span style="color: #008080;">1</span> func f(k int) int {` + "\n" + `<span style="color: #008080;">2</span>     return k % 3` + "\n" + `<span style="color: #008080;">3</span> }</pre></div>`,
		"GitHub blob":            `<table class="highlight tab-size js-file-line-container"><tbody><tr><td id="L1" class="blob-num js-line-number" data-line-number="1"></td><td id="LC1" class="blob-code blob-code-inner js-file-line"><span class="pl-k">func</span> f(k int) int {</td></tr><tr><td id="L2" class="blob-num js-line-number" data-line-number="2"></td><td id="LC2" class="blob-code blob-code-inner js-file-line">    return k % 3</td></tr><tr><td class="blob-num" data-line-number="3"></td><td class="blob-code">}</td></tr></tbody></table>`,
		"Gitea":                  `<table><tbody><tr><td class="lines-num"><span id="L1" data-line-number="1"></span></td><td class="lines-code chroma"><code class="code-inner"><span class="kd">func</span> f(k int) int {</code></td></tr><tr><td class="lines-num"><span id="L2" data-line-number="2"></span></td><td class="lines-code chroma"><code class="code-inner">    return k % 3</code></td></tr><tr><td class="lines-num"><span data-line-number="3"></span></td><td class="lines-code chroma"><code class="code-inner">}</code></td></tr></tbody></table>`,
		"GitLab":                 `<div class="file-content code"><div class="line-numbers"><a class="diff-line-num" data-line-number="1" href="#L1" id="L1">1</a><a href="#L2">2</a><a href="#L3">3</a></div><div class="blob-content"><pre class="code highlight"><code><span id="LC1" class="line" lang="go">func f(k int) int {</span>` + "\n" + `<span id="LC2" class="line" lang="go">    return k % 3</span>` + "\n" + `<span id="LC3" class="line" lang="go">}</span></code></pre></div></div>`,
		"cgit":                   `<table summary="blob content" class="blob"><tr><td class="linenumbers"><pre><a id="n1" href="#n1">1</a>` + "\n" + `<a id="n2" href="#n2">2</a>` + "\n" + `<a id="n3" href="#n3">3</a>` + "\n</pre></td>\n" + `<td class="lines"><pre><code>func f(k int) int {` + "\n    return k % 3\n}\n</code></pre></td></tr></table>",
		"Gitiles":                `<table class="FileContents"><tbody class="prettyprint"><tr class="u-pre u-monospace FileContents-line"><td class="u-lineNum u-noSelect FileContents-lineNum" data-line-number="1"></td><td class="FileContents-lineContents" id="1"><span class="kwd">func</span> f(k int) int {</td></tr><tr class="u-pre"><td class="u-lineNum FileContents-lineNum" data-line-number="2"></td><td class="FileContents-lineContents">    return k % 3</td></tr><tr><td class="FileContents-lineNum" data-line-number="3"></td><td class="FileContents-lineContents">}</td></tr></tbody></table>`,
		"CodeMirror 5":           `<div class="CodeMirror"><div class="CodeMirror-code"><div style="position:relative"><div class="CodeMirror-gutter-wrapper"><div class="CodeMirror-linenumber CodeMirror-gutter-elt">1</div></div><pre class=" CodeMirror-line " role="presentation"><span>func f(k int) int {</span></pre></div><div><div class="CodeMirror-gutter-wrapper"><div class="CodeMirror-linenumber">2</div></div><pre class="CodeMirror-line"><span>    return k % 3</span></pre></div><div><pre class="CodeMirror-line"><span>}</span></pre></div></div></div>`,
		"CodeMirror 6":           `<div class="cm-editor"><div class="cm-scroller"><div class="cm-gutters"><div class="cm-gutter cm-lineNumbers"><div class="cm-gutterElement">1</div><div class="cm-gutterElement">2</div><div class="cm-gutterElement">3</div></div></div><div class="cm-content" role="textbox"><div class="cm-line"><span class="x">func</span> f(k int) int {</div><div class="cm-line">    return k % 3</div><div class="cm-line">}</div></div></div></div>`,
		"Monaco":                 `<div class="view-lines monaco-mouse-cursor-text"><div style="top:0px;height:19px;" class="view-line"><span><span class="mtk6">func</span><span class="mtk1">&nbsp;f(k&nbsp;int)&nbsp;int&nbsp;{</span></span></div><div style="top:19px" class="view-line"><span>&nbsp;&nbsp;&nbsp;&nbsp;return&nbsp;k&nbsp;%&nbsp;3</span></div><div class="view-line"><span>}</span></div></div>`,
		"ACE":                    `<div class="ace_scroller"><div class="ace_layer ace_text-layer"><div class="ace_line"><span class="ace_keyword">func</span> f(k int) int {</div><div class="ace_line">    return k % 3</div><div class="ace_line">}</div></div></div>`,
		"Confluence":             `<div class="code panel pdl"><div class="codeContent panelContent pdl"><pre class="syntaxhighlighter-pre" data-syntaxhighlighter-params="brush: go; gutter: true">func f(k int) int {` + "\n    return k % 3\n}</pre></div></div>",
		"dev.to":                 `<div class="highlight js-code-highlight"><pre class="highlight go"><code><span class="k">func</span> f(k int) int {` + "\n    return k % 3\n}\n\n</code></pre>" + `<div class="highlight__panel js-actions-panel"><div class="highlight__panel-action js-fullscreen-code-action"><svg><title>Enter fullscreen mode</title></svg></div></div></div>`,
		"a frame within the pre": `<pre><div class="bg-black rounded-md"><div class="flex items-center"><span>go</span><button class="flex ml-auto">Copy code</button></div><div class="p-4"><code class="hljs language-go">func f(k int) int {` + "\n    return k % 3\n}\n</code></div></div></pre>",
		"a pre for each line":    "<div><pre>func f(k int) int {</pre><pre>    return k % 3</pre> <pre>}</pre></div>",
		"a listing of old":       "<listing>func f(k int) int {\n    return k % 3\n}</listing>",
		"code of breaks":         "<p><code>func f(k int) int {<br>&nbsp;&nbsp;&nbsp;&nbsp;return k % 3<br>}</code></p>",
		"a field":                "<textarea name=code class='go:nocontrols'>func f(k int) int {\n    return k % 3\n}</textarea>",
		"styled as pre":          `<div style="white-space: pre; font-family: monospace">func f(k int) int {` + "\n    return k % 3\n}</div>",
		"rows that are spans":    `<pre><code><span class="hljs-line" style="display: table-row"><span class="ln-num" style="display:table-cell;user-select:none">1</span><span>func f(k int) int {</span></span><span style="display: table-row"><span style="user-select:none">2</span><span>    return k % 3</span></span><span style="display: table-row"><span style="user-select:none">3</span><span>}</span></span></code></pre>`,
		"react-syntax-highlighter": `<pre style="display:block"><code class="language-go" style="white-space:pre"><span style="display:inline-block;min-width:2.25em" class="linenumber react-syntax-highlighter-line-number">1</span><span class="token">func</span><span> f(k int) int {` + "\n" +
			`</span><span class="linenumber react-syntax-highlighter-line-number">2</span>    return k % 3` + "\n" + `<span class="linenumber react-syntax-highlighter-line-number">3</span><span>}</span></code></pre>`,
		"numbers that are not to be selected": `<pre><code><div class="flex"><span class="w-6 text-right select-none">01</span><span>func f(k int) int {</span></div><div class="flex"><span class="select-none">02</span><span>    return k % 3</span></div><div class="flex"><span class="select-none">03</span><span>}</span></div></code></pre>`,
		"a table made by a script":            `<pre><code><table id="number"><tr><td id="unselect">1</td><td id="select">func f(k int) int {</td></tr><tr><td id="unselect">2</td><td id="select">    return k % 3</td></tr><tr><td id="unselect">3</td><td id="select">}</td></tr></table></code></pre>`,
		"source-highlight":                    "<div class=\"content\"><!-- Generator: GNU source-highlight 3.1.6 -->\n<pre><tt><span style=\"font-weight: bold\">func</span> f(k int) int {\n    return k % 3\n}</tt></pre></div>",
		"spans of a class that says line":     `<pre class="b-pre"><code><span class="b-pre__line">func f(k int) int {</span><span class="b-pre__line">    return k % 3</span><span class="b-pre__line">}</span></code></pre>`,
		"GitBook":                             `<div class="group/codeblock"><button>Copy</button><pre><code id="x" class="inline-grid"><span class="highlight-line"><span class="highlight-line-content"><span>func</span> f(k int) int {</span></span>` + "\n" + `<span class="highlight-line"><span class="highlight-line-content">    return k % 3</span></span>` + "\n" + `<span class="highlight-line"><span class="highlight-line-content">}</span></span></code></pre></div>`,
		"Asciidoctor":                         `<div class="listingblock"><div class="content"><pre class="rouge highlight"><code data-lang="go"><table class="linenotable"><tbody><tr><td class="linenos gl"><pre class="lineno">1` + "\n2\n3\n" + `</pre></td><td class="code"><pre>func f(k int) int {` + "\n    return k % 3\n}\n" + `</pre></td></tr></tbody></table></code></pre></div></div>`,
		"Trac":                                `<table class="code"><thead><tr><th class="lineno" title="Line numbers">Line</th><th class="content"> </th></tr></thead><tbody><tr><th id="L1"><a href="#L1">1</a></th><td>func f(k int) int {</td></tr><tr><th id="L2"><a href="#L2">2</a></th><td>    return k % 3</td></tr><tr><th id="L3"><a href="#L3">3</a></th><td>}</td></tr></tbody></table>`,
		"searchfox":                           `<pre><code><div class="source-line-with-number"><div class="line-number" data-line-number="1"></div><code class="source-line">func f(k int) int {` + "\n" + `</code></div><div class="source-line-with-number"><div class="line-number" data-line-number="2"></div><code class="source-line">    return k % 3` + "\n" + `</code></div><div><code class="source-line">}</code></div></code></pre>`,
		"Zhihu and Juejin":                    `<div class="highlight"><pre><code class="language-go" lang="go"><span class="k">func</span> f(k int) int {` + "\n    return k % 3\n}\n" + `<span class="copy-code-btn">复制代码</span></code></pre></div>`,
		"Juejin's header":                     `<pre><div class="code-block-extension-header"><div class="code-block-extension-lang">go</div><div class="code-block-extension-copyCodeBtn">代码解读</div></div><code class="hljs language-go" lang="go">func f(k int) int {` + "\n    return k % 3\n}\n</code></pre>",
		"mdBook":                              `<pre><div class="buttons"><button class="fa fa-copy clip-button" title="Copy to clipboard" aria-label="Copy to clipboard"></button></div><code class="language-go hljs">func f(k int) int {` + "\n    return k % 3\n}\n</code></pre>",
		"Astro and Starlight title":           `<figure class="frame has-title"><figcaption class="header"><span class="title">f.go</span></figcaption><pre data-language="go"><code><div class="ec-line"><div class="code">func f(k int) int {</div></div><div class="ec-line"><div class="code">    return k % 3</div></div><div class="ec-line"><div class="code">}</div></div></code></pre></figure>`,
		"Stack Overflow":                      `<pre class="lang-go s-code-block"><code class="hljs language-go"><span class="hljs-keyword">func</span> <span class="hljs-title function_">f</span>(k <span class="hljs-type">int</span>) <span class="hljs-type">int</span> {` + "\n" + `    <span class="hljs-keyword">return</span> k % <span class="hljs-number">3</span>` + "\n}\n</code></pre>",
		"Jupyter":                             `<div class="jp-InputArea"><div class="jp-InputPrompt jp-InputArea-prompt">In&nbsp;[1]:</div><div class="jp-CodeMirrorEditor"><div class="cm-editor cm-s-jupyter"><div class="highlight hl-ipython3"><pre><span></span><span class="k">func</span> f(k int) int {` + "\n    return k % 3\n}\n</pre></div></div></div></div>",
		"Google's devsite":                    `<devsite-code><div class="devsite-code-buttons-container"><button>Copy</button></div><pre class="devsite-click-to-copy" translate="no" dir="ltr" is-upgraded syntax="Go"><code translate="no" dir="ltr"><span class="devsite-syntax-kd">func</span> f(k int) int {` + "\n    return k % 3\n}\n</code></pre></devsite-code>",
		"GitHub's markdown":                   `<div class="highlight highlight-source-go notranslate position-relative overflow-auto" dir="auto"><pre><span class="pl-k">func</span> f(k int) int {` + "\n    return k % 3\n}</pre>" + `<div class="zeroclipboard-container"><clipboard-copy aria-label="Copy" class="ClipboardButton btn" value="x"><svg></svg></clipboard-copy></div></div>`,
		"Discourse":                           `<pre class="codeblock-buttons"><div class="codeblock-button-wrapper"><button class="btn nohighlight copy-cmd">Copy</button></div><code class="hljs language-go">func f(k int) int {` + "\n    return k % 3\n}\n</code></pre>",
		"EnlighterJS":                         `<div class="enlighter-default enlighter-v-standard"><div class="enlighter enlighter-linenumbers enlighter-overflow-scroll"><div class=""><div><span class="enlighter-k0">func</span> f(k int) int {</div></div><div><div>    return k % 3</div></div><div><div>}</div></div></div><pre class="EnlighterJSRAW" style="display:none"></pre></div>`,
		"ChatGPT":                             `<pre class="overflow-visible!"><div class="relative"><div class="sticky select-none"><div class="flex"><div class="flex"><svg></svg>Go</div><div class="flex"><button aria-label="Copy"></button><button>Run</button></div></div></div><div id="code-block-viewer" class="cm-editor"><div class="cm-scroller"><div class="cm-content cm-readonly"><span>func</span><span> f(k int) int {</span><br><span>    return k % 3</span><br><span>}</span></div></div></div></div></pre>`,
		"Perplexity":                          `<h4>Go</h4><div><code><pre class="flex flex-col"><div class="flex flex-row"><span class="text-end">1</span><div class="flex-1">func f(k int) int {</div></div><div class="flex flex-row"><span class="text-end">2</span><div class="flex-1">    return k % 3</div></div><div class="flex flex-row"><span class="text-end">3</span><div class="flex-1">}</div></div></pre></code></div>`,
		"a header in the code":                `<pre><code class="hljs language-go"><div class="code__header"><span>go</span><button class="code__copy-button"></button></div><div class="code-content">func f(k int) int {` + "\n    return k % 3\n}\n</div></code></pre>",
		"Mintlify":                            `<div class="code-block mt-5" language="go"><div data-floating-buttons="true" class="absolute"><div class="z-10"><button aria-label="Copy the contents"></button><div aria-hidden="true" class="absolute opacity-0">Copy</div></div></div><div class="w-0"><pre class="shiki"><code language="go"><span class="line">func f(k int) int {</span>` + "\n" + `<span class="line">    return k % 3</span>` + "\n" + `<span class="line">}</span></code></pre></div></div>`,
		"Writerside":                          "<div class=\"code-block\" data-lang=\"go\">func f(k int) int {\n    return k % 3\n}</div>",
		"LaTeXML": `<div class="ltx_listing ltx_lst_language_Go ltx_lstlisting"><div class="ltx_listing_data"><a href="data:text/plain;base64,Zg==" download="">⬇</a></div><div class="ltx_listingline" id="l1"><span class="ltx_tag ltx_tag_listingline">1</span><span class="ltx_text">func</span><span class="ltx_text ltx_lst_space">&nbsp;</span>f(k int) int {</div>` +
			`<div class="ltx_listingline" id="l2"><span class="ltx_tag ltx_tag_listingline">2</span><span class="ltx_text ltx_lst_space">&nbsp;&nbsp;&nbsp;&nbsp;</span>return k % 3</div><div class="ltx_listingline"><span class="ltx_tag ltx_tag_listingline">3</span>}</div></div>`,
		"linked numbers with a space": "<pre><a id=1></a><a href='#l1'>1</a> func f(k int) int {\n<a id=2></a><a href='#l2'>2</a>     return k % 3\n<a href='#l3'>3</a> }</pre>",
		"in an item":                  "<ul><li><div><pre>func f(k int) int {\n    return k % 3\n}</pre></div></ul>",
		"in a quote":                  "<blockquote><pre>func f(k int) int {\n    return k % 3\n}</pre></blockquote>",
		"in a cell":                   "<table><tr><td>f<td><pre>func f(k int) int {\n    return k % 3\n}</pre></table>",
		"in a definition":             "<dl><dt>f<dd><pre>func f(k int) int {\n    return k % 3\n}</pre></dl>",
		"in a panel":                  "<details><summary>f</summary><div><pre>func f(k int) int {\n    return k % 3\n}</pre></div></details>",
		"in a link and a button":      "<a href=x><button><span><pre>func f(k int) int {\n    return k % 3\n}</pre></span></button></a>",
		"blocks in a pre":             "<pre><p>func f(k int) int {</p><p>    return k % 3</p><p>}</p></pre>",
		"codes in a pre":              "<pre><code>func f(k int) int {</code>\n<code>    return k % 3</code>\n<code>}</code></pre>",
		"output of lines":             "<p><samp>func f(k int) int {<br>&nbsp;&nbsp;&nbsp;&nbsp;return k % 3<br>}</samp></p>",
		"copied by a label":           `<div class="code-block"><div class="code-header"><span class="lang-label">go</span><span class="copy-btn">Copy</span></div><pre><code>func f(k int) int {` + "\n    return k % 3\n}</code></pre></div>",
	} {
		t.Run(name, func(t *testing.T) {
			got := Fragment("<p>Before.</p>" + in + "<p>After.</p>")
			if !strings.Contains(got, "```\n"+want+"\n```") || strings.Contains(got, "1\n") || strings.Contains(got, "Copy") || strings.Count(got, "return k") != 1 {
				t.Errorf("got\n%s", got)
			}
			if !strings.HasPrefix(got, "Before.\n\n") || !strings.HasSuffix(got, "\n\nAfter.") {
				t.Errorf("not parted from what is around:\n%s", got)
			}
		})
	}
}

func TestNumbersInCodeAreCode(t *testing.T) {
	checkFragments(t, [][2]string{
		{"<pre>1\n2\n3</pre>", "```\n1\n2\n3\n```"},
		{"<pre><span class=hljs-number>1</span>,\n<span class=hljs-number>2</span>,\n<span class=hljs-number>3</span></pre>", "```\n1,\n2,\n3\n```"},
		{"<pre><span class='token number'>1</span> a\n<span class='token number'>2</span> b\n<span class='token number'>3</span> c</pre>", "```\n1 a\n2 b\n3 c\n```"},
		{"<pre>x := <span class=mi>1</span>\ny := <span class=mi>2</span></pre>", "```\nx := 1\ny := 2\n```"},
		{"<pre>see [<a href='#r1'>1</a>] and\n[<a href='#r2'>2</a>]</pre>", "```\nsee [1] and\n[2]\n```"},
		{"<pre><b>3</b> of\n<b>5</b> are\n<b>7</b> here</pre>", "```\n3 of\n5 are\n7 here\n```"},
		{"<table><tr><td><pre>1\n2</pre><td>two numbers</table>", "```\n1\n2\n```\n\ntwo numbers"},
		{"<p>There are <span class=num>42</span> of <b class=lines>7</b>.</p>", "There are 42 of 7."},
	})
}

func TestWhatIsTypedStays(t *testing.T) {
	checkFragments(t, [][2]string{
		{`<pre><span style="user-select:none">$ </span>go test</pre>`, "```\n$ go test\n```"},
		{`<pre><span class="prompt unselectable">&gt;&gt;&gt; </span>x = 1</pre>`, "```\n>>> x = 1\n```"},
		{`<pre><span class=gp>$ </span><code>go test</code></pre>`, "```\n$ go test\n```"},
		{"<pre><samp>$ pwd\n/home</samp></pre>", "```\n$ pwd\n/home\n```"},
		{"<pre>-\told\n+\tnew\n  same</pre>", "```\n-    old\n+    new\n  same\n```"},
		{"<pre>a <mark>b</mark>\n<b>c</b> <a href=x>d</a><img alt=e></pre>", "```\na b\nc d\n```"},
		{"<pre>a\n\n\nb</pre>", "```\na\n\n\nb\n```"},
		{`<pre><code><div class=line>a</div><div class=line></div><div class=line><br></div><div class=line>b</div></code></pre>`, "```\na\n\n\nb\n```"},
		{`<table class=diff-table><tr><td class="blob-num" data-line-number=1></td><td class="blob-num"></td><td class="blob-code blob-code-deletion"><span class="blob-code-inner blob-code-marker" data-code-marker="-">old</span></td></tr>` +
			`<tr><td class=blob-num></td><td class=blob-num data-line-number=1></td><td class="blob-code blob-code-addition"><span class="blob-code-inner" data-code-marker="+">new</span></td></tr></table>`, "```\n-old\n+new\n```"},
		{"<pre>Hello all,\n\n    load     before\n    light      12.1\n\nOn Tue, Bob wrote:\n<i>&gt; Does it help?\n</i>&gt;&gt; No.\n</pre>",
			"```\nHello all,\n\n    load     before\n    light      12.1\n\nOn Tue, Bob wrote:\n> Does it help?\n>> No.\n```"},
		{"<textarea>Type here\nor there</textarea>a", "a"},
		{"<p>run <code>go\n  build</code> now</p>", "run `go build` now"},
		{"<p><samp>a</samp> <tt>b</tt> <kbd>c</kbd></p>", "a b c"},
		{"<blockquote><pre>a\nb</pre></blockquote>", "```\na\nb\n```"},
		{"<pre>a</pre><p>x</p><pre>b</pre>", "```\na\n```\n\nx\n\n```\nb\n```"},
		{"<pre>a\nb</pre><pre>c</pre>", "```\na\nb\n```\n\n```\nc\n```"},
	})
}
