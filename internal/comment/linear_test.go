package comment

import (
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// All forms take time in proportion to the comment, also one that no gate has
// seen.
func TestTimeGrowsWithTheComment(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(1) {
		texttest.Grows(t, k, 12_000, func(s string) {
			r := job.Reply{Comment: &job.Comment{TLDR: []string{s}, Summary: s}, Title: s, URL: s, CoverageNote: s, Outcome: job.OutcomeSuccess}
			Messages(r)
			Markdown(r)
			HTML(r)
			Terminal(r, 80, true)
		})
	}
}

// A text that takes many messages is neither measured nor shortened anew for each of them.
func TestTimeGrowsWithTheMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Kinds() {
		switch k.Name {
		case "underscores", "chat marks":
			texttest.Grows(t, k, 75_000, func(s string) {
				Messages(job.Reply{Comment: &job.Comment{Summary: s}, Outcome: job.OutcomeSuccess})
			})
		}
	}
}
