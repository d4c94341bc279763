package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Words of the pages. Those of one list come in this order, so that each page
// has its own.
var (
	soakThings = []string{"scheduler", "compiler", "cache", "parser", "load balancer", "message broker", "index", "allocator", "linker",
		"profiler", "tokenizer"}
	soakTraits = []string{"patient", "frugal", "stubborn", "careful", "eager", "humble", "steady"}
	soakPlaces = []string{"a harbour", "a library", "a bakery", "an observatory", "a railway station", "a vineyard", "a lighthouse",
		"a brewery", "a theatre", "a quarry", "a windmill", "a hospital", "a foundry"}
)

// soakSubject is what page n is about: no two of 1,001 pages are about the same.
func soakSubject(n int) (subject, place string) {
	return soakTraits[n%len(soakTraits)] + " " + soakThings[n%len(soakThings)], soakPlaces[n%len(soakPlaces)]
}

// soakPage is the text behind link n.
func soakPage(n int) string {
	subject, place := soakSubject(n)
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes on the %s of %s</title></head><body><article><h1>Notes on the %s of %s</h1>", subject, place, subject, place)
	for _, s := range []string{
		"These are field notes on the %s that was built for %s by a small group of volunteers.",
		"The %s keeps its state in one plain file, and every change to that file is written before it is confirmed.",
		"When the power fails in %s, nothing that was confirmed is lost, because the file is read again at the next start.",
		"The group measured how long the %s needs to come back, and found that most of the time goes into reading the file.",
		"They therefore taught the %s to read only the newest part first and the rest while it is already at work.",
		"The people who work in %s hardly notice a restart any more, although the machine is old and slow.",
		"One limit remains, since the %s can only be as fast as the disk on which its file lies.",
		"The notes end with advice for others, namely to test the way back as often as the way there.",
		"The group still meets in %s once in a while and repairs what has been worn down by use.",
	} {
		word := subject
		if strings.Contains(s, "in %s") {
			word = place
		}
		if strings.Count(s, "%s") == 2 {
			s = fmt.Sprintf(s, subject, place)
		} else if strings.Contains(s, "%s") {
			s = fmt.Sprintf(s, word)
		}
		fmt.Fprintf(&b, "<p>%s</p>", s)
	}
	b.WriteString("</article></body></html>")
	return b.String()
}

// soakAnswer is what an honest model says of page n.
func soakAnswer(n int) string {
	subject, place := soakSubject(n)
	body, err := json.Marshal(map[string]any{
		"tldr": []string{
			fmt.Sprintf("Volunteers built the **%s** for %s and wrote down what they learned.", subject, place),
			"Every change goes into **one plain file** before it is confirmed.",
			"A restart is quick, because the newest part of the file is read first.",
		},
		"summary": fmt.Sprintf("The notes describe a %s that works in %s. ", subject, place) +
			"It writes each change to a plain file and confirms it only then. " +
			"After a power failure the file is read again, so nothing confirmed is lost. " +
			"Measurements showed that reading took most of the time, which led to reading the newest part first. " +
			"The disk remains the limit, and the authors advise testing the way back often.",
		"projects": []string{
			"**Agentic Workflows** — Write down each step of a task before it is confirmed.",
			"**LLMOps & Evaluation** — Measure how long a worker needs after a crash.",
			"**RAG / Retrieval** — Read the newest documents first when an index is opened.",
		},
		"similar_tech": []string{},
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// soakPath is the path of link n.
func soakPath(n int) string { return fmt.Sprintf("/notes/%05d", n) }

var soakPathPattern = regexp.MustCompile(`/notes/(\d{5})`)

// soakNumber finds the first link of the soak in a text; -1: none.
func soakNumber(text string) int {
	m := soakPathPattern.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return -1
	}
	return n
}

// soakPages serves the pages on loopback, and notes when each was first asked for.
type soakPages struct {
	*httptest.Server
	mu    sync.Mutex
	first map[int]time.Time
}

func newSoakPages(t testing.TB) *soakPages {
	p := &soakPages{first: map[int]time.Time{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now, n := time.Now(), soakNumber(r.URL.Path)
		if n < 0 {
			http.NotFound(w, r)
			return
		}
		p.mu.Lock()
		if p.first[n].IsZero() {
			p.first[n] = now
		}
		p.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, soakPage(n))
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *soakPages) asked(n int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first[n]
}

// soakModel is an OpenAI-compatible server that keeps a ledger of its calls.
// Who calls is told by the API key.
type soakModel struct {
	*httptest.Server
	least, spread time.Duration // of an answer

	mu       sync.Mutex
	storm    int         // this many calls are refused next
	refused  map[int]int // calls about a link
	cut      int         // the caller went away before the answer
	inFlight int
	answered map[int][]soakCall
}

type soakCall struct {
	caller string
	at     time.Time
}

func newSoakModel(t testing.TB, least, spread time.Duration) *soakModel {
	m := &soakModel{least: least, spread: spread, refused: map[int]int{}, answered: map[int][]soakCall{}}
	m.Server = httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(m.Close)
	return m
}

func (m *soakModel) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	n := soakNumber(string(body))
	if err != nil || n < 0 || !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		http.Error(w, `{"error":{"message":"no page of the soak in the prompt"}}`, http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.inFlight++
	// Once at most: the second refusal ends the attempt, as it should.
	refuse := m.storm > 0 && m.refused[n] < 1
	if refuse {
		m.storm--
		m.refused[n]++
	}
	m.mu.Unlock()
	defer func() { m.mu.Lock(); m.inFlight--; m.mu.Unlock() }()
	w.Header().Set("Content-Type", "application/json")
	if refuse {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"too many requests","type":"rate_limit"}}`)
		return
	}
	wait := m.least
	if m.spread > 0 {
		wait += rand.N(m.spread)
	}
	select {
	case <-r.Context().Done():
		m.mu.Lock()
		m.cut++
		m.mu.Unlock()
		return
	case <-time.After(wait):
	}
	m.mu.Lock()
	m.answered[n] = append(m.answered[n], soakCall{strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), time.Now()})
	m.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": fmt.Sprintf("chatcmpl-%d", n), "object": "chat.completion", "created": time.Now().Unix(), "model": "soak-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant",
			"content": soakAnswer(n)}}},
		"usage": map[string]any{"prompt_tokens": len(body) / 4, "completion_tokens": 250, "total_tokens": len(body)/4 + 250},
	})
}

func (m *soakModel) refuseNext(calls int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.storm = calls
}

func (m *soakModel) busy() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inFlight
}
