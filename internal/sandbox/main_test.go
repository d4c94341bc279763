package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "child":
			if err := Serve(work); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "parent":
			beParent()
		}
	}
	goleak.VerifyTestMain(m)
}

// hole keeps what a child allocates from being collected.
var hole [][]byte

// work is what the children of these tests do: what the head of a request names.
func work(ctx context.Context, parent *Parent, m Message) Message {
	switch string(m.Head) {
	case "echo":
		return m
	case "call": // what the parent answers to the body
		reply, err := parent.Call(ctx, Message{Head: []byte("called"), Body: m.Body})
		if err != nil {
			panic(err)
		}
		return reply
	case "call with pid", "call with pid, then spin":
		reply, err := parent.Call(ctx, Message{Body: strconv.AppendInt(nil, int64(os.Getpid()), 10)})
		if err != nil {
			panic(err)
		}
		if string(m.Head) != "call with pid" {
			return work(ctx, parent, Message{Head: []byte("cpu")})
		}
		return reply
	case "call and crash":
		_, _ = parent.Call(ctx, m)
		panic("said by a test")
	case "cancelled": // a call that is given up
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, err := parent.Call(ctx, m)
		return Message{Head: fmt.Append(nil, errors.Is(err, context.Canceled))}
	case "many calls":
		for range 2 * maxCalls {
			_, _ = parent.Call(ctx, m)
		}
	case "environment":
		return Message{Body: []byte(strings.Join(os.Environ(), "\n"))}
	case "files": // that are open
		open, err := filepath.Glob("/proc/self/fd/*")
		if err != nil {
			panic(err)
		}
		for _, name := range open {
			target, _ := os.Readlink(name) // none of the folder's own, which is closed
			m.Body = fmt.Appendln(m.Body, target)
		}
		return m
	case "pid":
		return Message{Body: strconv.AppendInt(nil, int64(os.Getpid()), 10)}
	case "memory":
		for {
			b := make([]byte, 1<<20)
			for i := 0; i < len(b); i += 512 {
				b[i] = 1
			}
			hole = append(hole, b)
		}
	case "stack":
		return Message{Body: []byte{byte(recurse(1))}}
	case "cpu":
		for i := 0; ; i++ {
			if i < 0 {
				break
			}
		}
	case "time":
		select {}
	case "crash":
		panic("index out of range, said by a test")
	case "long":
		return Message{Body: make([]byte, 2<<20)}
	case "file":
		f, err := os.CreateTemp("", "sandbox")
		if err != nil {
			return Message{Head: []byte(err.Error())}
		}
		defer os.Remove(f.Name())
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return Message{Head: []byte(err.Error())}
		}
		return Message{Head: []byte("written")}
	}
	return Message{}
}

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + n
}

// limits are those of tests, wide enough for a busy machine.
var limits = Limits{Memory: 96 << 20, CPU: 20 * time.Second, Time: 2 * time.Minute, Request: 4 << 20, Answer: 1 << 20}

func newPool(t *testing.T, c Config) *Pool {
	t.Helper()
	if c.Command == nil {
		c.Command = []string{"", "child"}
	}
	if c.Limits == (Limits{}) {
		c.Limits = limits
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// unasked fails a test whose child calls.
func unasked(t *testing.T) Server {
	return func(context.Context, Message) Message {
		t.Error("a call")
		return Message{}
	}
}

// ask has the pool do what head names.
func ask(t *testing.T, p *Pool, head string) (string, error) {
	t.Helper()
	m, err := p.Do(t.Context(), Message{Head: []byte(head)}, unasked(t))
	return string(m.Head) + string(m.Body), err
}

func echo(t *testing.T, p *Pool) {
	t.Helper()
	m, err := p.Do(t.Context(), Message{Head: []byte("echo"), Body: []byte("body")}, unasked(t))
	if err != nil || string(m.Body) != "body" {
		t.Errorf("%q, %v", m.Body, err)
	}
}
