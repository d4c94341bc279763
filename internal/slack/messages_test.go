package slack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/retry"
)

// answering is the Web API with one answer to everything.
func answering(t *testing.T, status int, header http.Header, body string) *webAPI {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer xoxb-1" || r.FormValue("channel") != "C1" || r.FormValue("include_all_metadata") != "1" {
			t.Errorf("asked %s %v", r.Header, r.Form)
		}
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return newWebAPI("xoxb-1", "", s.URL)
}

func TestHistoryReadsMessagesAsEventsHaveThem(t *testing.T) {
	const forwarded = `{"type":"message","user":"U1","ts":"3.3","text":"","attachments":[{"is_share":true,"is_msg_unfurl":true,"text":"",
		"message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://a.example/forwarded"}]}]}]}}]}]}`
	api := answering(t, 200, nil, `{"ok":true,"has_more":false,"messages":[`+forwarded+`,
		{"type":"message","user":"U1","ts":"2.2","text":"x","blocks":[{"type":"new_kind","elements":{"not":"a list"}}],"latest_reply":"2.9","thread_ts":"2.2"},
		7, {"type":"message","subtype":"thread_broadcast","user":"U1","ts":"1.1","thread_ts":"0.5","edited":{},"text":"<https://a.example/broadcast>",
		"root":{"text":"<https://a.example/root>"},"metadata":{"event_type":"technoshare_reply","event_payload":{"key":"k"}}}]}`)
	var got []Message
	if err := api.History(t.Context(), "C1", "0.1", func(m Message) bool { got = append(got, m); return true }); err != nil || len(got) != 3 {
		t.Fatalf("%v, %d messages", err, len(got))
	}
	r := &reader{self: me, maxLinks: 3}
	if s := outline(r.message("C1", got[0], "backfill")); s != "backfill https://a.example/forwarded" {
		t.Error(s)
	}
	if s := outline(r.message("C1", got[2], "backfill")); s != "backfill https://a.example/broadcast" || got[2].Key != "k" || got[2].ThreadTS != "0.5" {
		t.Error(s, got[2])
	}
	if got[1].LatestReply != "2.9" {
		t.Error(got[1])
	}
}

func TestErrorsOfHistoryAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name, body, code string
		status           int
		header           http.Header
		again            bool
		after            time.Duration
	}{
		{"a limit", ``, codeRateLimited, 429, http.Header{"Retry-After": {"7"}}, true, 7 * time.Second},
		{"a limit without a time", ``, codeRateLimited, 429, nil, true, time.Second},
		{"a fault of Slack", ``, "http_503", 503, nil, true, 0},
		{"a proxy that wants its login", `<html>`, "http_407", 407, nil, true, 0},
		{"a proxy without a way", `<html>`, "http_404", 404, nil, true, 0},
		{"too large for what stands between", `<html>`, "http_413", 413, nil, false, 0},
		{"no right", `{"ok":false,"error":"missing_scope","needed":"channels:history"}`, "missing_scope", 200, nil, false, 0},
		{"no JSON", `<html>`, codeNetwork, 200, nil, true, 0},
	} {
		err := answering(t, c.status, c.header, c.body).Thread(t.Context(), "C1", "1.1", "", func(Message) bool { return true })
		if !IsCode(err, c.code) || retry.Retryable(err) != c.again || retry.After(err) != c.after {
			t.Errorf("%s: %v, again %v after %s", c.name, err, retry.Retryable(err), retry.After(err))
		}
	}
}

func TestAResponseURLThatIsUsedUpStaysSo(t *testing.T) {
	for status, again := range map[int]bool{404: false, 410: false, 429: true, 503: true} {
		if err := wrap(responseURL, slack.StatusCodeError{Code: status}); retry.Retryable(err) != again {
			t.Errorf("%d: %v, again %v", status, err, !again)
		}
	}
}

// TestAThreadThatWasNotReadWholeIsAnError: where a post is looked for, the rest may hold it, and to say that it is not there has
// it made a second time.
func TestAThreadThatWasNotReadWholeIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		least  int // messages, of pages that were asked for
		most   int
	}{
		"a cursor that repeats itself": {`"response_metadata":{"next_cursor":"same"}`, 2, 2},
		"no cursor":                    {`"response_metadata":{}`, 1, 1},
		"a cursor for ever":            {`"response_metadata":{"next_cursor":"%d"}`, maxPages, maxPages},
	} {
		pages := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			pages++
			_, _ = io.WriteString(w, `{"ok":true,"has_more":true,"messages":[{"ts":"1.1","user":"U1"}],`+strings.ReplaceAll(c.answer, "%d", strconv.Itoa(pages))+`}`)
		}))
		n := 0
		err := newWebAPI("xoxb-1", "", s.URL).Thread(t.Context(), "C1", "1.1", "", func(Message) bool { n++; return true })
		s.Close()
		if !IsCode(err, codeNetwork) || !retry.Retryable(err) || n < c.least || n > c.most {
			t.Errorf("%s: %v, %d messages", name, err, n)
		}
	}
}
