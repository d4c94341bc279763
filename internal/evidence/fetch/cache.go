package fetch

import (
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// defaultCacheBytes bounds the answers kept for conditional requests.
const defaultCacheBytes = 16 << 20

// cache keeps answers that carry a validator (ETag or Last-Modified), least
// recently used first out. It is never trusted without asking the server: a
// 304 answer is what makes an entry usable. A nil *cache keeps nothing.
type cache struct {
	mu      sync.Mutex
	max     int64
	size    int64 // bytes of the entries
	entries *simplelru.LRU[string, *cacheEntry]
}

// cacheEntry is a whole answer with status 200 and a validator. Its body is shared by all
// responses made of it, which do not change it.
type cacheEntry struct {
	res   Response
	bytes int64
}

// valueBytes is about what a string takes in a list or a map beside its own bytes.
const valueBytes = 64

// newEntry keeps an answer. Its size is that of all of it: headers are the server's to choose, and may be a
// hundred times as long as the body.
func newEntry(key string, res *Response) *cacheEntry {
	e := &cacheEntry{*res, int64(cap(res.Body) + len(key) + valueBytes)}
	for name, values := range res.Header {
		e.bytes += int64(len(name) + valueBytes)
		for _, v := range values {
			e.bytes += int64(len(v) + valueBytes)
		}
	}
	return e
}

// newCache returns a cache of at most maxBytes of answers; 0 takes the default,
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
	c.entries, _ = simplelru.NewLRU(math.MaxInt, func(_ string, e *cacheEntry) { c.size -= e.bytes })
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
// quarter of the cache is not worth the others, and one that is not whole would be taken for the page
// for as long as that does not change.
func (c *cache) put(key string, res *Response) {
	if c == nil || res.Status != http.StatusOK || res.Truncated || res.BrokeOff ||
		res.Header.Get("Etag") == "" && res.Header.Get("Last-Modified") == "" {
		return
	}
	entry := newEntry(key, res)
	if entry.bytes > c.max/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key) // replacing an entry would not reduce size
	c.entries.Add(key, entry)
	c.size += entry.bytes
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
