package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const (
	// logPatience is how long a line of the log may take before nobody waits for the next ones.
	logPatience = time.Second
	// logBacklog is how many bytes of lines are kept until they are taken.
	logBacklog = 256 << 10
)

// logWriter stands between a process that must get on and whoever takes its log: a pipe that nobody
// reads, a terminal that was stopped, a disk that hangs. A line is written before Write returns, as
// long as that takes no longer than patience. After that lines are kept, up to a bound or one of any length, and
// the rest is counted; the count is said where they are missing. It is safe for concurrent use.
type logWriter struct {
	w        io.Writer
	patience time.Duration
	missing  func(lines int) []byte // says how many lines are missing

	mu      sync.Mutex // guards what follows; never held during a write
	lines   [][]byte   // not written yet, the first of them perhaps under way
	bytes   int
	dropped int
	stuck   bool          // a line has taken longer than patience
	empty   chan struct{} // closed when lines becomes empty; nil: it is
}

func newLogWriter(w io.Writer, patience time.Duration, missing func(lines int) []byte) *logWriter {
	return &logWriter{w: w, patience: patience, missing: missing}
}

// Write takes a line. It never fails, since no caller could do anything about it.
func (l *logWriter) Write(p []byte) (int, error) {
	if written := l.add(p); written != nil {
		l.wait(written)
	}
	return len(p), nil
}

// add keeps a line and has it written. It returns what to wait for; nil for nothing.
func (l *logWriter) add(p []byte) (written chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dropped > 0 || len(l.lines) > 0 && l.bytes+len(p) > logBacklog {
		l.dropped++ // also a short one after a long one: what is missing is in one place
		return nil
	}
	l.lines, l.bytes = append(l.lines, bytes.Clone(p)), l.bytes+len(p)
	if l.empty == nil {
		l.empty = make(chan struct{})
		go l.drain()
	}
	if l.stuck {
		return nil
	}
	return l.empty
}

// wait waits until all lines are written, or patience is over.
func (l *logWriter) wait(written chan struct{}) {
	limit := time.NewTimer(l.patience)
	defer limit.Stop()
	select {
	case <-written:
	case <-limit.C:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.empty == written {
			l.stuck = true
		}
	}
}

// drain writes what is kept, and ends when nothing is.
func (l *logWriter) drain() {
	for line, more := l.next(false); more; line, more = l.next(true) {
		_, _ = l.w.Write(line) // the next one may find a place again
	}
}

// next is the line to write, after the one before it was written or at the beginning. It reports whether there is one.
func (l *logWriter) next(written bool) (line []byte, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if written {
		l.bytes -= len(l.lines[0])
		l.lines = l.lines[1:]
	}
	if len(l.lines) == 0 && l.dropped > 0 {
		said := l.missing(l.dropped)
		l.lines, l.bytes, l.dropped = append(l.lines, said), len(said), 0
	}
	if len(l.lines) == 0 {
		l.lines, l.stuck = nil, false
		close(l.empty)
		l.empty = nil
		return nil, false
	}
	return l.lines[0], true
}

// flush waits for what is kept, for as long as for a line.
func (l *logWriter) flush() {
	l.mu.Lock()
	written := l.empty
	l.mu.Unlock()
	if written != nil {
		l.wait(written)
	}
}

// surviveSignals has the process live on when it writes to standard output or error and nobody
// can read it any more, and once ctx has ended, when it is asked again to end, which takes a time that is bounded;
// both until the returned function is called. A signal that is asked for, unlike one that is ignored, is as ever for
// child processes.
func surviveSignals(ctx context.Context) (end func()) {
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, syscall.SIGPIPE)
	undo := context.AfterFunc(ctx, func() { signal.Notify(taken, endSignals()...) })
	return func() {
		undo()
		signal.Stop(taken)
	}
}
