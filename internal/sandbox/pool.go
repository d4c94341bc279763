package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Config is what a [Pool] is made of.
type Config struct {
	// Command is a child's program and its arguments; a program that is "" is this one. The child
	// has to call [Serve].
	Command []string
	Limits  Limits
	// Most is the most children at work at once, Idle the number that is kept waiting while there is
	// no work.
	Most, Idle int
	// Setup is a child's first request, done before it counts as idle; its answer is dropped. There is
	// none where it has no head.
	Setup Message
	// Logger is told of what is no caller's error; nil tells nobody.
	Logger *slog.Logger
}

// Pool keeps children and gives them requests. It is safe for concurrent use; Close it.
//
// One goroutine starts all children, on a thread of its own. Each child has one that reads from
// it; each call of a child one while it is done. All have ended when Close returns.
type Pool struct {
	config Config
	turns  *semaphore.Weighted // one for each request at work; all of them for one that runs alone
	stop   chan struct{}
	wanted chan struct{} // a sign for keep to look
	kept   chan struct{} // closed when keep has ended

	mu      sync.Mutex
	closed  bool
	idle    []*process
	waiters []chan started
	begun   uint64            // attempts so far
	busy    int               // attempts at work
	working map[*process]bool // all that are not idle
	stats   Stats
}

// started is a child for one who waits, or why there is none.
type started struct {
	p   *process
	err error
}

// New returns a Pool and begins to start its idle children. It does not wait for them: an error of
// theirs is that of the request that needs one.
func New(c Config) (*Pool, error) {
	c, err := c.check()
	if err != nil {
		return nil, err
	}
	p := &Pool{
		config: c, turns: semaphore.NewWeighted(int64(c.Most)),
		stop: make(chan struct{}), wanted: make(chan struct{}, 1), kept: make(chan struct{}),
		working: map[*process]bool{}, stats: Stats{Died: map[Cause]int64{}},
	}
	go p.keep()
	return p, nil
}

// check fills in what need not be set.
func (c Config) check() (Config, error) {
	l := c.Limits
	if len(c.Command) == 0 || l.Memory <= 0 || l.CPU <= 0 || l.Time <= 0 || l.Request <= 0 || l.Answer <= 0 {
		return c, errors.New("a command and limits of memory, processor time, time and messages are needed")
	}
	if c.Command[0] == "" {
		self, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("find the program itself: %w", err)
		}
		c.Command = append([]string{self}, c.Command[1:]...)
	}
	c.Most = max(c.Most, 1)
	c.Idle = min(max(c.Idle, 0), c.Most)
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return c, nil
}

// Do has a child do request, and does its calls by serve. A child that ends without an answer gives
// an *Error. Where the end may have had other reasons than the input, it was not yet given: the
// request is then done once more, with no other child at work. Those are any end but that by the
// bound on processor time or on messages while others were at work, since memory, time and
// processors are shared with them, and an end from outside or a start that failed in any case.
//
// Other errors are ctx's and [ErrClosed].
func (p *Pool) Do(ctx context.Context, request Message, serve Server) (Message, error) {
	answer, err := p.attempt(ctx, 1, request, serve)
	var e *Error
	if !errors.As(err, &e) || !e.doubtful() {
		return answer, err
	}
	p.config.Logger.Warn("a child process ended; its request is done again alone", "cause", string(e.Cause), "detail", e.Detail)
	return p.attempt(ctx, int64(p.config.Most), request, serve)
}

// doubtful reports whether another attempt may end otherwise.
func (e *Error) doubtful() bool {
	switch e.Cause {
	case CPU, Output:
		return false
	case Killed, Start: // of a start, the child that others left no room for, or one killed before it was idle
		return true
	}
	return !e.Alone
}

// attempt does a request once, with so many of the turns.
func (p *Pool) attempt(ctx context.Context, turns int64, request Message, serve Server) (Message, error) {
	if err := p.turns.Acquire(ctx, turns); err != nil {
		return Message{}, err
	}
	defer p.turns.Release(turns)
	child, err := p.take(ctx)
	if err != nil {
		return Message{}, err
	}
	p.mu.Lock()
	p.begun++
	p.busy++
	begun, alone := p.begun, p.busy == 1
	p.mu.Unlock()
	answer, last, err := child.do(ctx, request, serve)
	p.mu.Lock()
	p.busy--
	alone = alone && begun == p.begun
	delete(p.working, child)
	closed := p.closed
	var e *Error
	if errors.As(err, &e) && !closed {
		p.stats.Died[e.Cause]++
	}
	usable := err == nil && !last && !closed
	var waiter chan started
	switch {
	case usable && len(p.waiters) > 0: // the one that is being started for it becomes idle
		waiter, p.waiters = p.waiters[0], p.waiters[1:]
		p.working[child] = true
	case usable && len(p.idle) < p.config.Idle:
		p.idle = append(p.idle, child)
	default:
		usable = false
	}
	p.mu.Unlock()
	switch {
	case waiter != nil:
		waiter <- started{p: child}
	case !usable:
		child.close()
		p.want()
	}
	switch {
	case err == nil:
	case closed:
		err = ErrClosed
	case e != nil:
		e.Alone = alone
	}
	return answer, err
}

