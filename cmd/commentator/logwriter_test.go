package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// reader is one that may stop to take anything.
type reader struct {
	mu    sync.Mutex
	got   bytes.Buffer
	takes chan struct{} // a value for each write; closed: takes all
}

func (r *reader) Write(p []byte) (int, error) {
	<-r.takes
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.Write(p)
}

func (r *reader) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.String()
}

func missingLines(n int) []byte { return fmt.Appendf(nil, "%d missing\n", n) }

func TestLogLineIsWrittenBeforeItsCallerGoesOn(t *testing.T) {
	r := &reader{takes: make(chan struct{})}
	close(r.takes)
	l := newLogWriter(r, time.Hour, missingLines)
	for i := range 100 {
		fmt.Fprintf(l, "line %d\n", i)
		if want := fmt.Sprintf("line %d\n", i); !strings.HasSuffix(r.String(), want) {
			t.Fatalf("after line %d the log is %q", i, r)
		}
	}
}

func TestLogThatNobodyTakesKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{takes: make(chan struct{})}
		l := newLogWriter(r, time.Second, missingLines)
		began, line := time.Now(), strings.Repeat("x", 1<<10-1)+"\n"
		for range 1000 {
			if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		l.flush()
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("1000 lines and the end took %s", d)
		}
		close(r.takes) // it reads again
		synctest.Wait()
		const kept = logBacklog >> 10
		if want := strings.Repeat(line, kept) + fmt.Sprintf("%d missing\n", 1000-kept); r.String() != want {
			t.Errorf("%d bytes came, with the end %q", len(r.String()), r.String()[max(0, len(r.String())-40):])
		}
		_, _ = l.Write([]byte("more\n"))
		if !strings.HasSuffix(r.String(), "missing\nmore\n") {
			t.Error("after that a line was not written at once")
		}
	})
}

// A line longer than the backlog, one of nothing and a count that says nothing each left a log that was never written again.
func TestLogGoesOnAfterAnyLine(t *testing.T) {
	for name, c := range map[string]struct {
		line    string
		missing func(int) []byte
	}{
		"a long one":                 {strings.Repeat("x", 2*logBacklog) + "\n", missingLines},
		"an empty one":               {"", missingLines},
		"a long one that is missing": {strings.Repeat("x", 2*logBacklog) + "\n", func(int) []byte { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &reader{takes: make(chan struct{})}
				l := newLogWriter(r, time.Second, c.missing)
				_, _ = l.Write([]byte("first\n"))
				_, _ = l.Write([]byte(c.line))
				close(r.takes)
				synctest.Wait()
				_, _ = l.Write([]byte(c.line))
				began := time.Now()
				_, _ = l.Write([]byte("last\n"))
				if d := time.Since(began); d > 0 || !strings.HasSuffix(r.String(), c.line+"last\n") {
					t.Errorf("after %s the log ends with %q", d, r.String()[max(0, len(r.String())-40):])
				}
			})
		})
	}
}
