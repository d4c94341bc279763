package sandbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAChildAnswersAndCallsItsParent(t *testing.T) {
	p := newPool(t, Config{Idle: 1, Setup: Message{Head: []byte("echo")}})
	echo(t, p)
	body := bytes.Repeat([]byte("x"), 500<<10)
	m, err := p.Do(t.Context(), Message{Head: []byte("call"), Body: body}, func(_ context.Context, call Message) Message {
		return Message{Head: append(call.Head, " back"...), Body: call.Body}
	})
	if err != nil || string(m.Head) != "called back" || !bytes.Equal(m.Body, body) {
		t.Errorf("%q, %d bytes, %v", m.Head, len(m.Body), err)
	}
	m, err = p.Do(t.Context(), Message{Head: []byte("cancelled")}, func(ctx context.Context, _ Message) Message {
		<-ctx.Done()
		return Message{}
	})
	if err != nil || string(m.Head) != "true" {
		t.Errorf("a call given up: %q, %v", m.Head, err)
	}
}

func TestAChildIsUsedAgain(t *testing.T) {
	p := newPool(t, Config{Idle: 1})
	first, err := ask(t, p, "pid")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := ask(t, p, "pid"); err != nil || first != second {
		t.Errorf("%s, then %s, %v", first, second, err)
	}
}

func TestAChildThatIsDoneIsGivenToWhoWaitsForANewOne(t *testing.T) {
	p := newPool(t, Config{Idle: 1, Most: 2})
	waiter := make(chan started, 1)
	var working string
	m, err := p.Do(t.Context(), Message{Head: []byte("call")}, func(context.Context, Message) Message {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiters = append(p.waiters, waiter) // nobody was asked to start one
		for child := range p.working {
			working = strconv.Itoa(child.cmd.Process.Pid)
		}
		return Message{}
	})
	if err != nil {
		t.Fatal(m, err)
	}
	s := <-waiter
	if s.err != nil || strconv.Itoa(s.p.cmd.Process.Pid) != working {
		t.Errorf("got %+v, not process %s", s, working)
	}
	p.keepIdle(s.p)
	if again, err := ask(t, p, "pid"); err != nil || again != working {
		t.Errorf("then %s, %v", again, err)
	}
}

func TestAChildHasNothingOfItsParents(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-secret")
	p := newPool(t, Config{})
	got, err := ask(t, p, "environment")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(got, "\n") {
		switch name, _, _ := strings.Cut(line, "="); strings.ToUpper(name) {
		case limitsVariable, "GOMEMLIMIT", "GOGC", "GOMAXPROCS", "GOTRACEBACK", "SYSTEMROOT":
		default:
			t.Errorf("the child's environment has %q", line)
		}
	}
}

func TestAChildWritesNoFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no such limit")
	}
	p := newPool(t, Config{})
	if got, err := ask(t, p, "file"); err != nil || !strings.Contains(got, "file too large") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatEndsAChildIsSaid(t *testing.T) {
	for _, c := range []struct {
		does  string
		cause Cause
		says  string
		limit func(*Limits)
	}{
		{"memory", Memory, "out of memory", nil},
		{"stack", Memory, "", nil},
		{"cpu", CPU, "", func(l *Limits) { l.CPU = time.Second }},
		{"time", Time, "no answer within", func(l *Limits) { l.Time = 3 * time.Second }},
		{"crash", Crash, "said by a test", nil},
		{"long", Output, "longer than its bound", nil},
		{"many calls", Output, "too many calls", nil},
	} {
		t.Run(c.does, func(t *testing.T) {
			t.Parallel()
			if c.does == "cpu" && runtime.GOOS == "windows" {
				t.Skip("has no such limit")
			}
			if c.cause == Memory && raceEnabled {
				t.Skip("what the race detector maps is not bounded")
			}
			l := limits
			if c.limit != nil {
				c.limit(&l)
			}
			p := newPool(t, Config{Limits: l})
			_, err := p.Do(t.Context(), Message{Head: []byte(c.does)}, func(context.Context, Message) Message { return Message{} })
			var e *Error
			if !errors.As(err, &e) || e.Cause != c.cause || !strings.Contains(e.Detail, c.says) || !e.Alone || len(e.Detail) > maxDetail {
				t.Errorf("%v, want %s", err, c.cause)
			}
			if s := p.Stats(); s.Died[c.cause] != 1 || s.Started < 1 {
				t.Errorf("%+v", s)
			}
			echo(t, p)
		})
	}
}

// killer kills the child that calls, as often as it is told, and lets it go on then.
func killer(t *testing.T, times int32) (serve Server, attempts *atomic.Int32) {
	attempts = &atomic.Int32{}
	return func(_ context.Context, m Message) Message {
		if attempts.Add(1) <= times {
			pid, _ := strconv.Atoi(string(m.Body))
			p, err := os.FindProcess(pid)
			if err == nil {
				err = p.Kill()
			}
			if err != nil {
				t.Error(err)
			}
		}
		return Message{Body: []byte("done")}
	}, attempts
}

