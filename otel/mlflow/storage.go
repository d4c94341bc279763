package mlflow

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/otel/internal/plaintext"
	"github.com/technoshare/commentator/otel/internal/retry"
)

// WithInsecureStorageTLS accepts any certificate of the storage to which presigned
// uploads go, as MLFLOW_S3_IGNORE_TLS does for MLflow's own clients.
func WithInsecureStorageTLS(on bool) Option {
	return optionFunc(func(c config) config { c.insecureStorageTLS = on; return c })
}

// newStorageClient is for presigned addresses alone. It shares nothing with the client
// of the tracking server, whose credentials, cookies, headers and client certificate
// are none of the storage's business. The certificates of WithCAFile are trusted beside
// the system's: a storage in one's own network often has the same issuer.
func newStorageClient(c config) (*http.Client, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.insecureStorageTLS} //nolint:gosec // asked for by name
	if c.caFile != "" {
		var err error
		if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
			cfg.RootCAs = x509.NewCertPool() // a machine without any
		}
		if err = addCAs(cfg.RootCAs, c.caFile); err != nil {
			return nil, err
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:     cfg,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     4 * time.Second,
			DisableCompression:  true, // artifacts come as they were stored
		},
		Timeout: c.timeout,
		// The signature holds for one host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// withoutURL drops the address that net/http puts in front of an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// putStored sends a body to a presigned address and returns the header of the answer.
func (c *Client) putStored(ctx context.Context, to presigned, body []byte) (http.Header, error) {
	header, _, err := c.stored(ctx, http.MethodPut, to, body)
	return header, err
}

// getStored reads what is at a presigned address.
func (c *Client) getStored(ctx context.Context, from presigned) ([]byte, error) {
	_, body, err := c.stored(ctx, http.MethodGet, from, nil)
	return body, err
}

func (c *Client) stored(ctx context.Context, method string, at presigned, body []byte) (http.Header, []byte, error) {
	u, err := url.Parse(at.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, nil, &NotMLflowError{URI: c.URI(), Err: errors.New("a presigned address is no http:// or https:// one")}
	}
	fail := func(err error) error {
		return &StorageError{Method: method, Host: plaintext.Line(u.Host, maxMessage), Sent: len(body), Err: plaintext.Error(withoutURL(err))}
	}
	req, err := http.NewRequestWithContext(ctx, method, at.URL, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fail(err)
	}
	for k, v := range at.Headers {
		req.Header.Set(k, v)
	}
	if n, ok := ctx.Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	resp, err := c.storage.Do(req)
	if err != nil {
		return nil, nil, fail(err)
	}
	defer resp.Body.Close()
	read, err := readReply(resp, maxAnswer)
	answer := read.body
	switch {
	case err != nil:
		return nil, nil, fail(err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, nil, &StorageError{
			Method: method, Host: plaintext.Line(u.Host, maxMessage), Status: resp.StatusCode, Code: storageCode(answer), Sent: len(body),
			Wait: retry.ParseRetryAfter(resp.Header.Get("Retry-After"), time.Now()),
		}
	case method == http.MethodPut && isStoragePage(resp.Header, answer):
		title, _ := pageTitle(answer)
		return nil, nil, fail(fmt.Errorf("it answered %d with %s, as a login in front of it does", resp.StatusCode, pageWords(title)))
	case len(answer) > maxAnswer:
		return nil, nil, fmt.Errorf("artifact is larger than %d MiB", maxAnswer>>20)
	}
	return resp.Header, answer, nil
}

var codeWord = regexp.MustCompile(`^[A-Za-z0-9.]{1,64}$`)

// storageCode reads the code of an error as S3, GCS and Azure write it. The rest of
// such an answer repeats parts of the request: keys, signatures, what was signed.
func storageCode(body []byte) string {
	var e struct {
		Code string `xml:"Code"`
	}
	if xml.Unmarshal(body, &e) != nil || !codeWord.MatchString(e.Code) {
		return ""
	}
	return e.Code
}

// isStoragePage reports whether an upload was answered with a page for people. What has an
// ETag and no body is none: S3 look-alikes on Python name an empty answer text/html (seen
// on moto 5.2.5).
func isStoragePage(header http.Header, body []byte) bool {
	return (len(body) > 0 || header.Get("ETag") == "") && reply{header: header, body: body}.isPage()
}
