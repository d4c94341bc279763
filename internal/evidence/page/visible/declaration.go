package visible

import (
	"slices"
	"strings"

	input "github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"github.com/technoshare/commentator/internal/text"
)

// property is one that matters for whether text is seen.
type property int

const (
	propDisplay property = iota
	propVisibility
	propContentVisibility
	propOpacity
	propFilter
	propFontSize
	propLineHeight
	propLetterSpacing
	propZoom
	propWidth
	propHeight
	propMaxWidth
	propMaxHeight
	propPaddingTop
	propPaddingBottom
	propOverflow
	propTextIndent
	propPosition
	propLeft
	propRight
	propTop
	propBottom
	propMarginLeft
	propMarginTop
	propMarginRight
	propTransform
	propTranslate
	propScale
	propRotate
	propTransition
	propAnimation
	propFill
	propWillChange
	propClip
	propClipPath
	propMask
	propMaskSize
	propBackgroundClip
	propColor
	propTextFill
	propBackground
	propBackgroundImage
	propZIndex
	propIsolation
	propBlend
	propContent
	propContain
	propGrow
	propPaddingLeft
	propOffset
	propAdjust
	propSecurity
	propTextShadow
	propStroke
	propBackface
	propTransformStyle
	propPerspective
	propScheme
	propFloat
	propContainer
	propRatio
	propRows
	propColumns
	propFlexBasis
	propBoxShadow
	propOutline
	propOutlineOffset
	propDelay
	propDirection
	propCount
	propState
	propDuration
	propWrap
	propFlexGrow
	propOrigin
	propLineClamp
	propUnder  // the ground that stands before or after the content of an element
	propCover  // what stands before or after the content of an element covers it
	properties // how many there are

	propAll    property = -1 // every property
	propCustom property = -2 // a custom property
)

// longhands are the properties by name; logical ones are those of text from left to right.
var longhands = map[string]property{
	"display": propDisplay, "visibility": propVisibility, "content-visibility": propContentVisibility, "opacity": propOpacity,
	"filter": propFilter, "-webkit-filter": propFilter, "font-size": propFontSize, "line-height": propLineHeight,
	"letter-spacing": propLetterSpacing, "zoom": propZoom, "width": propWidth, "height": propHeight, "max-width": propMaxWidth,
	"max-height": propMaxHeight, "inline-size": propWidth, "block-size": propHeight, "max-inline-size": propMaxWidth,
	"max-block-size": propMaxHeight, "padding-left": propPaddingLeft, "padding-inline-start": propPaddingLeft,
	"offset-path": propOffset, "offset": propOffset,
	"padding-top": propPaddingTop, "padding-bottom": propPaddingBottom, "padding-block-start": propPaddingTop,
	"padding-block-end": propPaddingBottom, "overflow": propOverflow, "overflow-x": propOverflow, "overflow-y": propOverflow,
	"text-indent": propTextIndent, "position": propPosition, "left": propLeft, "right": propRight, "top": propTop, "bottom": propBottom,
	"inset-inline-start": propLeft, "inset-inline-end": propRight, "inset-block-start": propTop, "inset-block-end": propBottom,
	"margin-left": propMarginLeft, "margin-top": propMarginTop, "margin-right": propMarginRight, "margin-inline-start": propMarginLeft,
	"margin-inline-end": propMarginRight, "margin-block-start": propMarginTop, "transform": propTransform, "-webkit-transform": propTransform,
	"-ms-transform": propTransform, "translate": propTranslate, "scale": propScale, "rotate": propRotate, "transition": propTransition,
	"-webkit-transition": propTransition, "transition-property": propTransition, "transition-duration": propTransition,
	"animation": propAnimation, "animation-name": propAnimation, "-webkit-animation": propAnimation, "animation-fill-mode": propFill,
	"will-change": propWillChange, "clip": propClip, "clip-path": propClipPath, "-webkit-clip-path": propClipPath, "mask": propMask,
	"mask-image": propMask, "-webkit-mask": propMask, "-webkit-mask-image": propMask, "mask-size": propMaskSize,
	"-webkit-mask-size": propMaskSize, "background-clip": propBackgroundClip, "-webkit-background-clip": propBackgroundClip,
	"color": propColor, "-webkit-text-fill-color": propTextFill, "background-color": propBackground,
	"background-image": propBackgroundImage, "z-index": propZIndex, "isolation": propIsolation, "mix-blend-mode": propBlend,
	"font-size-adjust": propAdjust, "-webkit-text-security": propSecurity, "text-shadow": propTextShadow,
	"-webkit-text-stroke": propStroke, "backface-visibility": propBackface, "-webkit-backface-visibility": propBackface,
	"perspective": propPerspective, "transform-style": propTransformStyle, "color-scheme": propScheme, "float": propFloat,
	"container-type": propContainer, "aspect-ratio": propRatio, "grid-template-rows": propRows, "grid-template-columns": propColumns,
	"flex-basis": propFlexBasis, "box-shadow": propBoxShadow, "outline": propOutline, "outline-offset": propOutlineOffset,
	"animation-delay": propDelay, "animation-duration": propDuration, "animation-direction": propDirection,
	"animation-iteration-count": propCount, "animation-play-state": propState,
	"transform-origin": propOrigin, "white-space": propWrap, "-webkit-line-clamp": propLineClamp, "line-clamp": propLineClamp,
	"content": propContent, "contain": propContain, "all": propAll, "min-width": propGrow, "min-height": propGrow,
	"flex-grow": propFlexGrow, "min-inline-size": propGrow, "min-block-size": propGrow,
}

