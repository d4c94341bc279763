package mlflow

import (
	"context"
	"net/http"
	"strings"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// Health reports by its error whether the server answers. It does not touch the
// server's database.
func (c *Client) Health(ctx context.Context) error {
	b, err := c.do(ctx, http.MethodGet, "health", nil, nil, nil)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(b.body)) != "OK" {
		return c.foreign(http.MethodGet, "health", b, "something else than OK")
	}
	return nil
}

// Version returns what the server says for its MLflow version, such as 3.17.2, on one line.
func (c *Client) Version(ctx context.Context) (string, error) {
	b, err := c.do(ctx, http.MethodGet, "version", nil, nil, nil)
	return plaintext.Line(string(b.body), maxVersion), err
}

// maxVersion bounds, in characters, what is kept of an answer for a version.
const maxVersion = 100
