package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// errForeign is what came with status 200 and is no answer of Slack: the login page of a proxy, or
// JSON of something else. It counts as a fault of the network.
var errForeign = errors.New("the answer is none of Slack's; something between may have given it")

// answersOnly is an HTTP client for slack-go that lets only answers of Slack through. slack-go takes
// a JSON object without "ok" for success, so that nothing would be taken for done.
type answersOnly struct{ http *http.Client }

// Do is [http.Client.Do]. Answers with another status than 200 are slack-go's to judge.
func (c answersOnly) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if !isAnswer(body) {
		return nil, errForeign
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// isAnswer reports whether a body has the form of all answers of the Web API: "ok", and an error
// where that is false (docs.slack.dev/apis/web-api, "Evaluating responses").
func isAnswer(body []byte) bool {
	var answer struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	return json.Unmarshal(body, &answer) == nil && answer.OK != nil && (*answer.OK || answer.Error != "")
}