// take takes an idle child, or waits for one to be started. Those that died while they were idle
// are passed over.
func (p *Pool) take(ctx context.Context) (*process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	for n := len(p.idle); n > 0; n = len(p.idle) {
		child := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if child.alive() {
			p.working[child] = true
			p.mu.Unlock()
			return child, nil
		}
	}
	waiter := make(chan started, 1)
	p.waiters = append(p.waiters, waiter)
	p.mu.Unlock()
	p.want()
	select {
	case s := <-waiter:
		return s.p, s.err
	case <-ctx.Done():
		// What comes all the same goes to the idle ones.
		go func() {
			if s := <-waiter; s.p != nil {
				p.keepIdle(s.p)
			}
		}()
		return nil, ctx.Err()
	}
}

// keepIdle puts a child to the idle ones, or closes it.
func (p *Pool) keepIdle(child *process) {
	p.mu.Lock()
	delete(p.working, child)
	keep := !p.closed && len(p.idle) < p.config.Most
	if keep {
		p.idle = append(p.idle, child)
	}
	p.mu.Unlock()
	if !keep {
		child.close()
	}
}

// want has keep look whether children are missing.
func (p *Pool) want() {
	select {
	case p.wanted <- struct{}{}:
	default:
	}
}

// keep starts children as they are wanted. On Linux a child dies with the thread that started
// it: so that is one thread, which lives as long as the pool.
func (p *Pool) keep() {
	runtime.LockOSThread()
	defer close(p.kept)
	defer runtime.UnlockOSThread()
	p.want()
	for {
		select {
		case <-p.stop:
			return
		case <-p.wanted:
		}
		for p.missing() {
			child, err := p.startOne()
			if !p.handOut(child, err) {
				break
			}
		}
	}
}

// missing reports whether somebody waits, or too few are idle or will be.
func (p *Pool) missing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && (len(p.waiters) > 0 || len(p.idle)+len(p.working) < p.config.Idle)
}

// startOne starts a child and sets it up. It counts as working until it is idle.
func (p *Pool) startOne() (*process, error) {
	child, err := start(p.config.Command, p.config.Limits)
	if err != nil {
		return nil, p.notStarted(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.mu.Lock()
	p.working[child] = true // so that Close ends it
	p.stats.Started++
	closed := p.closed
	p.mu.Unlock()
	if closed {
		child.kill()
	}
	if p.config.Setup.Head != nil {
		_, _, err = child.do(ctx, p.config.Setup, func(context.Context, Message) Message { return Message{} })
	}
	if err != nil {
		p.mu.Lock()
		delete(p.working, child)
		p.mu.Unlock()
		child.close()
		return nil, p.notStarted(err)
	}
	return child, nil
}

// handOut gives a new child to the first who waits, or to the idle ones. One that could not be
// started is the error of the one who waits; where nobody waits, the next sign tries again.
func (p *Pool) handOut(child *process, err error) (more bool) {
	p.mu.Lock()
	if len(p.waiters) > 0 {
		waiter := p.waiters[0]
		p.waiters = p.waiters[1:]
		p.mu.Unlock()
		waiter <- started{child, err}
		return true
	}
	closed := p.closed
	p.mu.Unlock()
	if closed && err != nil { // it was ended by Close
		return false
	}
	if err != nil {
		p.config.Logger.Warn("no child process could be started; the next request tries again", "error", err)
		return false
	}
	p.keepIdle(child)
	return true
}

// closeTime bounds the wait of Close for requests under way, which it cuts.
const closeTime = 5 * time.Second

// Close ends all children, those at work too: their requests get [ErrClosed].
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	idle := p.idle
	p.idle = nil
	for child := range p.working {
		child.kill()
	}
	p.mu.Unlock()
	close(p.stop)
	<-p.kept
	p.mu.Lock()
	waiters := p.waiters
	p.waiters = nil
	p.mu.Unlock()
	for _, w := range waiters {
		w <- started{nil, ErrClosed}
	}
	for _, child := range idle {
		child.close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := p.turns.Acquire(ctx, int64(p.config.Most)); err != nil {
		return fmt.Errorf("close child processes: %w", err)
	}
	p.turns.Release(int64(p.config.Most))
	return nil
}

// Once starts a child, has it do one request, and ends it. Its errors are those of a [Pool]'s first
// attempt.
func Once(ctx context.Context, c Config, request Message) (Message, error) {
	c.Idle, c.Most = 0, 1
	p, err := New(c)
	if err != nil {
		return Message{}, err
	}
	answer, err := p.attempt(ctx, 1, request, func(context.Context, Message) Message { return Message{} })
	return answer, errors.Join(err, p.Close())
}