// declaration is one of a style. Its value is in lower case, without comments and escapes, with
// single spaces.
type declaration struct {
	property  property
	name      string // of a custom property
	value     string
	important bool
}

// Descriptors of @property.
const (
	initialValue = "initial-value"
	inherits     = "inherits"
	syntax       = "syntax"
)

// maxValue bounds the length of a value, in bytes.
const maxValue = 4000

// declaration takes in a declaration from its tokens. It takes the place of one before it of the same property, so
// that no number of them hides the last.
func (r *sheetReader) declaration(body *[]declaration, tokens []token) {
	read := r.appendDeclaration((*body)[len(*body):], tokens)
	for i := range read {
		d := &read[i]
		*body = slices.DeleteFunc(*body, func(old declaration) bool {
			return old.property == d.property && old.name == d.name && old.important == d.important
		})
	}
	if len(*body)+len(read) > maxDeclarations {
		r.rules.cut = true
		return
	}
	*body = append(*body, read...)
}

// appendDeclaration reads a declaration from its tokens; what does not matter is left out.
func (r *sheetReader) appendDeclaration(body []declaration, tokens []token) []declaration {
	name, rest := string(tokens[0].data), tokens[1:]
	kind := tokens[0].kind
	if kind != css.IdentToken && kind != css.CustomPropertyNameToken {
		return body
	}
	for len(rest) > 0 && (rest[0].kind == css.WhitespaceToken || rest[0].kind == css.CommentToken) {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0].kind != css.ColonToken {
		return body
	}
	name = unescape(name)
	custom := strings.HasPrefix(name, "--") || name == initialValue || name == inherits || name == syntax
	if !custom {
		name = lower(name)
		if _, ok := longhands[name]; !ok && shorthands[name] == nil {
			return body
		}
	}
	value, important := normal(rest[1:], longhands[name] == propAnimation)
	if len(value) > maxValue {
		r.rules.cut = true
		return body
	}
	if custom {
		return append(body, declaration{propCustom, name, value, important})
	}
	if value == "" {
		return body
	}
	if expand := shorthands[name]; expand != nil {
		for _, d := range expand(value) {
			d.important = important
			body = append(body, d)
		}
		return body
	}
	p := longhands[name]
	if !valid(p, value) {
		return body
	}
	return append(body, declaration{p, "", value, important})
}

// normal is a value in its normal form, and whether it is important. Where it has names of animations, these are left as
// they are, without the quotation marks that they may have.
func normal(tokens []token, names bool) (value string, important bool) {
	var b strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch t.kind {
		case css.CommentToken:
		case css.WhitespaceToken:
			if b.Len() > 0 && !strings.HasSuffix(b.String(), " ") {
				b.WriteByte(' ')
			}
		case css.DelimToken:
			if t.data[0] == '!' {
				for j := i + 1; j < len(tokens); j++ {
					if tokens[j].kind == css.IdentToken {
						important = lower(unescape(string(tokens[j].data))) == "important"
						break
					}
				}
				if important {
					i = len(tokens)
					continue
				}
			}
			b.Write(t.data)
		case css.URLToken, css.StringToken:
			if t.kind == css.URLToken && strings.HasPrefix(lower(urlOf(string(t.data))), "data:") {
				b.WriteString("url(data)")
			} else if t.kind == css.URLToken {
				b.WriteString("url(x)")
			} else if names {
				b.WriteString(animationName(string(t.data)))
			} else if len(t.data) > 2 {
				b.WriteString(`"x"`)
			} else {
				b.WriteString(`""`)
			}
		case css.CustomPropertyNameToken:
			b.WriteString(unescape(string(t.data)))
		case css.IdentToken, css.FunctionToken, css.DimensionToken, css.HashToken:
			if s := unescape(string(t.data)); strings.HasPrefix(s, "--") || names && t.kind == css.IdentToken && !wide(lower(s)) {
				b.WriteString(s)
			} else {
				b.WriteString(lower(s))
			}
		default:
			b.Write(t.data)
		}
		if b.Len() > 2*maxValue {
			break
		}
	}
	value = strings.Trim(b.String(), " ")
	if strings.Contains(value, ", ") || strings.Contains(value, " ,") || strings.Contains(value, "( ") || strings.Contains(value, " )") {
		value = tidy.Replace(value)
	}
	return value, important
}

