package genaihttp

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// answered takes the head of an answer and puts itself between its body and the caller.
func (c *call) answered(resp *http.Response) {
	c.mu.Lock()
	c.status = resp.StatusCode
	c.exception, _, _ = strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
	c.answer.Content, c.answer.MaxText, c.answer.Attrs = c.content, c.maxContent, c.told[:0]
	c.answer.ServiceTier = tier(c.route.Provider, resp.Header)
	if resp.Body == nil || resp.Body == http.NoBody || resp.StatusCode == http.StatusSwitchingProtocols {
		c.mu.Unlock()
		c.finish(nil, "")
		return
	}
	c.framing(resp.Header.Get("Content-Type"))
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip", "deflate":
		c.unzip = newUnzipper(encoding, c.plain)
	default:
		c.unread, c.parser, c.doc = true, nil, nil
	}
	b := &body{inner: resp.Body, call: c}
	c.active.Store(int64(now().Sub(c.start)))
	c.timer = time.AfterFunc(c.config.idle, c.idle)
	c.cleanup = runtime.AddCleanup(b, forgotten, lost{c, resp.Body})
	c.mu.Unlock()
	resp.Body = b
}

// maxTier bounds the name of a service tier, in bytes.
const maxTier = 64

// tier reads the service tier off the head of an answer, where Gemini says it, and Bedrock's InvokeModel.
func tier(provider string, h http.Header) string {
	name := ""
	switch provider {
	case "gcp.gemini", "gcp.gen_ai":
		name = h.Get("X-Gemini-Service-Tier")
	case "aws.bedrock":
		if h.Get("X-Amzn-Bedrock-Performanceconfig-Latency") == "optimized" {
			return "optimized"
		}
		name = h.Get("X-Amzn-Bedrock-Service-Tier")
	}
	return name[:min(len(name), maxTier)]
}

// lost is what is left of a body that nobody can close any more.
type lost struct {
	call  *call
	inner io.Closer
}

// forgotten ends a call whose body was dropped, and gives its connection back. Closing may wait for the network.
func forgotten(l lost) {
	go func() {
		l.call.finish(nil, "forgotten")
		_ = l.inner.Close()
	}()
}

// body hands the bytes of an answer on as they come, and lets the call read them.
type body struct {
	inner io.ReadCloser
	call  *call
}

func (b *body) Read(p []byte) (int, error) {
	c := b.call
	c.reading.Add(1)
	n, err := b.inner.Read(p)
	c.reading.Add(-1)
	at := now()
	c.active.Store(int64(at.Sub(c.start)))
	c.take(p[:n], at)
	switch {
	case err == io.EOF: // the contract of io.Reader
		c.finish(nil, "")
	case err != nil:
		c.finish(err, "")
	}
	runtime.KeepAlive(b) // it is not forgotten while it is read
	return n, err
}

func (b *body) Close() error {
	c := b.call
	err := b.inner.Close()
	switch {
	case c.isWhole():
		c.finish(nil, "")
	case c.ctx.Err() != nil:
		c.finish(c.ctx.Err(), "")
	default:
		c.finish(nil, "closed")
	}
	runtime.KeepAlive(b)
	return err
}
