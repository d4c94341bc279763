//go:build linux

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
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
	things = []string{"scheduler", "compiler", "cache", "parser", "load balancer", "message broker", "index", "allocator", "linker",
		"profiler", "tokenizer"}
	traits = []string{"patient", "frugal", "stubborn", "careful", "eager", "humble", "steady"}
	places = []string{"a harbour", "a library", "a bakery", "an observatory", "a railway station", "a vineyard", "a lighthouse",
		"a brewery", "a theatre", "a quarry", "a windmill", "a hospital", "a foundry"}
)

// subjectOf is what page n is about: no two of 1,001 pages are about the same.
func subjectOf(n int) (subject, place string) {
	return traits[n%len(traits)] + " " + things[n%len(things)], places[n%len(places)]
}

// pageOf is the text behind link n.
func pageOf(n int) string {
	subject, place := subjectOf(n)
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes on the %s of %s</title></head>", subject, place)
	fmt.Fprintf(&b, "<body><article><h1>Notes on the %s of %s</h1>", subject, place)
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

// answerOf is what an honest model says of page n.
func answerOf(n int) string {
	subject, place := subjectOf(n)
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

// PathOf is the path of link n.
func PathOf(n int) string { return fmt.Sprintf("/notes/%05d", n) }

var pathPattern = regexp.MustCompile(`/notes/(\d{5})`)

// numberIn finds the first innocent link in a text; -1: none.
func numberIn(text string) int {
	m := pathPattern.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return -1
	}
	return n
}

// PageServer serves the pages on loopback, innocent and hostile ones, and notes when
// each innocent one was first asked for. It is safe for concurrent use.
type PageServer struct {
	*httptest.Server
	ended chan struct{} // closed when the test ends
	mu    sync.Mutex
	first map[int]time.Time
}

// NewPages serves pages until the test ends.
func NewPages(t testing.TB) *PageServer {
	p := &PageServer{first: map[int]time.Time{}, ended: make(chan struct{})}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(func() {
		close(p.ended)
		p.CloseClientConnections()
		p.Close()
	})
	return p
}

func (p *PageServer) serve(w http.ResponseWriter, r *http.Request) {
	if kind, _, ok := hostileIn(r.URL.Path); ok {
		if serve := hostilePages[kind]; serve != nil {
			serve(w, r, p.ended)
			return
		}
	}
	now, n := time.Now(), numberIn(r.URL.Path)
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
	_, _ = io.WriteString(w, pageOf(n))
}

// Asked is when link n was first asked for; zero: it was not.
func (p *PageServer) Asked(n int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first[n]
}
