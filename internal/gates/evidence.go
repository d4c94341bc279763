package gates

import (
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// checkEvidence fails where the comment has nothing to rest on: when retrieval
// failed, or brought no word of text, snippets or description. A description
// alone is enough: some pages say no more without a login.
func checkEvidence(in *input) verdict {
	words := len(strings.Fields(in.ev.Text))
	for _, s := range in.ev.Snippets {
		words += len(strings.Fields(s.Content))
	}
	switch {
	case in.ev.Coverage == job.CoverageFailed:
		return fail(0, "retrieval failed%s; nothing can be said about the page", because(in.ev.Errors))
	case words == 0 && strings.TrimSpace(in.ev.Description) == "":
		return fail(0, "the page gave no text%s; nothing can be said about it", because(in.ev.Errors))
	}
	return pass("%s, %s", text.Count(len(in.ev.Snippets), "snippet", "snippets"), text.Count(len(in.ev.Sources), "source", "sources"))
}

// checkCoverage is a warning, since a comment on a teaser is still of use as
// long as it says so.
func checkCoverage(in *input) verdict {
	switch in.ev.Coverage {
	case job.CoverageFull:
		return pass("the whole page")
	case job.CoveragePartial:
		return fail(0.5, "only part of the page was seen%s; the comment says so", because(in.ev.Errors))
	}
	return fail(0, "coverage is %q", in.ev.Coverage)
}

// because adds the reasons that retrieval gave, in brackets and shortened, or
// nothing where it gave none.
func because(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	short := make([]string, len(reasons))
	for i, r := range reasons {
		short[i] = excerpt(r)
	}
	return " (" + list(short) + ")"
}
