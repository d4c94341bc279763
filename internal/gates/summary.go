package gates

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/text"
)

const (
	// In sentences and, the last one, in characters.
	summaryLeast = 5
	summaryMost  = 10
	summaryChars = 100
)

// checkSummary demands one paragraph of five to ten sentences. A doubtful end
// mark counts for the writer, on both borders.
// [text.CountSentences] gives the range; the summary fails only if no reading
// of it has the right number. Of a short page the offline analyst may give
// less.
func checkSummary(in *input) verdict {
	summary := strings.TrimSpace(in.res.Summary)
	if !text.HasWord(summary) {
		return fail(0, "the summary is empty")
	}
	var found []string
	least, most := text.CountSentences(summary)
	wanted, chars := summaryLeast, summaryChars
	if in.short() {
		wanted, chars = 1, 1
	}
	if most < wanted || least > summaryMost {
		found = append(found, fmt.Sprintf("%s, %d to %d are needed", text.Count(most, "sentence", "sentences"), summaryLeast, summaryMost))
	}
	if n := utf8.RuneCountInString(summary); n < chars {
		found = append(found, fmt.Sprintf("%s, at least %d are needed", text.Count(n, "character", "characters"), summaryChars))
	}
	// U+2028 and U+2029 are Unicode's own line and paragraph separators.
	lines := strings.FieldsFunc(summary, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' })
	if len(lines) > 1 {
		found = append(found, fmt.Sprintf("%d lines, one paragraph is needed", len(lines)))
	}
	for _, l := range lines {
		if bulleted(l) {
			found = append(found, fmt.Sprintf("a bullet: “%s”", excerpt(l)))
			break
		}
	}
	return faults(found, 4, fmt.Sprintf("one paragraph of %d sentences", most))
}
