package slack

import "testing"

func TestEntriesOfADigestAreCutBetweenWords(t *testing.T) {
	for _, c := range []struct {
		text, want string
		most       int
	}{
		{"`Headers` and `Request` are classes.", "Headers and Request are classes.", 100},
		{"It names the implementations that are there.", "It names the …", 20},
		{"標準は一つの窓口を与え古いものに代わる。", "標準は一つの窓口…", 9},
	} {
		if got := inWords(c.text, c.most); got != c.want {
			t.Errorf("%q in %d characters: %q, want %q", c.text, c.most, got, c.want)
		}
	}
}
