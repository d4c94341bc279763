package mlflow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Webhook is an address that the server posts to when something happens in its registries
// (MLflow 3.3 and newer; in that of prompts, 3.5 and newer).
type Webhook struct {
	ID, Name string
	URL      string
	Events   []string // such as prompt_alias.created
	Active   bool     // false: it was switched off
}

// Webhooks returns the server's webhooks, without their secrets, which it tells nobody.
// [IsNotFound] holds for a server that has none of the kind.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	var all []Webhook
	for token, page := "", 0; ; page++ {
		var out struct {
			Webhooks []struct {
				ID     string `json:"webhook_id"`
				Name   string `json:"name"`
				URL    string `json:"url"`
				Status string `json:"status"`
				Events []struct {
					Entity string `json:"entity"`
					Action string `json:"action"`
				} `json:"events"`
			} `json:"webhooks"`
			Next string `json:"next_page_token"`
		}
		const path = "api/2.0/mlflow/webhooks"
		err := c.call(ctx, http.MethodGet, path, searchQuery(token, url.Values{}), nil, &out)
		if err == nil {
			err = c.turned(http.MethodGet, path, token, out.Next, page)
		}
		if err == nil && len(all)+len(out.Webhooks) > maxListed {
			err = c.endless(http.MethodGet, path, maxListed, "webhooks")
		}
		if err != nil {
			return nil, fmt.Errorf("list webhooks: %w", err)
		}
		for _, w := range out.Webhooks {
			hook := Webhook{ID: w.ID, Name: w.Name, URL: w.URL, Active: w.Status == "ACTIVE"}
			for _, e := range w.Events {
				hook.Events = append(hook.Events, strings.ToLower(e.Entity+"."+e.Action))
			}
			all = append(all, hook)
		}
		if token = out.Next; token == "" {
			return all, nil
		}
	}
}
