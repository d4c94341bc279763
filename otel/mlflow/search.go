package mlflow

import (
	"context"
	"fmt"
	"net/http"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// RunSearch is a query. View ALL finds deleted runs too; empty is active only.
type RunSearch struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	View          string   `json:"run_view_type,omitempty"` // ACTIVE_ONLY, DELETED_ONLY or ALL
	OrderBy       []string `json:"order_by,omitempty"`
	MaxResults    int      `json:"max_results,omitempty"` // of a page
	PageToken     string   `json:"page_token,omitempty"`
}

// SearchRuns gives one page and the token of the next, empty at the end. A page that has itself
// for the next is a [*NotMLflowError], so that whoever asks for all comes to an end.
func (c *Client) SearchRuns(ctx context.Context, q RunSearch) ([]Run, string, error) {
	var out struct {
		Runs list[Run] `json:"runs"`
		Next string    `json:"next_page_token"`
	}
	const path = "api/2.0/mlflow/runs/search"
	err := c.call(ctx, http.MethodPost, path, nil, q, &out)
	if err == nil {
		err = c.turned(http.MethodPost, path, q.PageToken, out.Next, 0)
	}
	return out.Runs, out.Next, err
}

// endless is the error for a search that leads on and on.
func (c *Client) endless(method, path string, most int, what string) error {
	return &NotMLflowError{URI: c.URI(), Err: fmt.Errorf("%s %s has more than %d %s", method, path, most, what)}
}

// maxPages bounds the pages that one search has, far beyond the largest.
const maxPages = 5000

// turned is the error for an answer whose next page is the one that was asked for, as out of a cache, and for one
// behind [maxPages]: all pages would have no end. page counts them from 0 on.
func (c *Client) turned(method, path, token, next string, page int) error {
	if next != "" && page+1 >= maxPages {
		return c.endless(method, path, maxPages, "pages")
	}
	if token == "" || next != token {
		return nil
	}
	return &NotMLflowError{URI: c.URI(), Err: fmt.Errorf(
		"%s %s answered page %q with itself for the next, as a cache in front of the server does", method, path, plaintext.Line(token, 200))}
}
