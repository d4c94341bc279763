package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/text"
)

func TestSentencesAreCutForReading(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"plain":             {"One is here. Two is there! Is three? Yes.", []string{"One is here.", "Two is there!", "Is three?", "Yes."}},
		"abbreviations":     {"Dr. Smith vs. Mr. Jones, e.g. Berlin. See Fig. 3 there.", []string{"Dr. Smith vs. Mr. Jones, e.g. Berlin.", "See Fig. 3 there."}},
		"initials":          {"J. R. R. Tolkien wrote it. U.S. Steel paid.", []string{"J. R. R. Tolkien wrote it.", "U.S. Steel paid."}},
		"I is a word":       {"So did I. Then it ended.", []string{"So did I.", "Then it ended."}},
		"numbers":           {"It costs $3.50 today. Version 2.0 follows.", []string{"It costs $3.50 today.", "Version 2.0 follows."}},
		"a year ends":       {"It began in 2019. It goes on.", []string{"It began in 2019.", "It goes on."}},
		"lower case next":   {"Node.js is fast. npm is not.", []string{"Node.js is fast. npm is not."}},
		"german":            {"Am 3. Oktober war Feiertag. Das gilt z.B. Berlin betreffend bzw. Bonn. Gut.", []string{"Am 3. Oktober war Feiertag.", "Das gilt z.B. Berlin betreffend bzw. Bonn.", "Gut."}},
		"french":            {"M. Dupont arrive à 8 h. Il dit « Bonjour. » Puis il part.", []string{"M. Dupont arrive à 8 h.", "Il dit « Bonjour. »", "Puis il part."}},
		"japanese":          {"検索の仕組みです。次に進みます。終わり", []string{"検索の仕組みです。", "次に進みます。", "終わり"}},
		"chinese":           {"这是第一句。这是第二句！这是第三句？", []string{"这是第一句。", "这是第二句！", "这是第三句？"}},
		"arabic":            {"هل هذا سؤال؟ نعم هذا جواب.", []string{"هل هذا سؤال؟", "نعم هذا جواب."}},
		"lines":             {"A heading\n\nA sentence\tof  two.\r\nNext.", []string{"A heading", "A sentence of two.", "Next."}},
		"quotes":            {`He said "Stop." Then he left.`, []string{`He said "Stop."`, `Then he left.`}},
		"ends in abbr.":     {"They sell nuts, bolts etc.", []string{"They sell nuts, bolts etc."}},
		"ellipsis":          {"Nobody tests it… Mostly for want of tools. And so… it goes.", []string{"Nobody tests it…", "Mostly for want of tools.", "And so… it goes."}},
		"a state or a word": {"He fell ill. Then he left Miss. In May.", []string{"He fell ill.", "Then he left Miss.", "In May."}},
		"empty":             {" \n\t\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range text.Sentences(tc.text, 100) {
				got = append(got, s.Text)
			}
			if strings.Join(got, "|") != strings.Join(tc.want, "|") {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestSentencesAreCounted(t *testing.T) {
	tests := []struct {
		in          string
		least, most int
	}{
		{"One here. Two here.", 2, 2},
		{"Mr. Smith of Acme Inc. met Dr. Jones.", 1, 3},
		{"The U.S. Senate met at 5 p.m. on Monday.", 1, 2},
		{"It uses e.g. Redis, i.e. a store.", 1, 2},
		{"Node.js 1.2.3 is out.", 1, 1},
		{"It costs $3.50. That is cheap!", 2, 2},
		{"“Is it good?” he asked.", 1, 1},
		{"Is it good? It is!", 2, 2},
		{"It is good… It is bad.", 2, 2},
		{"**It works.** That is all.", 2, 2},
		{"It works (see below.) That is all.", 2, 2},
		{"それは良い。これは悪い。", 2, 2},
		{"J. R. Hartley wrote it.", 1, 3},
		{"It is fast. npm is slow.", 1, 2},
		{"Dekalb, Ill. — Glass won.", 1, 2},
		{"It is in vers. 26 of it.", 1, 2},
		{"He fell ill. Then he left.", 1, 2},   // or Illinois
		{"Siehe Abb. 3 bzw. Kap. Vier.", 1, 4}, // words of the common list
		{"No end mark", 1, 1},
		{"", 0, 0},
		{"...", 0, 0},
	}
	for _, tt := range tests {
		if least, most := text.CountSentences(tt.in); least != tt.least || most != tt.most {
			t.Errorf("%q: %d to %d, want %d to %d: %v", tt.in, least, most, tt.least, tt.most, text.Stretches(tt.in))
		}
	}
}

func TestSentencesAreBounded(t *testing.T) {
	if got := text.Sentences(strings.Repeat("One is here. ", 50), 7); len(got) != 7 {
		t.Errorf("%d sentences, want 7", len(got))
	}
	got := text.Sentences("One. Two.\nThree.", 9)
	if len(got) != 3 || !got[0].Opens || got[1].Opens || !got[2].Opens {
		t.Errorf("openings %+v", got)
	}
}

// FuzzSentences: nothing is lost and nothing is added but white space, whichever
// way a text is cut.
func FuzzSentences(f *testing.F) {
	for _, s := range []string{"One. Two.", "Dr. X e.g. y", "検索。次", "a\u2028b", "A", strings.Repeat("A. ", 50), "… … .!?»"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !utf8.ValidString(in) {
			t.Skip()
		}
		const most = 1000
		var words []string
		all := text.Sentences(in, most)
		for _, s := range all {
			if s.Text == "" || strings.ContainsAny(s.Text, "\n\r") || !utf8.ValidString(s.Text) {
				t.Fatalf("sentence %q", s.Text)
			}
			words = append(words, strings.Fields(s.Text)...)
		}
		if got, want := strings.Join(words, ""), strings.Join(strings.Fields(in), ""); got != want && len(all) < most {
			t.Fatalf("got %q from %q", got, want)
		}
		least, greatest := text.CountSentences(in)
		if least > greatest || (greatest > 0) != text.HasWord(in) {
			t.Fatalf("%d to %d sentences in %q", least, greatest, in)
		}
		for _, s := range text.Stretches(in) {
			if !strings.Contains(in, s.Text) || !text.HasWord(s.Text) {
				t.Fatalf("stretch %q of %q", s.Text, in)
			}
		}
	})
}

// A row of brackets behind a full stop, which the Unicode rules look through for
// each of them, is shown to them in pieces, and cuts nothing.
func TestRowsOfMarksCutNothing(t *testing.T) {
	row := strings.Repeat(")", 1000)
	for in, want := range map[string]int{
		"It is so" + row + " and goes on. Then it ends.": 2,
		"It ends." + row + " Then it begins.":            1, // one too long rather than one torn
		strings.Repeat("?", 1000):                        1,
		strings.Repeat("A… ", 1000):                      1000,
		strings.Repeat("e.g. ", 1000):                    1,
		"Il dit « Oui. » puis il part. Elle reste.":      2,
	} {
		got := text.Sentences(in, 2000)
		if len(got) != want {
			t.Errorf("%.40q: %d sentences, want %d", in, len(got), want)
		}
	}
	if got := text.Sentences("Il dit « Oui. » puis il part.", 9); got[0].Text != "Il dit « Oui. » puis il part." {
		t.Errorf("the space is lost: %q", got[0].Text)
	}
}
