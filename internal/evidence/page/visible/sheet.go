package visible

import (
	"encoding/base64"
	"net/url"
	"strings"

	input "github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"github.com/technoshare/commentator/internal/text"
)

// Bounds on the style sheets of one page. A page that reaches one is judged by what was read
// before, and by its words; the largest of the article set has 9,000 rules.
const (
	maxStyle        = 5 << 20   // bytes of all sheets together: no page has more
	maxRules        = 20_000    // selectors with declarations that matter
	maxAtRules      = 32        // how deep rules are nested
	maxImports      = 20        // sheets in data: URLs
	maxPrelude      = 256 << 10 // bytes of the selectors of one rule
	maxSelector     = 4000      // bytes of one within others
	maxDeclarations = 200       // of one rule that differ
	maxAlternatives = 64        // selectors of a nested rule with those around it
)

// token is one of a sheet, with its escapes.
type token struct {
	kind css.TokenType
	data []byte
}

// sheetReader reads style sheets into the rules of a page, after CSS Syntax Level 3 and CSS Nesting.
type sheetReader struct {
	rules   *ruleSet
	lex     *css.Lexer
	imports int
	begun   bool                    // a rule was read in this sheet: what is imported behind it is not
	tokens  [maxAtRules + 1][]token // for reuse, by depth
}

// space is what white space becomes.
var space = []byte(" ")

// context is what is around a rule.
type context struct {
	depth  int
	layer  string
	parent []string // selectors of the rule around it, nil for none
	states bool     // only a state in which something is shown: what browsers without scripts get
	doubt  bool     // it may not apply
	tree   int      // the shadow tree that the sheet is of
	scoped bool     // parent is the root of a @scope, which :scope names too
}

// read reads one sheet.
func (r *sheetReader) read(sheet string, ctx context) {
	outer, begun := r.lex, r.begun
	r.begun = false
	r.rules.cut = r.rules.cut || len(sheet) > maxStyle
	r.lex = css.NewLexer(input.NewInputString(text.Head(sheet, maxStyle)))
	r.block(ctx, true, nil)
	r.lex, r.begun = outer, begun
}

// block reads what is in a block, or in a sheet, up to its end. body takes the declarations in it.
func (r *sheetReader) block(ctx context, top bool, body *[]declaration) {
	prelude := r.tokens[min(ctx.depth, maxAtRules)][:0]
	defer func() { r.tokens[min(ctx.depth, maxAtRules)] = prelude[:0] }()
	depth, size := 0, 0
	for {
		kind, data := r.lex.Next()
		switch kind {
		case css.ErrorToken:
			r.statement(prelude, ctx, body)
			return
		case css.CommentToken:
			if len(prelude) > 0 { // it separates, but is no white space
				prelude = append(prelude, token{css.CommentToken, nil})
			}
			continue
		case css.CDOToken, css.CDCToken:
			if top {
				continue
			}
		case css.WhitespaceToken:
			if len(prelude) == 0 {
				continue
			}
			data = space
		case css.LeftParenthesisToken, css.FunctionToken, css.LeftBracketToken:
			depth++
		case css.RightParenthesisToken, css.RightBracketToken:
			depth = max(0, depth-1)
		case css.SemicolonToken:
			if depth == 0 && (!top || len(prelude) == 0 || prelude[0].kind == css.AtKeywordToken) {
				r.statement(prelude, ctx, body)
				prelude, size = prelude[:0], 0
				continue
			}
		case css.RightBraceToken:
			if !top {
				r.statement(prelude, ctx, body)
				return
			}
		case css.LeftBraceToken:
			if len(prelude) > 0 && prelude[0].kind == css.CustomPropertyNameToken && body != nil {
				r.skip()
				continue
			}
			if size > maxPrelude {
				r.rules.cut = true
				r.skip()
			} else {
				r.rule(prelude, ctx)
			}
			prelude, depth, size = prelude[:0], 0, 0
			continue
		}
		if size += len(data); size <= maxPrelude {
			prelude = append(prelude, token{kind, data})
		}
	}
}

