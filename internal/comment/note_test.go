package comment

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

func TestANoteSaysWhatTheJobWasAndHowItWent(t *testing.T) {
	passed := job.GateResult{Name: "summary", Passed: true, Score: 1, Severity: job.Blocking}
	failed := job.GateResult{Name: "names", Detail: "not on the page: “*Buffalo*”", Severity: job.Blocking}
	warned := job.GateResult{Name: "tone", Detail: "an *exclamation*", Severity: job.Advisory}
	page := job.Reply{URL: "https://example.org/a", Title: "A [page]", Comment: &job.Comment{TLDR: []string{"First.", "Second."}, Summary: "More."}}
	with := func(o job.Outcome, reasons ...string) job.Reply {
		r := page
		if r.Outcome, r.Reasons = o, reasons; o != job.OutcomeSuccess {
			r.Comment = nil
		}
		return r
	}
	head := "[A \\[page\\]](https://example.org/a)\n\n"
	for name, c := range map[string]struct {
		reply job.Reply
		gates []job.GateResult
		want  string
	}{
		"success": {with(job.OutcomeSuccess), []job.GateResult{passed, passed}, head + "- First.\n- Second.\n\n2 of 2 gates passed"},
		"a warning": {with(job.OutcomeSuccess), []job.GateResult{passed, warned},
			head + "- First.\n- Second.\n\n1 of 2 gates passed:\n\n- tone: an \\*exclamation\\*"},
		"a failed gate": {with(job.OutcomeGateFailed, "names: …"), []job.GateResult{passed, failed},
			head + "1 of 2 gates passed:\n\n- names: not on the page: “\\*Buffalo\\*”"},
		"no page":      {with(job.OutcomeError, "the server answered 404\nNot Found"), nil, head + "the server answered 404 Not Found"},
		"not posted":   {with(job.OutcomeError, "Slack is away"), []job.GateResult{passed}, head + "Slack is away\n\n1 of 1 gates passed"},
		"no links":     {job.Reply{Outcome: job.OutcomeNoURLs}, nil, ""},
		"a long error": {job.Reply{Outcome: job.OutcomeError, Reasons: []string{strings.Repeat("x", 1000)}}, nil, strings.Repeat("x", maxNote-1) + "…"},
	} {
		if got := Note(c.reply, job.Report{Results: c.gates}); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}
