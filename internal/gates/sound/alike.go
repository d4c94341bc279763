package sound

import "strings"

// classes are consonants that scripts write for one another.
var classes = func() map[byte]int {
	m := map[byte]int{}
	for i, class := range []string{"bpfv", "dt", "gkh", "szSZCj", "lr", "mn"} {
		for j := range len(class) {
			m[class[j]] = i + 1
		}
	}
	return m
}()

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// The costs of edits. A consonant that is missing is nearly as bad as one that
// is another; vowels come and go.
const (
	vowelMissing     = 0.22
	vowelOther       = 0.18
	consonantMissing = 0.9
	softMissing      = 0.35 // h, r and l, which many scripts leave out
	near             = 0.2
	nearest          = 0.1 // v and b, f and p: one letter in Korean and Japanese
	far              = 1.2
)

func missing(c byte) float64 {
	switch {
	case vowel(c):
		return vowelMissing
	case c == 'h' || c == 'r' || c == 'l':
		return softMissing
	}
	return consonantMissing
}

// differ is the cost of one sound for another.
func differ(a, b byte) float64 {
	switch {
	case a == b:
		return 0
	case vowel(a) && vowel(b):
		return vowelOther
	case vowel(a) != vowel(b):
		return far
	case strings.IndexByte("vb", a) >= 0 && strings.IndexByte("vb", b) >= 0, strings.IndexByte("fp", a) >= 0 && strings.IndexByte("fp", b) >= 0:
		return nearest
	case classes[a] != 0 && classes[a] == classes[b]:
		return near
	}
	return far
}

// maxCost is what the edits may cost for each consonant of a name. A short name
// has few chances to differ.
func maxCost(consonants, letters int) float64 {
	switch n := float64(consonants); {
	case consonants <= 2 && letters < 4:
		return 0.1 * n
	case consonants == 3:
		return 0.23 * n
	case consonants == 4:
		return 0.24 * n
	default:
		return 0.28 * n
	}
}

// alike compares the sounds of a name with those of a word, which may have an
// ending of up to four letters more. Its time is the product of both lengths,
// which are bounded.
func alike(name, word string) bool {
	if len(word) > 2*maxName {
		word = word[:2*maxName]
	}
	consonants := 0
	for i := range len(name) {
		if !vowel(name[i]) {
			consonants++
		}
	}
	if consonants < 2 && name != word {
		return false
	}
	limit := maxCost(consonants, len(name))
	// The first sounds must be neighbours, which rules out most words.
	if a, b := name[0], word[0]; !(vowel(a) && vowel(b)) && a != b && (classes[a] == 0 || classes[a] != classes[b]) && a != 'h' && b != 'h' {
		return false
	}
	row := make([]float64, len(word)+1)
	for j := 1; j <= len(word); j++ {
		row[j] = row[j-1] + missing(word[j-1])
	}
	for i := 1; i <= len(name); i++ {
		diagonal := row[0]
		row[0] += missing(name[i-1])
		best := row[0]
		for j := 1; j <= len(word); j++ {
			cost := min(diagonal+differ(name[i-1], word[j-1]), row[j]+missing(name[i-1]), row[j-1]+missing(word[j-1]))
			diagonal, row[j] = row[j], cost
			best = min(best, cost)
		}
		if best > limit {
			return false
		}
	}
	for end := max(len(word)-4, 1); end <= len(word); end++ {
		if row[end] <= limit {
			return true
		}
	}
	return false
}
