package analysis

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSentences(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"plain":           {"One is here. Two is there! Is three? Yes.", []string{"One is here.", "Two is there!", "Is three?", "Yes."}},
		"abbreviations":   {"Dr. Smith vs. Mr. Jones, e.g. Berlin. See Fig. 3 there.", []string{"Dr. Smith vs. Mr. Jones, e.g. Berlin.", "See Fig. 3 there."}},
		"initials":        {"J. R. R. Tolkien wrote it. U.S. Steel paid.", []string{"J. R. R. Tolkien wrote it.", "U.S. Steel paid."}},
		"I is a word":     {"So did I. Then it ended.", []string{"So did I.", "Then it ended."}},
		"numbers":         {"It costs $3.50 today. Version 2.0 follows.", []string{"It costs $3.50 today.", "Version 2.0 follows."}},
		"a year ends":     {"It began in 2019. It goes on.", []string{"It began in 2019.", "It goes on."}},
		"lower case next": {"Node.js is fast. npm is not.", []string{"Node.js is fast. npm is not."}},
		"german":          {"Am 3. Oktober war Feiertag. Das gilt z.B. Berlin betreffend bzw. Bonn. Gut.", []string{"Am 3. Oktober war Feiertag.", "Das gilt z.B. Berlin betreffend bzw. Bonn.", "Gut."}},
		"french":          {"M. Dupont arrive à 8 h. Il dit « Bonjour. » Puis il part.", []string{"M. Dupont arrive à 8 h.", "Il dit « Bonjour. »", "Puis il part."}},
		"japanese":        {"検索の仕組みです。次に進みます。終わり", []string{"検索の仕組みです。", "次に進みます。", "終わり"}},
		"chinese":         {"这是第一句。这是第二句！这是第三句？", []string{"这是第一句。", "这是第二句！", "这是第三句？"}},
		"arabic":          {"هل هذا سؤال؟ نعم هذا جواب.", []string{"هل هذا سؤال؟", "نعم هذا جواب."}},
		"lines":           {"A heading\n\nA sentence\tof  two.\r\nNext.", []string{"A heading", "A sentence of two.", "Next."}},
		"quotes":          {`He said "Stop." Then he left.`, []string{`He said "Stop."`, `Then he left.`}},
		"ends in abbr.":   {"They sell nuts, bolts etc.", []string{"They sell nuts, bolts etc."}},
		"ellipsis":        {"Nobody tests it… Mostly for want of tools. And so… it goes.", []string{"Nobody tests it…", "Mostly for want of tools.", "And so… it goes."}},
		"empty":           {" \n\t\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, s := range sentences(tc.text) {
				if s.index != i {
					t.Errorf("sentence %d has index %d", i, s.index)
				}
				got = append(got, s.text)
			}
			if strings.Join(got, "|") != strings.Join(tc.want, "|") {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestTerms(t *testing.T) {
	for text, want := range map[string]string{
		"The Fetch-API of 2015 is it": "the|fetch|api|2015",
		"検索の仕組み":                      "検索|索の|の仕|仕組|組み",
		"Größe und Café":              "größe|und|café",
		"…!":                          "",
	} {
		if got := strings.Join(terms(text), "|"); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"One. Two.", "Dr. X e.g. y", "検索。次", "a\u2028b", "\xff. A", strings.Repeat("A. ", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = clean(text)
		var words []string
		for _, s := range sentences(text) {
			if s.text == "" || strings.ContainsAny(s.text, "\n\r") || !utf8.ValidString(s.text) {
				t.Fatalf("sentence %q", s.text)
			}
			words = append(words, strings.Fields(s.text)...)
		}
		// Nothing is lost and nothing is added but white space.
		if got, want := strings.Join(words, ""), strings.Join(strings.Fields(text), ""); got != want && len(words) < maxSentences {
			t.Fatalf("got %q from %q", got, want)
		}
		if cut, _ := fit(text, 100); len(cut) > 103 || !utf8.ValidString(cut) {
			t.Fatalf("fit: %d bytes, %q", len(cut), cut)
		}
	})
}
