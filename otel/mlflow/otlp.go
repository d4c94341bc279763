package mlflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

type headerKey struct{}

// WithHeader returns a context whose requests through Client.Transport carry
// one more header.
func WithHeader(ctx context.Context, key, value string) context.Context {
	h := http.Header{}
	if old, ok := ctx.Value(headerKey{}).(http.Header); ok {
		h = old.Clone()
	}
	h.Set(key, value)
	return context.WithValue(ctx, headerKey{}, h)
}

// Transport is for other clients of the same server, namely an OTLP exporter:
// it authenticates, adds the headers of WithHeader, and gives every answer
// outside 2xx as an *APIError, which exporters otherwise hide in a text. Inside 2xx
// what OTLP answers counts as stored, also as MLflow 3.4 to 3.6 write it, JSON under
// the name of protobuf; anything else, as a login or an empty backend answers, is a
// *NotMLflowError.
func (c *Client) Transport() http.RoundTripper { return typedTransport{c} }

type typedTransport struct{ c *Client }

func (t typedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if h, ok := req.Context().Value(headerKey{}).(http.Header); ok {
		req = req.Clone(req.Context())
		for k, v := range h {
			req.Header[k] = v
		}
	}
	resp, err := t.c.http.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, readErr := readReply(resp, maxOTLPAnswer)
	if err := errors.Join(readErr, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read answer %d: %w", resp.StatusCode, err)
	}
	path := strings.TrimPrefix(req.URL.Path, t.c.base.Path+"/")
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, t.c.apiError(req.Method, path, resp, answer.body)
	}
	body, err := t.c.spans(req.Method, path, answer)
	if err != nil {
		return nil, err
	}
	resp.Header = resp.Header.Clone()
	resp.Header.Set("Content-Type", "application/x-protobuf") // exporters would take JSON for damaged
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// maxOTLPAnswer bounds, in bytes, what is read of an answer to spans.
const maxOTLPAnswer = 64 << 10

type countKey struct{}

// CountRequests returns a context that counts the requests sent with it, also
// those through Client.Transport.
func CountRequests(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, countKey{}, n), n
}
