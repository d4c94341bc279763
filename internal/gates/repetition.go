package gates

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

const (
	gram      = 4    // words of a run that is counted
	maxLoop   = 0.25 // share of runs that may come again
	loopWords = 40   // texts below are too short to tell
)

// checkRepetition finds what small models do when they run in circles: they
// repeat a sentence, stutter words, or say the same phrases over and over.
func checkRepetition(in *input) verdict {
	var found []string
	seen := map[string]string{}
	for _, p := range in.parts() {
		// The offline analyst takes tldr and summary from the same sentences,
		// and a page may repeat a short one.
		scope, least := "", 4
		if in.opts.Offline {
			scope, least = p.field, 8
		}
		for _, s := range text.Stretches(p.text) {
			// Short ones, such as "It is free.", come again in good texts.
			key := spaced(s.Text)
			if len(strings.Fields(key)) < least {
				continue
			}
			if first, ok := seen[scope+key]; ok && (first == p.name || !bothProse(first, p.name)) {
				found = append(found, fmt.Sprintf("%s repeats a sentence of %s: “%s”", p.name, first, excerpt(s.Text)))
			} else {
				seen[scope+key] = p.name
			}
		}
		words := strings.Fields(spaced(p.text))
		if w := stutter(words); w != "" && !in.opts.Offline {
			found = append(found, fmt.Sprintf("%s stutters: “%s”", p.name, excerpt(w)))
		}
		if r := repeated(words); len(words) >= loopWords && r > maxLoop {
			found = append(found, fmt.Sprintf("%.0f %% of %s is said before in it", r*100, p.name))
		}
	}
	return faults(distinct(found), len(in.parts()), "none found")
}

// bothProse reports whether one of two parts is the summary and the other an
// item of the tldr. That a sentence stands in both is no loop.
func bothProse(a, b string) bool {
	return (a == "summary") != (b == "summary") && (strings.HasPrefix(a, "tldr") || strings.HasPrefix(b, "tldr"))
}

// stutter finds one to three words that come four times in a row, and returns
// all of them, or "". Three times is still a figure of speech.
func stutter(words []string) string {
	const times = 4
	for n := 1; n <= 3; n++ {
		for i := 0; i+n*times <= len(words); i++ {
			run := strings.Join(words[i:i+n], " ")
			same := true
			// words[i:i+n] is the candidate; the next times-1 stretches of n
			// words must equal it.
			for k := 1; k < times && same; k++ {
				same = strings.Join(words[i+k*n:i+(k+1)*n], " ") == run
			}
			if same {
				return strings.Join(words[i:i+n*times], " ")
			}
		}
	}
	return ""
}

// repeated is the share of word runs that came before, from 0 to 1. A text
// without repetition has 0, one sentence said twice nearly a half.
func repeated(words []string) float64 {
	if len(words) < gram {
		return 0
	}
	seen := map[string]bool{}
	again := 0
	for i := 0; i+gram <= len(words); i++ {
		run := strings.Join(words[i:i+gram], " ")
		if seen[run] {
			again++
		}
		seen[run] = true
	}
	return float64(again) / float64(len(words)-gram+1)
}
