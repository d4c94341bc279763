package visible

import (
	"strings"

	input "github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"github.com/technoshare/commentator/internal/text"
)

// support answers for one property with its value, or one function, of a @supports. Prefixes of
// other browsers, and what only they know, are not supported.
func support(part string) answer {
	name, value, declared := strings.Cut(part, ":")
	name = strings.TrimSpace(name)
	if function, argument, ok := strings.Cut(part, "("); ok && function != "" && isIdent(strings.TrimSpace(function)) {
		return supportsFunction(strings.TrimSpace(function), strings.TrimSuffix(strings.TrimSpace(argument), ")"))
	}
	for _, other := range []string{"-moz-", "-ms-", "-o-", "-apple-", "-webkit-touch-callout", "-webkit-overflow-scrolling"} {
		if strings.HasPrefix(name, other) || strings.Contains(part, "(-moz-") {
			return no
		}
	}
	_, long := longhands[name]
	switch {
	case name == "" || !declared || strings.TrimSpace(value) == "":
		return no
	case strings.HasPrefix(name, "--"):
		return yes
	case long || shorthands[name] != nil:
		r := sheetReader{rules: &ruleSet{}}
		if len(r.appendDeclaration(nil, tokens(name+":"+value))) == 0 {
			return no
		}
		return yes
	case strings.HasPrefix(name, "-webkit-") || supportedProperties[name]:
		return yes
	}
	return unknown
}

// supportsFunction answers for a function of a @supports.
func supportsFunction(name, argument string) answer {
	switch name {
	case "selector":
		if strings.Contains(argument, "-moz-") || strings.Contains(argument, "-ms-") {
			return no
		}
		if _, ok := parseSelector(argument, 0); ok || strings.Contains(argument, "::") {
			return yes
		}
		return no
	case "font-tech", "font-format", "at-rule":
		return yes
	}
	return no
}

// tokens are those of a declaration.
func tokens(declaration string) (out []token) {
	for lex := css.NewLexer(input.NewInputString(declaration)); ; {
		kind, data := lex.Next()
		if kind == css.ErrorToken {
			return out
		}
		if kind == css.CommentToken {
			data = nil
		}
		out = append(out, token{kind, data})
	}
}

// supportedProperties are what pages ask for, beside the properties that matter for whether text is seen. Of what is
// not here, it is not known whether a browser has it.
var supportedProperties = text.Set(`accent-color align-content align-items align-self anchor-name appearance aspect-ratio backdrop-filter
	background-attachment background-blend-mode background-position background-repeat background-size block-size border border-block
	border-image border-inline border-radius bottom box-decoration-break box-shadow box-sizing caret-color clear color-scheme column-count
	column-gap column-width columns container container-name container-type corner-shape cursor direction display-mode fill flex-basis
	flex-direction flex-flow flex-wrap float font-family font-feature-settings font-kerning font-optical-sizing font-palette
	font-size-adjust font-stretch font-style font-synthesis font-variant font-variation-settings font-weight forced-color-adjust gap grid
	grid-area grid-auto-columns grid-auto-flow grid-auto-rows grid-column grid-gap grid-row grid-template grid-template-areas
	grid-template-columns grid-template-rows hanging-punctuation height hyphens image-rendering initial-letter inset-area interpolate-size
	justify-content justify-items justify-self leading-trim line-break line-clamp list-style margin-trim mask-border mask-clip
	mask-composite mask-mode mask-position mask-repeat masonry-auto-flow math-style object-fit object-position order orphans outline
	outline-offset overflow-anchor overflow-clip-margin overflow-wrap overscroll-behavior page-break-inside paint-order perspective
	place-content place-items place-self pointer-events position-anchor position-area position-try print-color-adjust quotes resize
	row-gap ruby-position scroll-behavior scroll-margin scroll-padding scroll-snap-align scroll-snap-type scroll-timeline scrollbar-color
	scrollbar-gutter scrollbar-width shape-outside stroke tab-size text-align text-box text-box-trim text-combine-upright text-decoration
	text-decoration-color text-decoration-thickness text-emphasis text-justify text-orientation text-overflow text-rendering text-shadow
	text-size-adjust text-transform text-underline-offset text-wrap timeline-scope touch-action transform-origin transform-style
	transition-behavior unicode-bidi user-select vertical-align view-timeline view-transition-name white-space widows word-break word-wrap
	writing-mode animation-timeline animation-range animation-composition field-sizing`)
