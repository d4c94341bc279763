package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// Exit codes of a child, beside Go's own 2 for a program that failed.
const (
	exitCPU    = 152 // 128 and the number of SIGXCPU, as shells show it
	exitMemory = 153
	exitBroken = 154 // the parent does not speak as it should
)

// When a child retires: it answers, and takes no other request. It does so too with half of its memory used up.
const (
	retireAfter = 200 // requests
	retireCPU   = 20 * time.Second
)

// Handler does one request. ctx never ends before the process does: what runs too long is killed.
type Handler func(ctx context.Context, parent *Parent, request Message) Message

// Parent is how a child's work reaches its parent. It is safe for concurrent use.
type Parent struct {
	limit   int64
	writing sync.Mutex
	out     io.Writer

	mu      sync.Mutex
	next    uint32
	waiting map[uint32]chan Message
}

// Serve is the whole life of a child. It sets the limits, does requests one after the other, and
// returns when the parent has closed the pipe while nothing was at work; otherwise it ends the
// process at that moment. The error is of a parent that is not one.
func Serve(handle Handler) error {
	limits, err := takeLimits()
	if err != nil {
		return err
	}
	p := &Parent{limit: limits.Request, out: os.Stdout, waiting: map[uint32]chan Message{}}
	requests := make(chan Message)
	go p.read(bufio.NewReader(os.Stdin), requests)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go limits.watchMemory(ctx)
	for done := 1; ; done++ {
		request := <-requests
		if err := limits.allowCPU(); err != nil {
			return err
		}
		answer := handle(ctx, p, request)
		last := done >= retireAfter || UsedCPU() > retireCPU || mapped() > limits.Memory/2
		as := kindAnswer
		if last {
			as = kindLast
		}
		if err := p.write(frame{kind: as, Message: answer}); err != nil {
			return err
		}
		if last {
			<-requests // until the parent has closed the pipe
		}
		request, answer = Message{}, Message{} //nolint:ineffassign,wastedassign // what they hold is free at once
		debug.FreeOSMemory()                   // while it waits, if it does
	}
}

// read hands on what the parent sends. When the pipe ends, so does the process, whatever it does:
// there is nobody to do it for.
func (p *Parent) read(in io.Reader, requests chan<- Message) {
	for {
		f, err := readFrame(in, p.limit)
		switch {
		case errors.Is(err, io.EOF):
			os.Exit(0)
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitBroken)
		case f.kind == kindRequest:
			requests <- f.Message
		case f.kind == kindReply:
			p.mu.Lock()
			waits := p.waiting[f.id]
			delete(p.waiting, f.id)
			p.mu.Unlock()
			if waits != nil {
				waits <- f.Message
			}
		}
	}
}

// Call asks the parent and waits for its answer. The error is ctx's.
func (p *Parent) Call(ctx context.Context, m Message) (Message, error) {
	reply := make(chan Message, 1)
	p.mu.Lock()
	p.next++
	id := p.next
	p.waiting[id] = reply
	p.mu.Unlock()
	if err := p.write(frame{kind: kindCall, id: id, Message: m}); err != nil {
		return Message{}, err
	}
	select {
	case m := <-reply:
		return m, nil
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
		_ = p.write(frame{kind: kindCancel, id: id}) // a parent that is gone needs none
		return Message{}, ctx.Err()
	}
}

// write writes a frame to the parent.
func (p *Parent) write(f frame) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return writeFrame(p.out, f)
}

// mapped is the memory that the Go runtime has ever taken from the system, in bytes. What it gave back
// still counts for RLIMIT_DATA, since it stays mapped.
func mapped() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}
