package gates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// contact is a way to a person or to money: what a page that wants to misuse a
// comment needs to have repeated.
type contact struct {
	kind contactKind
	text string
}

type contactKind int

const (
	phone contactKind = iota
	money             // an account or a wallet
	email
	handle // a name in a messenger
	coupon // a code that makes something cheaper
)

// String names the kind for people.
func (k contactKind) String() string {
	return [...]string{"the phone number", "the address of money", "the e-mail address", "the handle", "the code"}[k]
}

// mark is the kind as the lexicon of actions knows it.
func (k contactKind) mark() string {
	return [...]string{"phone", "money", "email", "handle", "coupon"}[k]
}

// about is the kind of action that a page is about which has such contacts.
func (k contactKind) about() action.Kind {
	return [...]action.Kind{action.Call, action.Pay, action.Write, action.Follow, action.Buy}[k]
}

// contactPatterns find contacts in prose. Their order matters: what one has
// found the next ones don't see.
var contactPatterns = []struct {
	kind    contactKind
	needs   signs // without which it is not there
	pattern *lazyregexp.Regexp
}{
	{handle, at, lazyregexp.New(`@[A-Za-z0-9_]{2,32}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)}, // of the Fediverse
	{email, at, lazyregexp.New(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)},
	{money, capitalDigit, accountNumber},
	// Wallets: Ethereum's hexadecimal ones, Bitcoin's (BIP 173 and Base58), Monero's.
	{money, longRun, lazyregexp.New(`\b0x[0-9a-fA-F]{40}\b|\b(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{20,60}\b|` +
		`\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b|\b4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b|\bT[1-9A-HJ-NP-Za-km-z]{33}\b`)},
	// Those of other chains and of payment cards, the digits in groups of four.
	{money, longRun, lazyregexp.New(`\b[1-9A-HJ-NP-Za-km-z]{32,44}\b|\baddr1[02-9ac-hj-np-z]{50,110}\b`)},
	{money, manyDigits, lazyregexp.New(`\b\d{4} \d{4} \d{4} \d{4}\b`)},
	// A room of Matrix, and a short number that messages go to.
	{handle, hash, lazyregexp.New(`#[\w-]{2,40}:[\w-]+(?:\.[\w-]+)+`)},
	{phone, digits, lazyregexp.New(`(?i)\b(?:text|texts|sms|mms|schick\w*|envo\w+|envi\w+|mandar?\w*|send\w*)\b[^.!?\n]{1,40}` +
		`\b(?:to|an|au|al|a|para) (\d{4,6})\b`)},
	{handle, at, lazyregexp.New(`(?:^|[\s(（:：「])@[A-Za-z0-9_]{4,32}\b`)},
	// With the country, with the leading zero, or as in North America; the digits are counted by [phoneDigits].
	{phone, manyDigits, lazyregexp.New(`\+\d[\d ()./‑-]{6,20}\d|\(?\b0\d{1,4}\)?[ /.‑-]?\d{2,4}(?:[ .‑-]?\d{2,4}){1,4}\b|` +
		`\b1-\d{3}-\d{3}-\d{4}\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b\d{3}[ -]\d{3}[ -]\d{4}\b|\b[48]00-\d{3}-\d{4}\b|\b[6-9]\d{2} \d{3} \d{3}\b`)},
	{coupon, capitalDigit, lazyregexp.New(`\b[A-Z]{3,12}\d{2,4}\b`)},
}

// signs are what a sentence has that patterns of contacts cannot do without;
// telling them takes a small part of the time of a pattern.
type signs uint8

const (
	at           signs = 1 << iota // @
	hash                           // #
	digits                         // four in all
	manyDigits                     // nine in all, the least of a telephone number
	capitalDigit                   // a digit behind a capital letter
	longRun                        // 23 letters and digits next to each other
)

func signsOf(s string) signs {
	var has signs
	n, run := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@':
			has |= at
		case c == '#':
			has |= hash
		case c >= '0' && c <= '9':
			if n++; i > 0 && s[i-1] >= 'A' && s[i-1] <= 'Z' {
				has |= capitalDigit
			}
		}
		if run++; !asciiWord(rune(s[i])) {
			run = 0
		}
		if run >= 23 {
			has |= longRun
		}
	}
	if n >= 4 {
		has |= digits
	}
	if n >= 9 {
		has |= manyDigits
	}
	return has
}

// accountNumber is an IBAN (ISO 13616): two letters, two check digits, then 11 to
// 30 characters, mostly in groups of four.
var accountNumber = lazyregexp.New(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`)

// maxContacts bounds the contacts of one sentence.
const maxContacts = 20

// contactsOf are the contacts in a sentence, outside of addresses.
func contactsOf(s string) []contact {
	s = width.Narrow.String(s)
	out := spelledNumbers(s)
	if strings.IndexFunc(s, func(r rune) bool { return r == '@' || r >= '0' && r <= '9' }) < 0 {
		return out
	}
	s = emphasis.Replace(text.WithoutAddresses(s))
	has := signsOf(s)
	for _, p := range contactPatterns {
		if has&p.needs != p.needs {
			continue
		}
		for _, at := range p.pattern.FindAllStringSubmatchIndex(s, maxContacts-len(out)) {
			hit := strings.TrimLeft(s[at[0]:at[1]], " \t\n(（:：「")
			if len(at) > 2 && at[2] >= 0 {
				hit = s[at[2]:at[3]]
			} else if p.kind == phone && !phoneDigits(hit) || p.kind == money && !mixed(hit) {
				continue
			}
			out = append(out, contact{p.kind, hit})
			s = s[:at[0]] + strings.Repeat(" ", at[1]-at[0]) + s[at[1]:]
		}
		if len(out) == maxContacts {
			break
		}
	}
	return out
}

// mixed reports whether an address of money has digits, as all have, and letters of both
// cases where it has no other form: a long word is none, nor is a hash.
func mixed(s string) bool {
	if strings.IndexFunc(s, unicode.IsDigit) < 0 {
		return false
	}
	return strings.ContainsAny(s, " ") || len(s) < 32 || strings.HasPrefix(s, "0x") ||
		strings.ToLower(s) == s && s[:2] != strings.ToUpper(s[:2]) && !hexadecimal(s) ||
		strings.ToLower(s) != s && strings.ToUpper(s) != s
}

// hexadecimal reports whether s may be the digest of a hash.
func hexadecimal(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'f') }) < 0
}

// numberWords are the words of which telephone numbers are spelled.
var numberWords = text.Set(`zero oh nought one two three four five six seven eight nine ten hundred double triple
	null eins zwei zwo drei vier fünf sechs sieben acht neun doppel
	zéro un deux trois quatre cinq six sept huit neuf dix vingt trente quarante cinquante soixante quatre-vingt cent
	cero uno dos tres cuatro cinco seis siete ocho nueve diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien
	um dois três quatro sete oito nove dez vinte trinta quarenta cinquenta sessenta setenta oitenta noventa
	due tre quattro cinque sei sette otto nove nul een twee drie vijf zes zeven acht negen jeden dwa trzy cztery pięć sześć siedem osiem
	ноль один два три четыре пять шесть семь восемь
	девять десять двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто`)

// spelledLeast is how many words of numbers stand next to each other at least
// where they spell a telephone number. Amounts have fewer.
const spelledLeast = 6

// spelledNumbers are the telephone numbers that a sentence spells: in words, or
// in the digits of Chinese.
func spelledNumbers(s string) []contact {
	var out []contact
	from, n, end := 0, 0, 0
	flush := func() {
		if n >= spelledLeast && len(out) < maxContacts {
			out = append(out, contact{phone, s[from:end]})
		}
		n = 0
	}
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case strings.ContainsRune("零〇一二三四五六七八九幺", r):
			if n == 0 {
				from = at
			}
			n, end = n+1, at+size
		case unicode.In(r, unicode.Han):
			flush()
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word := at
			for at < len(s) {
				if r, size = utf8.DecodeRuneInString(s[at:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					break
				}
				at += size
			}
			if !numberWords[strings.ToLower(s[word:at])] {
				flush()
				continue
			}
			if n == 0 {
				from = word
			}
			n, end = n+1, at
			continue
		case strings.ContainsRune(".;:!?", r):
			flush()
		}
		at += size
	}
	flush()
	return out
}

// phoneDigits reports whether a number is as long as those of telephones, by
// ITU-T E.164 at most 15 digits; dates and times are shorter.
func phoneDigits(s string) bool {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n >= 9 && n <= 15
}

// marksOf are the kinds of contacts as the lexicon of actions takes them.
func marksOf(contacts []contact) []string {
	var out []string
	for _, c := range contacts {
		out = append(out, c.kind.mark())
	}
	return out
}