// skip reads to the end of a block.
func (r *sheetReader) skip() {
	for depth := 1; depth > 0; {
		switch kind, _ := r.lex.Next(); kind {
		case css.ErrorToken:
			return
		case css.LeftBraceToken:
			depth++
		case css.RightBraceToken:
			depth--
		}
	}
}

// statement reads what ends without a block: a declaration, or an at-rule.
func (r *sheetReader) statement(prelude []token, ctx context, body *[]declaration) {
	if len(prelude) == 0 {
		return
	}
	if prelude[0].kind == css.AtKeywordToken {
		switch name := lower(unescape(string(prelude[0].data))); name {
		case "@layer":
			for _, layer := range topLevel(join(prelude[1:]), ',') {
				r.rules.layer(ctx.layer + "." + strings.TrimSpace(layer))
			}
		case "@import":
			if !r.begun {
				r.include(prelude[1:], ctx)
			}
		}
		return
	}
	if body != nil {
		r.declaration(body, prelude)
	}
}

// include reads an imported sheet that is in a data: URL; others are on the network.
func (r *sheetReader) include(prelude []token, ctx context) {
	for len(prelude) > 0 && (prelude[0].kind == css.WhitespaceToken || prelude[0].kind == css.CommentToken) {
		prelude = prelude[1:]
	}
	if len(prelude) == 0 {
		return
	}
	address, rest := urlOf(string(prelude[0].data)), prelude[1:]
	if prelude[0].kind == css.FunctionToken && len(prelude) > 2 {
		address, rest = urlOf(string(prelude[1].data)), prelude[3:]
	}
	media := strings.TrimSpace(lower(join(rest)))
	if strings.HasPrefix(media, "layer") {
		name := ""
		if media = media[len("layer"):]; strings.HasPrefix(media, "(") {
			name, media = brackets(media)
		}
		ctx.layer += "." + name
		r.rules.layer(ctx.layer)
	}
	media = strings.TrimSpace(media)
	if strings.HasPrefix(media, "supports(") {
		var condition string
		if condition, media = brackets(media[len("supports"):]); supported(condition) == no {
			return
		}
	}
	if sheet, ok := dataSheet(address); !ok {
		r.rules.linked = true
	} else if r.imports++; r.imports > maxImports {
		r.rules.cut = true
	} else if is, doubt := holds(media); is {
		ctx.doubt = ctx.doubt || doubt
		r.read(sheet, ctx)
	}
}

// dataSheet is the sheet in a data: URL (RFC 2397).
func dataSheet(address string) (sheet string, ok bool) {
	address = strings.TrimSpace(address)
	if len(address) < 5 || lower(address[:5]) != "data:" {
		return "", false
	}
	kind, data, found := strings.Cut(address[5:], ",")
	if !found {
		return "", true
	}
	if plain, err := url.PathUnescape(data); err == nil {
		data = plain
	}
	if strings.HasSuffix(lower(strings.ReplaceAll(kind, " ", "")), ";base64") {
		raw, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(data), ""), "="))
		return string(raw), true
	}
	return data, true
}

// urlOf is the address in url(…) or in a string.
func urlOf(s string) string {
	if len(s) > 4 && lower(s[:4]) == "url(" {
		s = strings.TrimSuffix(s[4:], ")")
	}
	s = strings.TrimSpace(s)
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') {
		s = s[1 : len(s)-1]
	}
	return unescape(s)
}

// rule reads a rule or an at-rule with a block.
func (r *sheetReader) rule(prelude []token, ctx context) {
	r.begun = true
	if ctx.depth++; ctx.depth > maxAtRules || len(prelude) == 0 {
		r.rules.cut = r.rules.cut || len(prelude) > 0
		r.skip()
		return
	}
	if prelude[0].kind == css.AtKeywordToken {
		r.atRule(lower(unescape(string(prelude[0].data))), strings.TrimSpace(words(prelude[1:])), ctx)
		return
	}
	inner := ctx
	own := selectors(prelude)
	if ctx.scoped {
		inner.scoped = false
		for i := range own {
			own[i] = strings.ReplaceAll(own[i], ":scope", "&")
		}
	}
	inner.parent = r.nest(own, ctx.parent)
	if !r.rules.mayMatch(inner.parent) {
		r.block(inner, false, nil) // for the rules in it
		return
	}
	var body []declaration
	r.block(inner, false, &body)
	r.rules.add(inner.parent, body, ctx)
}

