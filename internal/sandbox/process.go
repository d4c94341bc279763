package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Bounds of one request, as the parent keeps them.
const (
	maxCallsAtOnce = 16
	maxCalls       = 500
	maxStderr      = 4 << 10
	maxDetail      = 200
	killDelay      = time.Second // from the end of a process to that of its pipes
)

// Server does a child's call. It is called in a goroutine of its own; ctx ends with the request, or
// when the child no longer needs the answer.
type Server func(ctx context.Context, call Message) Message

// process is a child as its parent sees it. One request at a time is done by it.
type process struct {
	limits  Limits
	cmd     *exec.Cmd
	in      io.WriteCloser
	writing sync.Mutex
	frames  chan frame // what the child sent; closed when it has ended
	stop    chan struct{}
	ended   chan struct{}
	stderr  *beginning
	readErr error // why reading ended; set before frames is closed
}

// start starts a child. The caller's thread has to outlive it, see [attributes].
func start(command []string, limits Limits) (*process, error) {
	env, err := limits.environment()
	if err != nil {
		return nil, err
	}
	p := &process{
		limits: limits, cmd: exec.Command(command[0], command[1:]...),
		frames: make(chan frame), stop: make(chan struct{}), ended: make(chan struct{}), stderr: &beginning{},
	}
	p.cmd.Env, p.cmd.Stderr, p.cmd.WaitDelay, p.cmd.SysProcAttr = env, p.stderr, killDelay, attributes()
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	keepDescriptors()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(bufio.NewReader(out))
	return p, nil
}

// read reads what the child sends until it ends, and waits for the end. A child that closes its
// pipe or breaks a bound is killed.
func (p *process) read(out io.Reader) {
	defer close(p.ended)
	for {
		f, err := readFrame(out, p.limits.Answer)
		if err != nil {
			p.readErr = err
			break
		}
		select {
		case p.frames <- f:
			continue
		case <-p.stop:
		}
		break
	}
	_ = p.in.Close()
	if errors.Is(p.readErr, io.EOF) {
		// It ends by itself; how, is what tells why.
		late := time.AfterFunc(killDelay, p.kill)
		defer late.Stop()
	} else {
		p.kill()
	}
	_ = p.cmd.Wait() // its state tells more
	close(p.frames)
}

// kill ends the child. It may be called at any time, and again.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// close ends a child that has nothing to do.
func (p *process) close() {
	close(p.stop)
	p.kill()
	<-p.ended
}

// alive reports whether the child has not ended, as far as is known.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// write writes a frame to the child; it fails when the child ends.
func (p *process) write(f frame) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return writeFrame(p.in, f)
}

// session is one request to a process.
type session struct {
	p       *process
	cancel  context.CancelFunc
	ctx     context.Context
	serve   Server
	running sync.WaitGroup
	served  chan uint32
	open    map[uint32]context.CancelFunc // calls under way
	calls   int
}

// do does one request. last says that the child takes no other. With an error, which is an *Error
// or ctx's, the child is at its end.
func (p *process) do(ctx context.Context, request Message, serve Server) (answer Message, last bool, err error) {
	s := &session{p: p, serve: serve, served: make(chan uint32), open: map[uint32]context.CancelFunc{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	answer, last, err = s.run(request)
	s.cancel()
	if err != nil {
		p.kill() // which ends writes to it
		for range p.frames {
		}
		if cause := p.cause(); errors.Is(err, errEnded) {
			err = cause
		}
	}
	go func() { s.running.Wait(); close(s.served) }()
	for range s.served {
	}
	return answer, last, err
}

// errEnded stands for whatever ended the child.
var errEnded = errors.New("the child ended")

// run is the loop of a session. The clock stands still while a call is open: what others take is
// not the child's time.
func (s *session) run(request Message) (answer Message, last bool, err error) {
	s.running.Go(func() { _ = s.p.write(frame{kind: kindRequest, Message: request}) }) // else the child has ended
	left, began := s.p.limits.Time, time.Now()
	clock := time.NewTimer(left)
	defer clock.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return Message{}, false, s.ctx.Err()
		case <-clock.C:
			return Message{}, false, &Error{Cause: Time, Detail: fmt.Sprintf("no answer within %s", s.p.limits.Time)}
		case id := <-s.served:
			s.open[id]()
			delete(s.open, id)
			if len(s.open) == 0 {
				began = time.Now()
				clock.Reset(left)
			}
		case f, ok := <-s.p.frames:
			if !ok {
				return Message{}, false, errEnded
			}
			switch f.kind {
			case kindAnswer, kindLast:
				return f.Message, f.kind == kindLast, nil
			case kindCancel:
				if cancel := s.open[f.id]; cancel != nil {
					cancel()
				}
			case kindCall:
				if len(s.open) == 0 {
					clock.Stop()
					left -= time.Since(began)
				}
				if err := s.call(f); err != nil {
					return Message{}, false, err
				}
			default:
				return Message{}, false, &Error{Cause: Output, Detail: "an unknown message"}
			}
		}
	}
}

// call begins to do a call of the child's.
func (s *session) call(f frame) error {
	s.calls++
	if s.open[f.id] != nil || len(s.open) == maxCallsAtOnce || s.calls > maxCalls {
		return &Error{Cause: Output, Detail: "too many calls"}
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.open[f.id] = cancel
	s.running.Go(func() {
		defer cancel()
		reply := s.serve(ctx, f.Message)
		_ = s.p.write(frame{kind: kindReply, id: f.id, Message: reply}) // else the child has ended
		s.served <- f.id
	})
	return nil
}

// cause says why the child ended; it has.
func (p *process) cause() *Error {
	if errors.Is(p.readErr, errTooLong) {
		return &Error{Cause: Output, Detail: p.readErr.Error()}
	}
	said := p.stderr.String()
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	e := &Error{Cause: Crash, Detail: first}
	if len(first) > maxDetail {
		e.Detail = strings.ToValidUTF8(first[:maxDetail], "")
	}
	state := p.cmd.ProcessState
	switch {
	case state.ExitCode() == exitCPU:
		e.Cause = CPU
	case state.ExitCode() == exitMemory, strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"),
		strings.Contains(said, "stack exceeds"):
		e.Cause = Memory
	case strings.Contains(said, "pthread_create failed"), strings.Contains(said, "failed to create new OS thread"):
		e.Cause = Killed // the machine has no more threads
	case !state.Exited(): // by a signal
		e.Cause = Killed
		if state.UserTime()+state.SystemTime() > p.limits.CPU+retireCPU {
			e.Cause = CPU
		}
	}
	if e.Detail == "" {
		e.Detail = state.String()
	}
	return e
}

// beginning keeps the beginning of what is written to it.
type beginning struct {
	mu sync.Mutex
	b  []byte
}

// Write implements [io.Writer].
func (b *beginning) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b = append(b.b, p[:min(len(p), maxStderr-len(b.b))]...)
	return len(p), nil
}

func (b *beginning) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b)
}