var tidy = strings.NewReplacer(" , ", ",", ", ", ",", " ,", ",", "( ", "(", " )", ")")

// valid reports whether a browser takes a value of a property; a declaration that it does not take
// leaves the one before in force. What is not checked is taken.
func valid(p property, v string) bool {
	if substituted(v) || wide(v) {
		return true
	}
	switch p {
	case propOpacity:
		_, ok := number(v)
		return ok || strings.Contains(v, "(") // a calculation that is not known here
	case propLeft, propTop, propRight, propBottom, propTextIndent, propMarginLeft, propMarginTop, propMarginRight, propWidth, propHeight,
		propMaxHeight, propMaxWidth, propFontSize:
		n, ok := units{font: 16, percent: 100}.length(v)
		c := v[0]
		numeric := isDigit(c) || c == '-' && len(v) > 1 && (isDigit(v[1]) || v[1] == '.') || c == '.' || c == '+'
		if !numeric {
			return true // a word, or a calculation
		}
		last := v[len(v)-1]
		return (p == propTextIndent || ok) && (n == 0 || last == '%' || last >= 'a' || strings.Contains(v, " "))
	case propColor, propTextFill:
		_, ok := parseColor(v, black, 0)
		name, _, called := strings.Cut(v, "(")
		return ok || called && (!colorNames[name] || strings.Contains(v, "from "))
	case propDisplay:
		for _, word := range topLevel(v, ' ') {
			if !displays[word] && !moreDisplays[word] && !strings.HasPrefix(word, "-") {
				return false
			}
		}
	case propPosition:
		return positions[v]
	case propVisibility:
		return v == "visible" || v == "hidden" || v == "collapse"
	}
	return true
}

// Values that browsers take. Sources: CSS Display Level 3, CSS Positioned Layout Level 3, CSS Color
// Level 5.
var (
	moreDisplays = text.Set(`none ruby ruby-text ruby-base table-row-group table-header-group table-footer-group table-column
		table-column-group table-caption inline-list-item flow run-in grid-lanes math`)
	positions  = text.Set(`static relative absolute fixed sticky -webkit-sticky`)
	colorNames = text.Set(`rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix light-dark`)
)

// wide reports whether v is one of the values that every property takes.
func wide(v string) bool {
	switch v {
	case "inherit", "initial", "unset", "revert", "revert-layer":
		return true
	}
	return false
}

// inline reads the declarations of a style attribute.
func (rs *ruleSet) inline(style string) []declaration {
	var body []declaration
	r := sheetReader{rules: rs, lex: css.NewLexer(input.NewInputString(style))}
	r.declarations(&body)
	return body
}

// declarations reads a style attribute, where braces have no meaning.
func (r *sheetReader) declarations(body *[]declaration) {
	var tokens []token
	depth := 0
	for {
		kind, data := r.lex.Next()
		switch kind {
		case css.ErrorToken:
			r.statement(tokens, context{}, body)
			return
		case css.WhitespaceToken:
			if len(tokens) == 0 {
				continue
			}
			data = space
		case css.LeftParenthesisToken, css.FunctionToken, css.LeftBracketToken, css.LeftBraceToken:
			depth++
		case css.RightParenthesisToken, css.RightBracketToken, css.RightBraceToken:
			depth = max(0, depth-1)
		case css.CommentToken:
			if len(tokens) == 0 {
				continue
			}
		case css.SemicolonToken:
			if depth == 0 {
				r.statement(tokens, context{}, body)
				tokens = tokens[:0]
				continue
			}
		}
		tokens = append(tokens, token{kind, data})
	}
}
