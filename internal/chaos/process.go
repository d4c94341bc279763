//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is one place for a process, filled again after each death. Whoever does
// something to it holds its lock.
type Process struct {
	Name string
	// Env is set beside what the world sets, and wins.
	Env []string
	Log string // path of its log, of all lives

	world       *World
	kind        string // what such processes are called in counts
	args        []string
	data        string          // its data folder
	environment func() []string // of its next life

	busy sync.Mutex // held by who kills, stops or starts it

	mu      sync.Mutex
	runs    int
	since   time.Time // when this life began
	cmd     *exec.Cmd
	done    chan struct{}
	dying   bool // the end of this life was asked for
	mayFail bool // it may end by itself: its folder cannot be written
}

// incarnation names the life of a process: the model knows its callers by it.
func (p *Process) incarnation() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%s.%d", p.Name, p.runs)
}

// PID is the id of the process in its present life.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// Launch starts the process, and watches that it does not end by itself.
func (p *Process) Launch() {
	p.mu.Lock()
	p.runs++
	p.mu.Unlock()
	name := p.incarnation()
	log, err := os.OpenFile(p.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.world.t.Error(err)
		return
	}
	defer log.Close()
	_, _ = fmt.Fprintf(log, "--- %s starts at %s\n", name, time.Now().Format(time.TimeOnly))
	cmd := exec.Command(p.world.binary, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.world.Dir, log, log
	cmd.Env = append(p.environment(), p.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.world.t.Error(err)
		return
	}
	done := make(chan struct{})
	p.mu.Lock()
	p.cmd, p.done, p.dying, p.since = cmd, done, false, time.Now()
	p.mu.Unlock()
	p.world.watchers.Go(func() {
		err := cmd.Wait()
		p.mu.Lock()
		dying, mayFail := p.dying, p.mayFail
		p.mu.Unlock()
		close(done) // who waits for it may begin the next life, of which dying speaks then
		switch {
		case dying:
		case mayFail:
			p.world.count("processes that ended for want of a disk", 1)
			p.revive()
		default:
			p.world.t.Errorf("%s ended by itself: %v; see its log:\n%s", name, err, Tail(p.Log))
			p.world.count("processes that ended by themselves", 1)
			p.revive()
		}
	})
}

// revive starts the process again some time after it ended by itself, as what
// supervises it does, unless somebody else has.
func (p *Process) revive() {
	time.Sleep(time.Second)
	if p.busy.TryLock() {
		defer p.busy.Unlock()
		if !p.alive() && !p.world.isOver() {
			p.Launch()
		}
	}
}

// alive reports whether the process runs.
func (p *Process) alive() bool {
	p.mu.Lock()
	done := p.done
	p.mu.Unlock()
	if done == nil {
		return false
	}
	select {
	case <-done:
		return false
	default:
		return true
	}
}

// age is how long this life has lasted.
func (p *Process) age() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.since)
}

// last marks that the process dies now, and returns what is needed for it.
func (p *Process) last() (*exec.Cmd, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dying = true
	return p.cmd, p.done
}

// Kill is kill -9. It does nothing where no process runs.
func (p *Process) Kill() {
	cmd, done := p.last()
	if cmd == nil {
		return
	}
	if p.alive() {
		p.world.harm(p.incarnation(), time.Now(), time.Now())
	}
	_ = cmd.Process.Kill()
	<-done
}

// endTime is how long a process may take to end: what a shutdown waits for, and as
// much for a busy machine.
const endTime = 2 * time.Minute

// Terminate asks the process to end, and waits until it has. A process that a fault
// has ended already is none.
func (p *Process) Terminate() {
	if !p.alive() {
		return
	}
	cmd, done := p.last()
	began := time.Now()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(endTime):
		p.world.t.Errorf("%s did not end within %s; see its log:\n%s", p.incarnation(), endTime, Tail(p.Log))
		_ = cmd.Process.Signal(syscall.SIGQUIT) // leaves its goroutines in the log
		<-done
	}
	p.world.harm(p.incarnation(), began, time.Now())
	// One that has just started may not know yet that it may be asked.
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
		return
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		p.world.t.Errorf("%s ended with exit code %d; see its log:\n%s", p.incarnation(), code, Tail(p.Log))
	}
}

// Tail gives the end of a log.
func Tail(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Size() > 4<<10 {
		_, _ = f.Seek(-4<<10, io.SeekEnd)
	}
	b, err := io.ReadAll(f)
	return string(b) + text(err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// keep copies the state of a failed run to where it stays.
func keep(dir string) (string, error) {
	to, err := os.MkdirTemp("", "chaos-kept-")
	if err != nil {
		return "", err
	}
	return to, errors.Join(os.CopyFS(filepath.Join(to, filepath.Base(dir)), os.DirFS(dir)))
}

// foreign are the beginnings of variables that a process has only from the world.
var foreign = []string{"MLFLOW_", "OTEL_", "OPENAI_", "SLACK_", "MODEL", "COMMENTATOR_", "LOG_", "TECHNOSHARE_"}

func cleanEnvironment() (out []string) {
next:
	for _, kv := range os.Environ() {
		for _, prefix := range foreign {
			if strings.HasPrefix(kv, prefix) {
				continue next
			}
		}
		out = append(out, kv)
	}
	return out
}
