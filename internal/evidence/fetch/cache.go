package fetch

import (
	"container/list"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// defaultCacheBytes bounds the bodies kept for conditional requests.
const defaultCacheBytes = 16 << 20

// cache keeps answers that carry a validator (ETag or Last-Modified), least
// recently used first out. It is never trusted without asking the server: a
// 304 answer is what makes an entry usable. A nil *cache keeps nothing.
type cache struct {
	mu      sync.Mutex
	max     int64
	size    int64
	order   *list.List // of *cacheEntry, most recent first
	entries map[string]*list.Element
}

type cacheEntry struct {
	key string
	res Response
}

func newCache(maxBytes int64) *cache {
	if maxBytes < 0 {
		return nil
	}
	if maxBytes == 0 {
		maxBytes = defaultCacheBytes
	}
	return &cache{max: maxBytes, order: list.New(), entries: map[string]*list.Element{}}
}

// cacheKey tells requests apart that may be answered differently; with a
// credential the answer belongs to that credential.
func cacheKey(u *url.URL, h http.Header) string {
	return u.String() + "\n" + h.Get("Accept") + "\n" + h.Get("Authorization")
}

func (c *cache) get(key string) *cacheEntry {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[key]
	if el == nil {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*cacheEntry)
}

func (c *cache) put(key string, res *Response) {
	if c == nil || res.Status != http.StatusOK || int64(len(res.Body)) > c.max/4 ||
		res.Header.Get("Etag") == "" && res.Header.Get("Last-Modified") == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.entries[key]; el != nil {
		c.remove(el)
	}
	e := &cacheEntry{key: key, res: *res}
	c.entries[key] = c.order.PushFront(e)
	c.size += int64(len(res.Body))
	for c.size > c.max {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(el *list.Element) {
	e := el.Value.(*cacheEntry)
	c.order.Remove(el)
	delete(c.entries, e.key)
	c.size -= int64(len(e.res.Body))
}

func (e *cacheEntry) setValidators(h http.Header) {
	if e == nil {
		return
	}
	if v := e.res.Header.Get("Etag"); v != "" {
		h.Set("If-None-Match", v)
	}
	if v := e.res.Header.Get("Last-Modified"); v != "" {
		h.Set("If-Modified-Since", v)
	}
}

func (e *cacheEntry) response(u *url.URL) *Response {
	r := e.res
	r.FinalURL, r.FromCache, r.FetchedAt = u, true, time.Now().UTC()
	return &r
}