func TestARequestWhoseChildIsKilledIsDoneAgain(t *testing.T) {
	p := newPool(t, Config{Most: 3, Idle: 1, Command: []string{"", "child"}})
	// A neighbour is at work meanwhile, and is not disturbed.
	var neighbour sync.WaitGroup
	at, release := make(chan struct{}), make(chan struct{})
	neighbour.Go(func() {
		m, err := p.Do(t.Context(), Message{Head: []byte("call")}, func(context.Context, Message) Message {
			close(at)
			<-release
			return Message{Body: []byte("unharmed")}
		})
		if err != nil || string(m.Body) != "unharmed" {
			t.Errorf("the neighbour: %q, %v", m.Body, err)
		}
	})
	<-at
	serve, attempts := killer(t, 1)
	first := true
	m, err := p.Do(t.Context(), Message{Head: []byte("call with pid")}, func(ctx context.Context, m Message) Message {
		if first {
			first = false
			defer close(release) // the second attempt is alone
		}
		return serve(ctx, m)
	})
	if err != nil || string(m.Body) != "done" || attempts.Load() != 2 {
		t.Errorf("%q, %v after %d attempts", m.Body, err, attempts.Load())
	}
	neighbour.Wait()

	serve, attempts = killer(t, 99)
	_, err = p.Do(t.Context(), Message{Head: []byte("call with pid")}, serve)
	var e *Error
	if !errors.As(err, &e) || e.Cause != Killed || attempts.Load() != 2 {
		t.Errorf("killed each time: %v after %d attempts", err, attempts.Load())
	}
}

func TestWhatDiesBesideOthersIsDoneAgainAlone(t *testing.T) {
	p := newPool(t, Config{Most: 2})
	at, release := make(chan struct{}), make(chan struct{})
	var neighbour sync.WaitGroup
	neighbour.Go(func() {
		_, err := p.Do(t.Context(), Message{Head: []byte("call")}, func(context.Context, Message) Message {
			close(at)
			<-release
			return Message{}
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-at
	attempts := 0
	_, err := p.Do(t.Context(), Message{Head: []byte("call and crash")}, func(context.Context, Message) Message {
		if attempts++; attempts == 1 {
			close(release)
		}
		return Message{}
	})
	neighbour.Wait()
	var e *Error
	if !errors.As(err, &e) || e.Cause != Crash || !e.Alone || attempts != 2 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

func TestTimeOfCallsDoesNotCount(t *testing.T) {
	if testing.Short() {
		t.Skip("waits longer than a limit")
	}
	l := limits
	l.Time = 3 * time.Second
	p := newPool(t, Config{Limits: l})
	m, err := p.Do(t.Context(), Message{Head: []byte("call")}, func(context.Context, Message) Message {
		time.Sleep(l.Time + l.Time/10)
		return Message{Body: []byte("late")}
	})
	if err != nil || string(m.Body) != "late" {
		t.Errorf("%q, %v", m.Body, err)
	}
}

func TestACancelledRequestEndsItsChild(t *testing.T) {
	p := newPool(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := p.Do(ctx, Message{Head: []byte("call")}, func(ctx context.Context, _ Message) Message {
		cancel()
		<-ctx.Done()
		return Message{}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	echo(t, p)
}

func TestCloseCutsWhatIsAtWork(t *testing.T) {
	p := newPool(t, Config{Idle: 1})
	_, err := p.Do(t.Context(), Message{Head: []byte("call")}, func(context.Context, Message) Message {
		go p.Close()
		<-p.stop
		return Message{}
	})
	// The answer may have come first.
	if err != nil && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := ask(t, p, "echo"); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed pool: %v", err)
	}
}

func TestAProgramThatCannotBeStartedIsAnError(t *testing.T) {
	p := newPool(t, Config{Command: []string{t.TempDir() + "/missing"}, Idle: 1})
	_, err := ask(t, p, "echo")
	var e *Error
	if !errors.As(err, &e) || e.Cause != Start {
		t.Error(err)
	}
	if s := p.Stats(); s.Started != 0 || s.Died[Start] < 2 { // it was tried again
		t.Errorf("%+v", s)
	}
}

func TestOnceDoesOneRequest(t *testing.T) {
	c := Config{Command: []string{"", "child"}, Limits: limits}
	if m, err := Once(t.Context(), c, Message{Head: []byte("echo"), Body: []byte("x")}); err != nil || string(m.Body) != "x" {
		t.Errorf("%q, %v", m.Body, err)
	}
	if _, err := Once(t.Context(), c, Message{Head: []byte("crash")}); err == nil {
		t.Error("no error")
	}
}

func TestFramesAreBounded(t *testing.T) {
	var wire bytes.Buffer
	if err := writeFrame(&wire, frame{kind: kindCall, id: 7, Message: Message{Head: []byte("head"), Body: []byte("body")}}); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(wire.Bytes())
	f, err := readFrame(&wire, 8)
	if err != nil || f.id != 7 || f.kind != kindCall || string(f.Head) != "head" || string(f.Body) != "body" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := readFrame(bytes.NewReader(whole), 7); !errors.Is(err, errTooLong) {
		t.Errorf("beyond the bound: %v", err)
	}
	for n := range whole {
		if _, err := readFrame(bytes.NewReader(whole[:n]), 8); err == nil {
			t.Errorf("%d bytes are a frame", n)
		}
	}
}
