package queue

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"riverqueue.com/riverui"
	"riverqueue.com/riverui/uiendpoints"
)

func (e *sqliteEngine) pages() uiendpoints.Bundle { return riverui.NewEndpoints(e.client, nil) }
func (e *pgEngine) pages() uiendpoints.Bundle     { return riverui.NewEndpoints(e.client, nil) }

// Pages is River UI below prefix, such as /river: River's own view of the
// queue, with buttons that cancel and retry its rows. It has no login, so it
// must be served on loopback only. It works until ctx ends.
func (s *Store) Pages(ctx context.Context, prefix string) (http.Handler, error) {
	h, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: s.db.pages(), Logger: quiet(s.cfg.log), Prefix: strings.TrimRight(prefix, "/"), JobListHideArgsByDefault: true,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River UI: %w", err)
	}
	if err := h.Start(ctx); err != nil {
		return nil, fmt.Errorf("start River UI: %w", err)
	}
	return h, nil
}
