package text

import (
	"strings"
	"unicode"
)

// invisible holds the characters that have no form of their own. Source: the
// Unicode Character Database, DerivedCoreProperties.txt and UnicodeData.txt:
//
//	Default_Ignorable_Code_Point       zero-width, direction, fillers, tags
//	General_Category Cc                controls
//	General_Category Co                private use: without an agreement on a font, nothing
//	U+FFF9–U+FFFB                      interlinear annotation
//
// less tab and line feed, which are layout, and less the characters that
// [Strip] judges by what stands before them. A test derives the table anew from
// the tables of package unicode.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0000, Hi: 0x0008, Stride: 1}, // C0 controls up to tab
		{Lo: 0x000b, Hi: 0x001f, Stride: 1}, // C0 controls after line feed
		{Lo: 0x007f, Hi: 0x009f, Stride: 1}, // delete, C1 controls
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, // soft hyphen
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, // combining grapheme joiner
		{Lo: 0x061c, Hi: 0x061c, Stride: 1}, // Arabic letter mark
		{Lo: 0x115f, Hi: 0x1160, Stride: 1}, // Hangul fillers
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, // Khmer inherent vowels
		{Lo: 0x180e, Hi: 0x180e, Stride: 1}, // Mongolian vowel separator
		{Lo: 0x200b, Hi: 0x200b, Stride: 1}, // zero-width space
		{Lo: 0x200e, Hi: 0x200f, Stride: 1}, // left-to-right and right-to-left mark
		{Lo: 0x202a, Hi: 0x202e, Stride: 1}, // direction: embeddings, overrides
		{Lo: 0x2060, Hi: 0x206f, Stride: 1}, // word joiner, invisible operators, direction: isolates
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // Hangul filler
		{Lo: 0xe000, Hi: 0xf8ff, Stride: 1}, // private use
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1}, // byte order mark
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1}, // halfwidth Hangul filler
		{Lo: 0xfff0, Hi: 0xfffb, Stride: 1}, // unassigned, interlinear annotation
	},
	R32: []unicode.Range32{
		{Lo: 0x1bca0, Hi: 0x1bca3, Stride: 1},   // shorthand controls
		{Lo: 0x1d173, Hi: 0x1d17a, Stride: 1},   // musical controls
		{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1},   // tags, variation selectors 17 to 256
		{Lo: 0xf0000, Hi: 0xffffd, Stride: 1},   // private use
		{Lo: 0x100000, Hi: 0x10fffd, Stride: 1}, // private use
	},
	LatinOffset: 4,
}

const (
	// The joiners part or connect the letters beside them; the emoji
	// presentation selector, which is the last of the plane's variation
	// selectors, asks for the coloured form.
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	emojiPresentation  = '\ufe0f'
)

// Invisible reports whether r shows nothing wherever it stands, so that text
// can be hidden with it or its order turned. Tab, line feed, the two zero-width
// joiners and the variation selectors are not among them: [Strip] takes out
// those that have no meaning at their place.
func Invisible(r rune) bool {
	// Most text is ASCII; this saves the search in the table.
	if r >= ' ' && r < 0x7f {
		return false
	}
	return unicode.Is(invisible, r)
}

// Deceptive reports whether r is one of those invisible characters that no
// honest writer types: the explicit embeddings, overrides and isolates of the
// bidirectional algorithm (UAX #9, 2.1 to 2.5) and the block Tags. The others
// come with copied text, such as soft hyphens and byte order marks; they are
// dropped, but say nothing about who wrote them.
func Deceptive(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f
}

// Blank reports whether r parts words: white space, and the two characters of no
// width that old pages write for it, zero-width space and byte order mark.
func Blank(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// Strip returns s without invisible characters. Joiners stay where they shape
// what is before them, as in Persian and in emoji of several signs; a
// variation selector stays behind the one character that it can vary.
func Strip(s string) string { return StripKeeping(s, -1) }

// StripKeeping is Strip for a reader to whom one invisible character, kept, is a
// mark of its own, as the soft hyphen is at the end of a printed line.
// A kept of -1 keeps none. Text without such characters is returned as it is,
// without a copy.
func StripKeeping(s string, kept rune) string {
	dubious := func(r rune) bool {
		return (r >= 0x7f || r < ' ') && r != kept && (Invisible(r) || joiner(r) || selector(r))
	}
	start := strings.IndexFunc(s, dubious)
	if start < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	last := rune(0) // the last character written, 0 at the start
	for _, r := range s {
		switch {
		case r == kept:
		case Invisible(r), joiner(r) && !joins(last), selector(r) && !varies(last, r):
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// joiner reports whether r is one of the two zero-width joiners.
func joiner(r rune) bool { return r == zeroWidthNonJoiner || r == zeroWidthJoiner }

// selector reports whether r is a variation selector of the Basic Multilingual
// Plane: VS1 to VS16 and those of Mongolian.
func selector(r rune) bool {
	return r >= 0xfe00 && r <= emojiPresentation || r >= 0x180b && r <= 0x180d || r == 0x180f
}

// joins reports whether a joiner behind r has a meaning: in scripts whose letters
// connect, and between the parts of an emoji (UTS #51, 1.4.9).
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Tamil, unicode.Telugu, unicode.Kannada,
		unicode.Malayalam, unicode.Sinhala, unicode.Gujarati, unicode.Gurmukhi, unicode.Oriya, unicode.Khmer, unicode.Mongolian) ||
		unicode.In(r, unicode.So, unicode.Sk) || r == emojiPresentation
}

// varies reports whether a variation selector can stand behind r. A second one
// never can (The Unicode Standard, 23.4); runs of them are known to carry
// hidden bytes.
func varies(r, selector rune) bool {
	if selector < 0xfe00 {
		return unicode.Is(unicode.Mongolian, r) && !unicode.Is(unicode.Variation_Selector, r)
	}
	return r != 0 && !unicode.IsSpace(r) && !joiner(r) && !unicode.Is(unicode.Variation_Selector, r)
}
