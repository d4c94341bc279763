package evidence

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/job"
)

func TestSnippetsCoverTheWholeDocument(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		if i%10 == 0 {
			fmt.Fprintf(&b, "## Part %d\n\n", i/10)
		}
		fmt.Fprintf(&b, "Paragraph %d tells of something. %s\n\n", i, strings.Repeat("It goes on for a while. ", 12))
	}
	ev := &job.Evidence{Text: strings.TrimSpace(b.String()), FinalURL: "https://example.com/x"}
	got := cutSnippets(ev, SnippetRules{Max: 12, MaxChars: 500, Tokens: 1500})
	if len(got) != 12 || !strings.Contains(got[0].Content, "Paragraph 0 ") || !strings.Contains(got[11].Content, "Paragraph 59 ") {
		t.Fatalf("%d snippets, first %q", len(got), got[0].Content)
	}
	parts := map[string]bool{}
	for _, s := range got {
		part, _, _ := strings.Cut(s.Position, " ·")
		parts[part] = true
	}
	if len(parts) != 6 {
		t.Errorf("parts %v, want all six", parts)
	}
	few := cutSnippets(ev, SnippetRules{Max: 12, MaxChars: 500, Tokens: 300})
	total := 0
	for _, s := range few {
		total += len(s.Content) / 4
	}
	if len(few) < 2 || total > 300 || !strings.Contains(few[len(few)-1].Content, "Paragraph 59 ") {
		t.Errorf("%d snippets of %d tokens", len(few), total)
	}
}

func TestSnippetsAreCutAtSentences(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("One sentence stands here. ", 60), strings.Repeat("这是一个句子。", 200), strings.Repeat("word ", 400),
		strings.Repeat("x", 2000), "é" + strings.Repeat("è", 1999),
	} {
		ev := &job.Evidence{Text: strings.TrimSpace(text)}
		joined := 0
		for _, s := range cutSnippets(ev, SnippetRules{Max: 100, MaxChars: 200, Tokens: 100000}) {
			if n := utf8.RuneCountInString(s.Content); n > 200 || n == 0 {
				t.Errorf("%d characters", n)
			}
			if strings.HasPrefix(text, "One") && !strings.HasSuffix(s.Content, ".") ||
				strings.HasPrefix(text, "这") && !strings.HasSuffix(s.Content, "。") {
				t.Errorf("cut inside a sentence: %q", s.Content)
			}
			joined += len(strings.ReplaceAll(s.Content, " ", ""))
		}
		if joined != len(strings.ReplaceAll(ev.Text, " ", "")) {
			t.Errorf("%d of %d bytes are in snippets", joined, len(ev.Text))
		}
	}
}

func TestSnippetsHoldWhatTheLinkNamesAndSomethingAroundIt(t *testing.T) {
	lead := "The comment itself is short."
	thread := strings.TrimSpace(strings.Repeat(strings.Repeat("Others say other things. ", 15)+"\n\n", 40))
	ev := &job.Evidence{Text: lead + "\n\n" + thread, Lead: len(lead)}
	got := cutSnippets(ev, SnippetRules{Max: 12, MaxChars: 500, Tokens: 1500})
	if len(got) != 12 || got[0].Content != lead {
		t.Fatalf("%d snippets, first %q", len(got), got[0].Content)
	}

	long := strings.TrimSpace(strings.Repeat(strings.Repeat("The answer goes on. ", 20)+"\n\n", 30))
	ev = &job.Evidence{Text: long + "\n\n" + thread, Lead: len(long)}
	own, around := 0, 0
	for _, s := range cutSnippets(ev, SnippetRules{Max: 12, MaxChars: 500, Tokens: 1500}) {
		if strings.Contains(s.Content, "The answer") {
			own++
		}
		if strings.Contains(s.Content, "Others say") {
			around++
		}
	}
	if own != 9 || around != 3 {
		t.Errorf("%d snippets of the answer and %d of what is around it", own, around)
	}
}
