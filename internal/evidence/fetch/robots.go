package fetch

import (
	"bufio"
	"bytes"
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	robotsAge      = time.Hour
	maxRobotsHosts = 256
	maxRobotsBytes = 500 << 10 // RFC 9309, 2.5
)

// robots keeps the rules of the hosts asked lately.
type robots struct {
	agent string // product token of our User-Agent, lower-case
	mu    sync.Mutex
	hosts map[string]robotsEntry
}

type robotsEntry struct {
	rules []robotsRule
	at    time.Time
}

type robotsRule struct {
	pattern string
	allow   bool
}

func newRobots(userAgent string) *robots {
	token, _, _ := strings.Cut(userAgent, "/")
	token, _, _ = strings.Cut(token, " ")
	return &robots{agent: strings.ToLower(token), hosts: map[string]robotsEntry{}}
}

// checkRobots refuses what the site's robots.txt disallows. A robots.txt that
// does not exist or cannot be read allows everything (RFC 9309, 2.3.1.3); one
// that the server fails to give allows it too here, since a person asked.
func (c *Client) checkRobots(ctx context.Context, u *url.URL) error {
	if c.robots == nil || u.Path == "/robots.txt" {
		return nil
	}
	key := u.Scheme + "://" + u.Host
	now := time.Now()
	c.robots.mu.Lock()
	entry, ok := c.robots.hosts[key]
	c.robots.mu.Unlock()
	if !ok || now.Sub(entry.at) > robotsAge {
		entry = robotsEntry{at: now}
		res, err := c.fetch(ctx, Request{URL: key + "/robots.txt", Accept: "text/plain", MaxBytes: func(string) int64 { return maxRobotsBytes }})
		if err == nil {
			entry.rules = parseRobots(res.Body, c.robots.agent)
		} else if ctx.Err() != nil {
			return c.explain(ctx, u, err)
		}
		c.robots.put(key, entry)
	}
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if !allowed(entry.rules, path) {
		return NewError(Robots, u.String(), "the site's robots.txt asks programs not to read this page", "share another link or paste the text")
	}
	return nil
}

func (r *robots) put(key string, e robotsEntry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.hosts) >= maxRobotsHosts {
		oldest := ""
		for k, v := range r.hosts {
			if oldest == "" || v.at.Before(r.hosts[oldest].at) {
				oldest = k
			}
		}
		delete(r.hosts, oldest)
	}
	r.hosts[key] = e
}

// parseRobots returns the rules of the group that names agent, or else of "*".
func parseRobots(body []byte, agent string) []robotsRule {
	var own, any []robotsRule
	var found, inOwn, inAny, inRules bool
	sc := bufio.NewScanner(bytes.NewReader(body))
	sc.Buffer(make([]byte, 0, 4096), maxRobotsBytes)
	for sc.Scan() {
		line, _, _ := strings.Cut(sc.Text(), "#")
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "user-agent":
			if inRules {
				inOwn, inAny, inRules = false, false, false
			}
			token := strings.ToLower(value)
			inOwn = inOwn || token == agent
			inAny = inAny || token == "*"
			found = found || token == agent
		case "allow", "disallow":
			inRules = true
			if value == "" {
				continue
			}
			rule := robotsRule{pattern: value, allow: strings.EqualFold(strings.TrimSpace(name), "allow")}
			if inOwn {
				own = append(own, rule)
			}
			if inAny {
				any = append(any, rule)
			}
		}
	}
	if found {
		return own
	}
	return any
}

// allowed applies the longest matching rule; of two as long, the one that allows.
func allowed(rules []robotsRule, path string) bool {
	ok, best := true, -1
	for _, r := range rules {
		if n := len(r.pattern); (n > best || n == best && r.allow) && matchRobots(r.pattern, path) {
			ok, best = r.allow, n
		}
	}
	return ok
}

// matchRobots matches a pattern with * and a final $ against the beginning of path.
func matchRobots(pattern, path string) bool {
	anchored := strings.HasSuffix(pattern, "$")
	parts := strings.Split(strings.TrimSuffix(pattern, "$"), "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	for i, part := range parts[1:] {
		if anchored && i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return !anchored || rest == ""
}
