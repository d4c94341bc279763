package mlflow

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Health reports by its error whether the server answers. It does not touch the
// server's database.
func (c *Client) Health(ctx context.Context) error {
	b, err := c.do(ctx, http.MethodGet, "health", nil, nil, nil)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(b)) != "OK" {
		return &NotMLflowError{URI: c.URI(), Err: errors.New("/health does not say OK")}
	}
	return nil
}

// Version returns the server's MLflow version.
func (c *Client) Version(ctx context.Context) (string, error) {
	b, err := c.do(ctx, http.MethodGet, "version", nil, nil, nil)
	return strings.TrimSpace(string(b)), err
}
