//go:build linux

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// ModelServer is an OpenAI-compatible server that keeps a ledger of its calls. Who
// calls is told by the API key. It is safe for concurrent use.
type ModelServer struct {
	*httptest.Server

	mu            sync.Mutex
	least, spread time.Duration // of an answer
	cut           int           // the caller went away before the answer
	inFlight      int
	asking        map[string]map[int]int // caller → link → calls under way
	begun         map[int]int            // link → calls that came
	calls         []*call
	misled        map[int]bool // links for which somebody else answered
	strange       int          // calls about no page of ours
}

// call is an answer that the model gave.
type call struct {
	link        int // -1 for a hostile page
	caller      string
	at          time.Time // when it was given, or the last of it was brought
	undelivered bool      // a proxy cut it
}

// callHeader names a call in its answer, for the proxy that cuts it.
const callHeader = "X-Ledger-Call"

// NewModel starts a model that answers after least and up to spread more.
func NewModel(t testing.TB, least, spread time.Duration) *ModelServer {
	m := &ModelServer{least: least, spread: spread, misled: map[int]bool{}, asking: map[string]map[int]int{}, begun: map[int]int{}}
	m.Server = httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(func() { m.CloseClientConnections(); m.Close() })
	return m
}

// SetPace changes how long answers take.
func (m *ModelServer) SetPace(least, spread time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.least, m.spread = least, spread
}

// Busy is how many calls are under way.
func (m *ModelServer) Busy() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inFlight
}

func (m *ModelServer) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		http.Error(w, `{"error":{"message":"no such call"}}`, http.StatusNotFound)
		return
	}
	n, caller := numberIn(string(body)), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	wait := m.begin(n, caller)
	defer m.end(n, caller)
	select {
	case <-r.Context().Done():
		m.mu.Lock()
		m.cut++
		m.mu.Unlock()
		return
	case <-time.After(wait):
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(callHeader, strconv.Itoa(m.note(n, caller)))
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": fmt.Sprintf("chatcmpl-%d", n), "object": "chat.completion", "created": time.Now().Unix(), "model": "chaos-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant",
			"content": answerOf(max(n, 0))}}},
		"usage": map[string]any{"prompt_tokens": len(body) / 4, "completion_tokens": 250, "total_tokens": len(body)/4 + 250},
	})
}

func (m *ModelServer) begin(link int, caller string) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight++
	m.begun[link]++
	if m.asking[caller] == nil {
		m.asking[caller] = map[int]int{}
	}
	m.asking[caller][link]++
	if m.spread > 0 {
		wait = rand.N(m.spread)
	}
	return m.least + wait
}

func (m *ModelServer) end(link int, caller string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight--
	if m.asking[caller][link]--; m.asking[caller][link] == 0 {
		delete(m.asking[caller], link)
	}
}

// asks reports whether a caller waits for an answer about an innocent link, none of which was asked about
// too often already: one that runs each time that a process dies is taken for the reason in the end.
func (m *ModelServer) asks(caller string, tooOften int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for link := range m.asking[caller] {
		if link < 0 || m.begun[link] > tooOften {
			return false
		}
	}
	return len(m.asking[caller]) > 0
}

// note writes a call into the ledger, before it is answered.
func (m *ModelServer) note(link int, caller string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if link < 0 {
		m.strange++
	}
	m.calls = append(m.calls, &call{link: link, caller: caller, at: time.Now()})
	return len(m.calls) - 1
}

// arrive notes that a proxy brought an answer to its caller late, or not whole. An answer that drips in
// takes seconds, in which nobody could keep it.
func (m *ModelServer) arrive(h http.Header, whole bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n, err := strconv.Atoi(h.Get(callHeader)); err == nil && n < len(m.calls) {
		m.calls[n].at, m.calls[n].undelivered = time.Now(), !whole
	}
}

// mislead notes that the caller got somebody else's answer.
func (m *ModelServer) mislead(body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.misled[numberIn(string(body))] = true
}

// ledger gives the calls of each link, in their order.
func (m *ModelServer) ledger() map[int][]call {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[int][]call{}
	for _, c := range m.calls {
		out[c.link] = append(out[c.link], *c)
	}
	return out
}

// wasMisled reports whether a link may have ended in an error for a wrong answer.
func (m *ModelServer) wasMisled(link int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.misled[link]
}
