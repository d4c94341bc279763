package sound

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of an index: of a text beyond them the beginning counts.
const (
	maxText  = 1 << 20 // bytes
	maxWords = 4000    // words that may be names
	maxName  = 24      // letters of a name that are compared
)

// Index holds the words of a text that may be names, by their sound. It does
// not change once it is made.
type Index struct {
	latin, others []string // sounds of words in Latin letters, and in other scripts
	// han is the pinyin of all Chinese characters of the text, without spaces,
	// and starts says where each begins.
	han    string
	starts map[int]bool
	kana   string // the hiragana of longer rows in Latin letters
	kanji  bool   // there are Chinese characters beside kana
}

// NewIndex reads a text: words with a capital in scripts that have them,
// katakana, each word of Hangul, rows of Chinese characters.
func NewIndex(text string) *Index {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	x := &Index{starts: map[int]bool{}}
	seen := map[string]bool{}
	add := func(word string) {
		words := &x.others
		if isLatin(word) && !unicode.IsLower(rune(word[0])) {
			words = &x.latin
		}
		if s := sounds(latin(word)); len(s) >= 2 && !seen[s] && len(*words) < maxWords {
			seen[s] = true
			*words = append(*words, s)
		}
	}
	var han, kana strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		end := i + size
		switch k := scriptOf(r); k {
		case other:
		case hanScript:
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if scriptOf(r) != hanScript {
					break
				}
				end += n
			}
			x.addHan(text[i:end], &han, add)
		default:
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if scriptOf(r) != k && !unicode.Is(unicode.Mn, r) {
					break
				}
				end += n
			}
			switch {
			case k == katakana:
				add(text[i:end])
			case k == hiragana && end-i >= 4*3 && kana.Len() < maxText: // the first name of まつもとゆきひろ
				kana.WriteString(fullLatin(text[i:end]))
				kana.WriteByte(' ')
			case k == hangul:
				add(withoutParticle(text[i:end]))
			case unicode.IsUpper(r):
				add(text[i:end])
			case unicode.Is(unicode.Cyrillic, r): // кремлёвский: an adjective of a name has no capital
				if stem, _, ok := strings.Cut(text[i:end], "ск"); ok && utf8.RuneCountInString(stem) >= 5 {
					add(stem)
				}
			}
			x.kanji = x.kanji || k == katakana || k == hiragana
		}
		i = end
	}
	x.han, x.kana = han.String(), kana.String()
	x.kanji = x.kanji && x.han != ""
	return x
}

// withoutParticle cuts the particle off that Korean puts behind a word.
func withoutParticle(word string) string {
	for _, p := range particles {
		if stem, ok := strings.CutSuffix(word, p); ok && utf8.RuneCountInString(stem) >= 2 {
			return stem
		}
	}
	return word
}

var particles = strings.Fields("에서는 으로는 에게는 에서 으로 에게 까지 부터 이나 이라 은 는 이 가 을 를 의 와 과 로 에 도 만")

// script is a writing system whose words are looked at.
type script int

const (
	other script = iota
	alphabet
	katakana
	hiragana
	hangul
	hanScript
)

func scriptOf(r rune) script {
	switch {
	case r < 0x80:
		if r|0x20 >= 'a' && r|0x20 <= 'z' {
			return alphabet
		}
		return other
	case r == '・':
		return other
	case r == 'ー' || unicode.Is(unicode.Katakana, r):
		return katakana
	case unicode.Is(unicode.Hiragana, r):
		return hiragana
	case unicode.Is(unicode.Hangul, r):
		return hangul
	case unicode.Is(unicode.Han, r):
		return hanScript
	case unicode.IsLetter(r):
		return alphabet
	}
	return other
}

// addHan reads a row of Chinese characters.
func (x *Index) addHan(row string, han *strings.Builder, add func(string)) {
	table := pinyin()
	var name strings.Builder // of transcribing characters
	n := 0
	flush := func() {
		if n >= 2 {
			add(name.String())
		}
		name.Reset()
		n = 0
	}
	for _, r := range row {
		reading := table[r]
		if reading == "" {
			flush()
			han.WriteByte(' ')
			continue
		}
		if han.Len() < maxText {
			x.starts[han.Len()] = true
			han.WriteString(reading)
			x.starts[han.Len()] = true
		}
		if strings.ContainsRune(transcribing, r) {
			name.WriteString(reading)
			n++
		} else {
			flush()
		}
	}
	flush()
	han.WriteByte(' ')
}

// Kanji reports whether the text has Japanese names that cannot be read here:
// Chinese characters beside kana.
func (x *Index) Kanji() bool { return x.kanji }

// isLatin reports whether a word begins with a Latin letter.
func isLatin(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.Is(unicode.Latin, r)
}

// Has reports whether the text has a word in another script that sounds like a
// name of one or more words.
func (x *Index) Has(name string) bool {
	l := latin(name)
	if x.pinyinHas(l) || len(l) >= 6 && Romaji(name) && strings.Contains(x.kana, l) {
		return true
	}
	s := sounds(l)
	if len(s) < 2 || len(s) > maxName {
		return false
	}
	words := x.latin
	if isLatin(name) {
		words = x.others
	}
	return slices.ContainsFunc(words, func(w string) bool { return alike(s, w) })
}

// pinyinHas looks for a name in pinyin: Chen Molin, Baidu.
func (x *Index) pinyinHas(l string) bool {
	key := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, l)
	if len(key) < 2 || x.han == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(x.han[from:], key)
		if i < 0 {
			return false
		}
		at := from + i
		if x.starts[at] && x.starts[at+len(key)] {
			return true
		}
		from = at + 1
	}
}

// Romaji reports whether a word is built as Japanese names are in Latin
// letters: syllables of a consonant and a vowel.
func Romaji(word string) bool {
	l := latin(word)
	rest := strings.NewReplacer("sh", "s", "ch", "t", "ts", "t", "ky", "k", "gy", "g", "ry", "r", "ny", "n", "hy", "h", "my", "m", "by", "b",
		"py", "p", "kk", "k", "tt", "t", "pp", "p", "ss", "s", "tch", "t").Replace(l)
	if len(rest) < 3 {
		return false
	}
	consonant := false
	for i, r := range rest {
		switch {
		case strings.ContainsRune("aiueo", r):
			consonant = false
		case !strings.ContainsRune("kgsztdnhbpmyrwjf", r):
			return false
		case consonant:
			return false
		case r == 'n' && (i+1 == len(rest) || !strings.ContainsRune("aiueoy", rune(rest[i+1]))):
			// a syllable of its own
		default:
			consonant = true
		}
	}
	return !consonant
}
