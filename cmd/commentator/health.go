package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/config"
)

// healthTime bounds the question of the health check: below what container
// engines give it.
const healthTime = 3 * time.Second

// healthCommand is `commentator healthcheck`. It is a command because the image
// has no shell and no curl.
type healthCommand struct {
	config.Settings `embed:"" uses:"Worker.HTTPAddr"`
}

// Run asks /healthz of the worker beside it; for container health checks.
func (c *healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	// The address is the one that the worker listens on; all interfaces include
	// loopback.
	addr := c.Worker.HTTPAddr
	if strings.HasPrefix(addr, "0.0.0.0:") || strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr[strings.LastIndex(addr, ":"):]
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return usage(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return exitError{exitJob, fmt.Errorf("the worker does not answer: %w", err)}
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return exitError{exitJob, fmt.Errorf("the worker answers %s", resp.Status)}
	}
	return nil
}
