package job

import (
	"encoding/json"
	"strings"
)

// Reply is what people are told about a job: the comment, or why there is none.
// It is made once for each job; a [Formatter] gives it its forms.
type Reply struct {
	URL string // of the page, without secrets
	// Question is set where the reply answers one, or says why it does not.
	Question string
	Title    string // of the page; empty when unknown
	Outcome  Outcome
	// Comment is set for OutcomeSuccess, Reasons for all others: failed gates as
	// "name: detail", or the error, which does not begin with URL again.
	Comment *Comment
	Reasons []string
	// Adapter and Coverage say how the page was read; CoverageNote why not all
	// of it.
	Adapter      string
	Coverage     Coverage
	CoverageNote string
	// Offline says that no model was asked.
	Offline          bool
	RunURL, TraceURL string // pages in MLflow; empty for none
}

// NewReply makes the reply to a job that ended as r says. runURL and traceURL may be empty. An
// outcome of success implies evidence and a comment, which are read without a look for nil;
// every other outcome may lack both.
func NewReply(j Job, r Result, runURL, traceURL string) Reply {
	reply := Reply{URL: j.ShownURL(), Question: j.Question, Outcome: r.Outcome, RunURL: runURL, TraceURL: traceURL}
	if r.Evidence != nil {
		reply.Title = r.Evidence.Title
	}
	switch {
	case r.Outcome == OutcomeSuccess:
		reply.Comment, reply.Offline = r.Analysis.Result, r.Analysis.Offline()
		reply.Adapter, reply.Coverage, reply.CoverageNote = r.Evidence.AdapterName, r.Evidence.Coverage, strings.Join(r.Evidence.Errors, "; ")
	case r.Err != nil:
		reply.Reasons = []string{reason(r.Err, reply.URL)}
	default:
		reply.Reasons = r.Report.Failures()
	}
	return reply
}

// reason is what err says beside the link, which stands over it in each form of a reply.
func reason(err error, link string) string {
	s := err.Error()
	if at, rest, ok := strings.Cut(s, ": "); ok && rest != "" && strings.TrimSuffix(at, "/") == strings.TrimSuffix(link, "/") {
		return rest
	}
	return s
}

// Message is one message of a reply as Slack takes it. Text is what notifications and screen
// readers use. Slack shows the blocks where there are any, and the text in their place only
// where it can't.
type Message struct {
	Text string `json:"text"`
	// Blocks is an array of Block Kit blocks, as JSON; null or empty for none.
	Blocks json.RawMessage `json:"blocks"`
}
