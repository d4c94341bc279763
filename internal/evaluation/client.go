package evaluation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/technoshare/commentator/otel/eval"
)

// Client is one for the model calls of rows. It gives each an Idempotency-Key that follows from
// the row and what is asked: a call that was under way at a kill is made again under the same
// key, and a server that honours it takes no money twice.
func Client(base http.RoundTripper) *http.Client { return &http.Client{Transport: keyed{base}} }

type keyed struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper. A request that is not of a row, or whose body cannot be
// read twice, goes as it is.
func (k keyed) RoundTrip(req *http.Request) (*http.Response, error) {
	row := eval.Key(req.Context())
	if row == "" || req.GetBody == nil {
		return k.base.RoundTrip(req)
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read request for its key: %w", err)
	}
	defer body.Close()
	h := sha256.New()
	_, _ = io.WriteString(h, row+"\n") // a hash takes all
	if _, err := io.Copy(h, body); err != nil {
		return nil, fmt.Errorf("read request for its key: %w", err)
	}
	req = req.Clone(req.Context())
	req.Header.Set("Idempotency-Key", hex.EncodeToString(h.Sum(nil))[:32])
	return k.base.RoundTrip(req)
}
