package isolate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/sandbox"
)

// The limits of compiling the PDF reader, whose code is ours. It takes some 4 s of a processor and 400 MiB.
const (
	maxCompileMemory = 1 << 30
	maxCompileCPU    = 10 * time.Minute
	maxCompileTime   = 20 * time.Minute
	maxCodeFile      = 256 << 20

	// maxLookCPU is for code that came with the program, which is read or is none: it is not to be
	// compiled where it cannot be kept. Reading it takes 0.2 s.
	maxLookCPU = 2 * time.Second
)

// code keeps the PDF reader's compiled code in a folder. A process of its own looks whether it is there,
// once, and compiles it where it is not; only pages that are PDFs wait for it. It is safe for
// concurrent use.
type code struct {
	command []string
	ready   string // compiled beforehand, read only; "" for none
	dir     string // "" for that of temporary files
	log     *slog.Logger
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	work    *compilation // the last
	doubted bool
}

// compilation is one look at the code.
type compilation struct {
	done chan struct{}
	dir  string
	err  error
}

// failed reports whether it is over and there is no code.
func (w *compilation) failed() bool {
	select {
	case <-w.done:
		return w.err != nil
	default:
		return false
	}
}

func newCode(command []string, ready, dir string, log *slog.Logger) *code {
	c := &code{command: command, ready: ready, dir: dir, log: log}
	c.ctx, c.end = context.WithCancel(context.Background())
	return c
}

// folder returns the folder when the code is in it. The error is ctx's or a [*fetch.Error].
func (c *code) folder(ctx context.Context) (string, error) {
	c.mu.Lock()
	if c.work == nil || c.doubted || c.work.failed() {
		c.work, c.doubted = &compilation{done: make(chan struct{})}, false
		work := c.work
		c.running.Go(func() {
			defer close(work.done)
			work.dir, work.err = c.compile()
		})
	}
	work := c.work
	c.mu.Unlock()
	select {
	case <-work.done:
		return work.dir, work.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// doubt has the next file look again: a child died, and may have done so because it had to compile.
func (c *code) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.work == nil {
		return
	}
	select {
	case <-c.work.done:
		c.doubted = true
	default: // it is being looked at
	}
}

// compile finds the code that came with the program, where it is for this processor. Else it has it
// compiled into the folder, or, where that cannot be, into one among the temporary files.
func (c *code) compile() (string, error) {
	if _, err := os.Stat(c.ready); err == nil {
		if c.compileInto(c.ready, maxLookCPU) == nil {
			return c.ready, nil
		}
	}
	var first error
	if c.dir != "" {
		if first = c.compileInto(c.dir, maxCompileCPU); first == nil {
			return c.dir, nil
		}
	}
	own, err := temporaryFolder()
	if err == nil {
		err = c.compileInto(own, maxCompileCPU)
	}
	if err != nil {
		return "", c.failed(errors.Join(first, err))
	}
	return own, nil
}

// temporaryFolder is one folder for all processes of this user, which stays: a new one for each would be left by
// those that are killed, 21 MB each. What is in it is run, so nobody else may have made it.
func temporaryFolder() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("commentator-pdf-%d", os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make a temporary folder: %w", err)
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("look at the temporary folder: %w", err)
	case !info.IsDir() || !ownAlone(info):
		return "", fmt.Errorf("%s is not a folder of this user alone; remove it", dir)
	}
	return dir, nil
}

// compileInto runs the process, for so much processor time.
func (c *code) compileInto(dir string, cpu time.Duration) error {
	m, err := message(request{Do: compilePDF, Dir: dir}, nil)
	if err != nil {
		return err
	}
	_, err = sandbox.Once(c.ctx, sandbox.Config{
		Command: c.command, Logger: c.log,
		Limits: sandbox.Limits{
			Memory: maxCompileMemory, CPU: cpu, Time: maxCompileTime, Request: maxAnswer, Answer: maxAnswer, FileSize: maxCodeFile,
		},
	}, m)
	return err
}

// failed is the error of a file for which there is no reader.
func (c *code) failed(err error) error {
	e := fetch.NewError(fetch.NoProcess, "", "the PDF reader could not be compiled",
		fmt.Sprintf("look whether %s can be written, and at the limits on memory of this machine", c.dir))
	e.Err = err
	return e
}

// close ends a compilation under way.
func (c *code) close() {
	c.end()
	c.running.Wait()
}
