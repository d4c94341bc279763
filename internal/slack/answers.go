package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/retry"
)

// errForeign is what came with status 200 or 429 and is no answer of Slack: the login page of a proxy, or
// JSON of something else. It counts as a fault of the network.
var errForeign = errors.New("the answer is none of Slack's; something between may have given it")

// answersOnly is an HTTP client for slack-go that lets only answers of Slack through. slack-go takes
// a JSON object without "ok" for success, so that nothing would be taken for done.
type answersOnly struct{ http *http.Client }

// newHTTPClient is the client of all calls. It follows no redirect: Slack gives none, and where a proxy sends one
// elsewhere, as to its login, the token in the form of a call would be sent there too.
func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Do is [http.Client.Do]. Answers with another status than 200 and 429 are slack-go's to judge.
func (c answersOnly) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusTooManyRequests {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		limit := &slack.RateLimitedError{RetryAfter: asked(resp.Header)}
		if err != nil || !isAnswer(body) { // a proxy's, perhaps after it has handed the call on
			return nil, fmt.Errorf("%w: %w", errForeign, limit)
		}
		return nil, limit
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case !isAnswer(body), countValues(body) > maxValues:
		return nil, errForeign
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

const (
	// maxValues bounds the values of an answer for slack-go, whose types have up to a thousand bytes for one of
	// three; a thousand channels, the longest that is asked for, have some 60,000.
	maxValues = 1 << 18
	// maxPageValues bounds those of a page of messages, which are read one by one.
	maxPageValues = 1 << 21
)

// countValues is how many values a JSON text has, give or take one for each object and list.
func countValues(text []byte) (n int) {
	inside, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = inside
		case c == '"':
			inside = !inside
		case c == ',' && !inside:
			n++
		}
	}
	return n
}

// asked is the wait that the headers of an answer ask for, 0 where they do not say.
func asked(h http.Header) time.Duration { return retry.ParseAfter(h.Get("Retry-After"), time.Now()) }

// isAnswer reports whether a body has the form of all answers of the Web API: "ok", and an error
// where that is false (docs.slack.dev/apis/web-api, "Evaluating responses").
func isAnswer(body []byte) bool {
	var answer struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	return json.Unmarshal(body, &answer) == nil && answer.OK != nil && (*answer.OK || answer.Error != "")
}
