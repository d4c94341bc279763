package job_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

func TestWhatAJobSaysOfItsLink(t *testing.T) {
	for link, want := range map[string]struct{ domain, shown, short string }{
		"":                                    {"", "", ""},
		"https://WWW.Example.com/a":           {"example.com", "https://WWW.Example.com/a", "WWW.Example.com/a"},
		"https://u:pass@api.example.com:8443": {"api.example.com", "https://api.example.com:8443", "api.example.com:8443"},
		"https://e.com/?token=s3cr3t":         {"e.com", "https://e.com/?token=REDACTED", "e.com"},
		"http://[::1]:8080/x":                 {"::1", "http://[::1]:8080/x", "[::1]:8080/x"},
		"://":                                 {"", "://", "a link"},
	} {
		j := job.Job{URL: link}
		if j.Domain() != want.domain || j.ShownURL() != want.shown || j.ShortURL() != want.short {
			t.Errorf("%q: domain %q, shown %q, short %q", link, j.Domain(), j.ShownURL(), j.ShortURL())
		}
	}
}

func TestRepliesGoIntoTheThreadOfTheMessage(t *testing.T) {
	top := job.Job{Channel: "C1", MessageTS: "1.5"}
	inThread := job.Job{Channel: "C1", MessageTS: "2.5", ThreadTS: "1.5"}
	if top.Thread() != "1.5" || inThread.Thread() != "1.5" {
		t.Errorf("threads %q and %q", top.Thread(), inThread.Thread())
	}
	if s := inThread.Session(); s != "C1-2.5" || strings.Contains(s, "/") {
		t.Errorf("session %q", s)
	}
}

func TestOnlyAPassingErrorIsWorthAnotherAttempt(t *testing.T) {
	passing := retry.Passing(errors.New("locked"))
	for name, c := range map[string]struct {
		result job.Result
		want   bool
	}{
		"success":          {job.Result{Outcome: job.OutcomeSuccess}, false},
		"passing error":    {job.Result{Outcome: job.OutcomeError, Err: passing}, true},
		"lasting error":    {job.Result{Outcome: job.OutcomeError, Err: errors.New("gone")}, false},
		"error unnamed":    {job.Result{Outcome: job.OutcomeError}, false},
		"gates in between": {job.Result{Outcome: job.OutcomeGateFailed, Err: passing}, false},
	} {
		if got := c.result.Retryable(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

type limited struct{ error }

func (limited) Retryable() bool           { return true }
func (limited) RetryAfter() time.Duration { return time.Minute }

func TestTheWaitComesFromTheError(t *testing.T) {
	r := job.Result{Outcome: job.OutcomeError, Err: fmt.Errorf("analyse: %w", limited{errors.New("429")})}
	if r.RetryAfter() != time.Minute {
		t.Errorf("waits %v", r.RetryAfter())
	}
}

func TestAReplySaysTheCommentOrWhyThereIsNone(t *testing.T) {
	comment := &job.Comment{TLDR: []string{"a", "b", "c"}}
	ev := &job.Evidence{Title: "T", AdapterName: "PDFAdapter", Coverage: job.CoveragePartial, Errors: []string{"cut", "scanned"}}
	report := job.Report{Results: []job.GateResult{{Name: "links", Detail: "not on the page", Severity: job.Blocking}}}
	j := job.Job{URL: "https://u:pass@e.com/"}
	for name, c := range map[string]struct {
		result job.Result
		want   job.Reply
	}{
		"success": {
			job.Result{Outcome: job.OutcomeSuccess, Evidence: ev, Analysis: &job.Analysis{Result: comment, Analyst: job.AnalystOffline}},
			job.Reply{Title: "T", Comment: comment, Offline: true, Adapter: "PDFAdapter", Coverage: job.CoveragePartial, CoverageNote: "cut; scanned"},
		},
		"gate failed": {
			job.Result{Outcome: job.OutcomeGateFailed, Evidence: ev, Analysis: &job.Analysis{Result: comment}, Report: report},
			job.Reply{Title: "T", Reasons: []string{"links: not on the page"}},
		},
		"error before evidence": {
			job.Result{Outcome: job.OutcomeError, Err: errors.New("no answer")},
			job.Reply{Reasons: []string{"no answer"}},
		},
		"error of the link": {
			job.Result{Outcome: job.OutcomeError, Err: errors.New("https://e.com: the server answered 404: gone")},
			job.Reply{Reasons: []string{"the server answered 404: gone"}},
		},
		"error of another page": {
			job.Result{Outcome: job.OutcomeError, Err: errors.New("https://e.com/login: the server answered 404")},
			job.Reply{Reasons: []string{"https://e.com/login: the server answered 404"}},
		},
		"no link": {job.Result{Outcome: job.OutcomeNoURLs}, job.Reply{}},
	} {
		c.want.URL, c.want.Outcome, c.want.RunURL, c.want.TraceURL = "https://e.com/", c.result.Outcome, "run", "trace"
		if got := job.NewReply(j, c.result, "run", "trace"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestPartialEvidenceSaysWhy(t *testing.T) {
	ev := &job.Evidence{Coverage: job.CoverageFull, PageOffsets: []int{0, 10}}
	ev.MarkPartial("the page is cut")
	if ev.Coverage != job.CoveragePartial || !reflect.DeepEqual(ev.Errors, []string{"the page is cut"}) {
		t.Errorf("%+v", ev)
	}
	b, err := json.Marshal(ev)
	if err != nil || strings.Contains(string(b), "PageOffsets") {
		t.Errorf("%s, %v", b, err)
	}
}