// atRule reads the block of an at-rule if it holds on the screen of a desktop.
func (r *sheetReader) atRule(name, condition string, ctx context) {
	applies := false
	switch name {
	case "@media":
		is, doubt := holds(condition)
		applies, ctx.doubt = is, ctx.doubt || doubt
	case "@supports":
		is := supported(condition)
		applies, ctx.doubt = is != no, ctx.doubt || is == unknown
	case "@container":
		applies, ctx.doubt = true, true
	case "@scope":
		applies = true
		if from, _ := enclosed(strings.TrimSpace(strings.SplitN(condition, " to ", 2)[0])); from != "" {
			ctx.parent, ctx.scoped = r.nest(topLevel(from, ','), ctx.parent), true
		}
	case "@layer":
		applies = true
		ctx.layer += "." + condition
		r.rules.layer(ctx.layer)
	case "@property":
		var body []declaration
		r.block(ctx, false, &body)
		r.rules.register(unescape(condition), body)
		return
	case "@keyframes", "@-webkit-keyframes":
		r.keyframes(animationName(condition), ctx)
		return
	}
	if !applies {
		r.skip()
		return
	}
	// Declarations in the block of a nested at-rule are of the rule around it.
	var body []declaration
	r.block(ctx, false, &body)
	if ctx.parent != nil && name != "@scope" {
		r.rules.add(ctx.parent, body, ctx)
	}
}

// join is the text of tokens, with escapes in names kept.
func join(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.Write(t.data)
	}
	return b.String()
}

// words is the text of tokens, with spaces for the comments between them.
func words(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		if t.kind == css.CommentToken {
			b.WriteByte(' ')
		}
		b.Write(t.data)
	}
	return b.String()
}

// selectors are the selectors of a rule, one by one.
func selectors(prelude []token) []string {
	var out []string
	for _, s := range topLevel(join(prelude), ',') {
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

// nest are the selectors of a rule within one with others (CSS Nesting Level 1).
func (r *sheetReader) nest(own, parent []string) []string {
	if parent == nil {
		return own
	}
	var out []string
	for _, s := range own {
		for _, p := range parent {
			if !r.rules.mayHave(p) {
				continue // it selects nothing here
			}
			if len(out) == maxAlternatives || len(p)+len(s) > maxSelector {
				r.rules.cut = true
				return out
			}
			switch {
			case strings.Contains(s, "&"):
				// A name of an element can't follow what is put in its place.
				out = append(out, strings.ReplaceAll(s, "&", ":is("+p+")"))
			case s != "" && strings.IndexByte(">+~", s[0]) >= 0:
				out = append(out, ":is("+p+")"+s)
			default:
				out = append(out, ":is("+p+") "+s)
			}
		}
	}
	return out
}

// unescape reads the escapes in a name or a string (CSS Syntax Level 3, 4.3.7).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		n, digits := rune(0), 0
		for ; digits < 6 && i < len(s) && isHex(s[i]); i, digits = i+1, digits+1 {
			n = n<<4 | rune(hexValue(s[i]))
		}
		switch {
		case digits == 0:
			if s[i] != '\n' {
				b.WriteByte(s[i])
			}
			continue
		case n == 0 || n > 0x10FFFF || n >= 0xD800 && n < 0xE000:
			n = '\uFFFD'
		}
		b.WriteRune(n)
		if i >= len(s) || s[i] != ' ' && s[i] != '\n' && s[i] != '\t' {
			i-- // white space ends an escape, once
		}
	}
	return b.String()
}
