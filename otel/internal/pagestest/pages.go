// Package pagestest has a stand-in for a server whose searches have no end. It is for tests.
package pagestest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Endless is the transport to a server of which each page has another one for the next. It is used by one goroutine at a time.
type Endless struct {
	Page  string // what stands on each: members of a JSON object
	Asked int    // pages so far
}

// RoundTrip implements [http.RoundTripper].
func (e *Endless) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	e.Asked++
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(fmt.Sprintf(`{"next_page_token":"%d",%s}`, e.Asked, e.Page))),
	}, nil
}
