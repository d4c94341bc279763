package datasets_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/datasets"
)

// jsonText is a value of JSON.
type jsonText = json.RawMessage

func TestPeopleAndPlacesAreTakenOutOfTexts(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "",
		"it missed the point":                   "it missed the point",
		"<@U02ABCDEF1> said so":                 "[person] said so",
		"<@W02ABCDEF1|ann> said so":             "[person] said so",
		"ask @ann.smith, or (@bob)":             "ask [person], or ([person])",
		"as in <#C02ABCDEF1|general>":           "as in [channel]",
		"<!subteam^S02ABCDEF1|@team> know":      "[people] know",
		"U02ABCDEF1 and C0123456789":            "[id] and [id]",
		"mail ann@example.co.uk!":               "mail [e-mail]!",
		"<mailto:a.b+c@e.com|a.b+c@e.com>":      "[e-mail]",
		"see https://x.slack.com/archives/C1/p": "see [message]",
		"TRANSFORMERS and BENCHMARKS stay":      "TRANSFORMERS and BENCHMARKS stay",
		"npm i @scope":                          "npm i [person]",
		"C++ and user@ stay, p < 0.05 too":      "C++ and user@ stay, p < 0.05 too",
	} {
		if got := datasets.Scrub(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"<@U02ABCDEF1>", "a@b.c", "<mailto:", "@a@b@c.d", "<#C1|x> U02ABCDEF1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := datasets.Scrub(in)
		if strings.Contains(out, "<@") && strings.Contains(out[strings.Index(out, "<@"):], ">") {
			t.Errorf("%q became %q", in, out)
		}
		if strings.Contains(strings.Join(strings.Fields(out), " "), "U02ABCDEF1") && strings.Contains(" "+in+" ", " U02ABCDEF1 ") {
			t.Errorf("%q became %q", in, out)
		}
	})
}
