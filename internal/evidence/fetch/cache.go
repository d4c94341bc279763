package fetch

import (
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// defaultCacheBytes bounds the bodies kept for conditional requests.
const defaultCacheBytes = 16 << 20

// cache keeps answers that carry a validator (ETag or Last-Modified), least
// recently used first out. It is never trusted without asking the server: a
// 304 answer is what makes an entry usable. A nil *cache keeps nothing.
type cache struct {
	mu      sync.Mutex
	max     int64
	size    int64 // bytes of the bodies in entries
	entries *simplelru.LRU[string, *cacheEntry]
}

// cacheEntry is an answer with status 200 and a validator. Its body is shared by all
// responses made of it, which do not change it.
type cacheEntry struct{ res Response }

// newCache returns a cache of at most maxBytes of bodies; 0 takes the default,
// negative numbers none.
func newCache(maxBytes int64) *cache {
	if maxBytes < 0 {
		return nil
	}
	if maxBytes == 0 {
		maxBytes = defaultCacheBytes
	}
	c := &cache{max: maxBytes}
	// The bound is bytes, kept by put, not a number of entries.
	c.entries, _ = simplelru.NewLRU(math.MaxInt, func(_ string, e *cacheEntry) { c.size -= int64(len(e.res.Body)) })
	return c
}

// cacheKey tells requests apart that may be answered differently; with a credential the answer
// belongs to that credential. The key holds the credential itself, which is no more than the
// request in memory beside it.
func cacheKey(u *url.URL, h http.Header) string {
	return u.String() + "\n" + h.Get("Accept") + "\n" + h.Get("Authorization")
}

// get returns the answer kept for key, nil when there is none.
func (c *cache) get(key string) *cacheEntry {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, _ := c.entries.Get(key)
	return e
}

// put keeps an answer that can be asked for conditionally. One that takes more than a
// quarter of the cache is not worth the others.
func (c *cache) put(key string, res *Response) {
	if c == nil || res.Status != http.StatusOK || int64(len(res.Body)) > c.max/4 ||
		res.Header.Get("Etag") == "" && res.Header.Get("Last-Modified") == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key) // replacing an entry would not reduce size
	c.entries.Add(key, &cacheEntry{*res})
	c.size += int64(len(res.Body))
	for c.size > c.max {
		c.entries.RemoveOldest()
	}
}

// setValidators makes a request conditional on the entry being out of date. A nil entry, which
// get returns for none, sets nothing.
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

// response is the kept answer as the answer to a request for u, now. FetchedAt is the time of
// this request: the server has just said that the answer is still current.
func (e *cacheEntry) response(u *url.URL) *Response {
	r := e.res
	r.FinalURL, r.FromCache, r.FetchedAt = u, true, time.Now().UTC()
	return &r
}
