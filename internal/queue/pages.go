package queue

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"riverqueue.com/riverui"
)

// Pages is River UI below prefix, such as /river: River's own view of the
// queue, with buttons that cancel and retry its rows. It has no login, so it
// must be served on loopback only. It works until ctx ends.
func (q *Queue) Pages(ctx context.Context, prefix string) (http.Handler, error) {
	h, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: q.river.pages(), Logger: warnings(q.cfg.Log), Prefix: strings.TrimRight(prefix, "/"), JobListHideArgsByDefault: true,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River UI: %w", err)
	}
	if err := h.Start(ctx); err != nil {
		return nil, fmt.Errorf("start River UI: %w", err)
	}
	return h, nil
}
