package gates

import "testing"

func TestWhatAPatternNeedsIsInEachOfItsMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		texts   []string // that it matches
		needs   int      // lists
	}{
		{`\b(?:ignore|forget)\b[^.]{0,9}\brules?\b`, []string{"Ignore all rules", "FORGET the rule"}, 2},
		{`(?:summari[sz]e|sum up)+ it`, []string{"summarise it", "Summarize it", "sum up it"}, 2},
		{`(?:ab)?cd`, []string{"cd", "abcd"}, 1},
		{`[a-z]{3}`, []string{"xyz"}, 0},
		{`system`, []string{"ſystem", "SYSTEM"}, 1}, // Go takes the long s for an s
	} {
		set := prefiltered([]string{tt.pattern})
		if got := len(set.lists); got != tt.needs {
			t.Errorf("%s needs %v", tt.pattern, set.lists)
		}
		for _, s := range tt.texts {
			if !set.patterns[0].regexp.MatchString(s) || !set.may(s) || !set.match(s) {
				t.Errorf("%s: %q is missed; needs %v", tt.pattern, s, set.lists)
			}
		}
	}
	if none := prefiltered([]string{`abc`}); none.may("ab") || none.match("ab") {
		t.Error("a text without what is needed")
	}
}

// TestNoOrderIsHiddenByThePrefilter: each pattern of orders has something that
// it needs, and each planted text that a pattern matches is looked at.
func TestNoOrderIsHiddenByThePrefilter(t *testing.T) {
	for _, p := range orderPatterns().patterns {
		if len(p.needs) == 0 {
			t.Errorf("needs nothing: %s", p.regexp)
		}
	}
	for _, o := range plantedTexts(t) {
		matches := false
		for _, p := range orderPatterns().patterns {
			matches = matches || p.regexp.MatchString(o.Text)
		}
		if matches && !orderPatterns().match(o.Text) {
			t.Errorf("%s is hidden", o.ID)
		}
	}
}
