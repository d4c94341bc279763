package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// sign is Slack's request signature, v0 (docs.slack.dev/authentication/verifying-requests-from-slack).
func sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// post makes one attempt in HTTP mode.
func (h *hub) post(d *delivery) {
	select {
	case h.posts <- struct{}{}:
	case <-h.ctx.Done():
		return
	}
	response, reason := h.request(d)
	<-h.posts
	if reason != "" {
		h.failed(d, reason)
		return
	}
	h.mu.Lock()
	h.stats.Acked++
	h.mu.Unlock()
	h.finish(d, response, true)
}

// request returns the app's answer, or the reason why the attempt counts as failed.
func (h *hub) request(d *delivery) (response object, reason string) {
	contentType, body, err := httpBody(d.envelope)
	if err != nil {
		h.cfg.logger.Error("encode HTTP event", "error", err)
		return nil, "unknown_error"
	}
	header := http.Header{}
	if d.attempt > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		header.Set("X-Slack-Retry-Reason", d.reason)
	}
	ctx, cancel := context.WithTimeout(h.ctx, h.cfg.ackTimeout)
	defer cancel()
	data, status, err := h.signed(ctx, contentType, body, header)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, "http_timeout"
	case err != nil:
		return nil, "connection_failed"
	case status < 200 || status > 299:
		return nil, "http_error"
	}
	if err := decode(data, &response); err != nil {
		response = nil
		if len(bytes.TrimSpace(data)) > 0 {
			response = object{"text": string(data)} // a plain answer to a command is its text
		}
	}
	return response, ""
}

// httpBody is an envelope in the form that Slack posts its kind in: events as JSON, interactions
// as a form with the JSON as its payload, commands as a form of their fields.
func httpBody(e envelope) (contentType string, body []byte, err error) {
	const form = "application/x-www-form-urlencoded"
	data, err := encode(e.payload)
	if err != nil {
		return "", nil, err
	}
	switch e.kind {
	case "interactive":
		return form, []byte(url.Values{"payload": {string(data)}}.Encode()), nil
	case "slash_commands":
		values := url.Values{}
		for k := range e.payload {
			values.Set(k, str(e.payload, k))
		}
		return form, []byte(values.Encode()), nil
	}
	return "application/json", data, nil
}

// signed posts a signed request and returns the answer and its status.
func (h *hub) signed(ctx context.Context, contentType string, body []byte, header http.Header) ([]byte, int, error) {
	h.mu.Lock()
	target, secret := h.requestURL, h.secret
	h.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, 0, fmt.Errorf("make request: %w", err)
	}
	if header != nil {
		req.Header = header
	}
	stamp := strconv.FormatInt(h.cfg.now().Unix(), 10)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", sign(secret, stamp, body))
	resp, err := h.http.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("post event: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, h.cfg.maxBody))
	if err != nil {
		return nil, 0, fmt.Errorf("read answer: %w", err)
	}
	return data, resp.StatusCode, nil
}

// verifyURL does Slack's url_verification handshake and, when it succeeds, sends everything to
// the URL from now on. An empty URL goes back to Socket Mode. The address is in use during the
// handshake already; a failed one restores what was there.
func (h *hub) verifyURL(ctx context.Context, target, secret string) error {
	h.mu.Lock()
	oldURL, oldSecret := h.requestURL, h.secret
	h.requestURL, h.secret = target, secret
	h.mu.Unlock()
	if target == "" {
		return nil
	}
	err := h.challenge(ctx)
	if err != nil {
		h.mu.Lock()
		h.requestURL, h.secret = oldURL, oldSecret
		h.mu.Unlock()
	}
	return err
}

// challenge asks the address for the challenge back, as plain text or in JSON: Slack takes both.
func (h *hub) challenge(ctx context.Context) error {
	challenge := newUUID()
	body, err := encode(object{"token": verificationToken, "challenge": challenge, "type": "url_verification"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.ackTimeout)
	defer cancel()
	data, status, err := h.signed(ctx, "application/json", body, nil)
	if err != nil {
		return fmt.Errorf("verify request URL: %w", err)
	}
	var answer object
	if decode(data, &answer) == nil && str(answer, "challenge") != "" {
		data = []byte(str(answer, "challenge"))
	}
	if status != http.StatusOK || string(bytes.TrimSpace(data)) != challenge {
		return fmt.Errorf("verify request URL: it answered HTTP %d and not the challenge", status)
	}
	return nil
}
