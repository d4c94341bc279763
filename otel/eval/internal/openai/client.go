// Package openai asks servers that speak OpenAI's HTTP API, whoever makes them: a chat for
// one answer, and embeddings of texts. In goes a request, out comes what the server
// answered; calls that may pass are made again.
package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/plaintext"
	"github.com/technoshare/commentator/otel/internal/retry"
)

// Server is one such server.
type Server struct {
	// URL is its address with the version, such as https://api.openai.com/v1.
	URL string
	// Key is sent as a bearer token; empty for none. It is in no error.
	Key  string
	HTTP *http.Client
}

// Bounds of a call.
const (
	maxAnswer = 32 << 20 // bytes
	attempts  = 4
	firstWait = 500 * time.Millisecond
)

// Error is a refusal.
type Error struct {
	Status int
	Text   string // of the server, shortened
	wait   time.Duration
}

func (e *Error) Error() string { return fmt.Sprintf("status %d: %s", e.Status, e.Text) }

// Retryable reports whether the same call may pass later.
func (e *Error) Retryable() bool { return e.Status == http.StatusTooManyRequests || e.Status >= 500 }

// RetryAfter is how long the server asks to wait.
func (e *Error) RetryAfter() time.Duration { return e.wait }

// Post sends in to a path and reads the answer into out. key is an idempotency key.
func (s Server) Post(ctx context.Context, path, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	wait := firstWait
	for n := 1; ; n++ {
		err = s.post(ctx, path, key, body, out)
		if err == nil || n == attempts || ctx.Err() != nil || !retry.Retryable(err) {
			return err
		}
		timer := time.NewTimer(max(wait, min(retry.After(err), time.Minute)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
		wait *= 2
	}
}

func (s Server) post(ctx context.Context, path, key string, body []byte, out any) error {
	address, err := url.JoinPath(s.URL, path)
	if err != nil {
		return fmt.Errorf("read address of the model server: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if s.Key != "" {
		req.Header.Set("Authorization", "Bearer "+s.Key)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	client := s.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return &unansweredError{req.URL.Host, err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read answer of the model server: %w", err)
	case len(text) > maxAnswer:
		return fmt.Errorf("the answer of the model server has more than %d bytes", maxAnswer)
	case res.StatusCode/100 != 2:
		return &Error{Status: res.StatusCode, Text: s.shown(text), wait: retry.ParseRetryAfter(res.Header.Get("Retry-After"), time.Now())}
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read answer of the model server: %w: %s", err, s.shown(text))
	}
	return nil
}

// unansweredError says why no answer came, without the address: some have a key in their query.
type unansweredError struct {
	host string
	err  error
}

func (e *unansweredError) Error() string {
	why := e.err
	if at, ok := errors.AsType[*url.Error](e.err); ok {
		why = at.Err
	}
	return fmt.Sprintf("ask model server at %s: %v", e.host, why)
}

// Unwrap gives what net/http says.
func (e *unansweredError) Unwrap() error { return e.err }

// maxShown bounds how much of a server's text an error repeats, in characters.
const maxShown = 300

// shown is a server's text on one line that is safe on a terminal, without the key, which some repeat.
func (s Server) shown(text []byte) string {
	out := string(text)
	if s.Key != "" { // before it is cut
		out = strings.ReplaceAll(out, s.Key, "***")
	}
	return plaintext.Line(out, maxShown)
}
