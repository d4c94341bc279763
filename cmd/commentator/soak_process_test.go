package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// soakProcess is one place for a process, filled again after each kill.
type soakProcess struct {
	name string
	args []string
	env  []string
	log  string
	runs int
	cmd  *exec.Cmd
	done chan struct{}
}

func (p *soakProcess) incarnation() string { return fmt.Sprintf("%s.%d", p.name, p.runs) }

func (s *soak) add(name, data string, args ...string) {
	s.procs = append(s.procs, &soakProcess{name: name, args: args, log: filepath.Join(s.dir, name+".log"), env: []string{
		"COMMENTATOR_DATA_DIR=" + data,
		"COMMENTATOR_DATABASE_URL=" + s.database,
		"COMMENTATOR_HTTP_ADDR=127.0.0.1:0",
		"COMMENTATOR_POST_INTERVAL=50ms",
		"COMMENTATOR_MODEL_CALLS=4",
		"COMMENTATOR_GRACE=100ms", // so that shutdowns cut links
		"COMMENTATOR_FETCH_ALLOW=" + strings.TrimPrefix(s.notes.URL, "http://"),
		"MLFLOW_TRACKING_URI=" + s.proxy.URL,
		"OPENAI_BASE_URL=" + s.model.URL + "/v1",
		"SLACK_API_URL=" + s.slack.APIURL(), "SLACK_APP_TOKEN=xapp-1-soak", "SLACK_BOT_TOKEN=xoxb-soak",
		"TECHNOSHARE_CHANNEL_ID=" + fakeslack.DefaultChannel,
		"LOG_LEVEL=WARNING", "LOG_FORMAT=json",
	}})
}

// launch starts a process; the API key tells the model which life of it calls.
func (s *soak) launch(p *soakProcess) {
	p.runs++
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Error(err)
		return
	}
	cmd := exec.Command(binary(s.t), p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.Env = append(append(os.Environ(), p.env...), "OPENAI_API_KEY="+p.incarnation())
	err = cmd.Start()
	_ = log.Close()
	if err != nil {
		s.t.Error(err)
		return
	}
	p.cmd, p.done = cmd, make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
}

// running complains of a process that ended by itself.
func (s *soak) running(p *soakProcess) {
	select {
	case <-p.done:
		s.t.Errorf("%s ended by itself: %v; see its log:\n%s", p.incarnation(), p.cmd.ProcessState, tailOf(p.log))
	default:
	}
}

// end asks the process to end while links are under way, as a deployment does.
// What it is at work on it hands back.
func (s *soak) end(p *soakProcess) {
	s.mu.Lock()
	s.died[p.incarnation()] = time.Now()
	s.ended++
	s.mu.Unlock()
	s.terminate(p)
}

// terminate asks the process to end, and waits until it has.
func (s *soak) terminate(p *soakProcess) {
	s.running(p)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		s.t.Errorf("%s did not end in time; see its log:\n%s", p.incarnation(), tailOf(p.log))
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		s.t.Errorf("%s ended with exit code %d; see its log:\n%s", p.incarnation(), code, tailOf(p.log))
	}
}

// kill is kill -9.
func (s *soak) kill(p *soakProcess) {
	s.running(p)
	s.mu.Lock()
	s.died[p.incarnation()] = time.Now()
	s.mu.Unlock()
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (s *soak) killAll() {
	for _, p := range s.procs {
		if p.cmd != nil {
			s.kill(p)
		}
	}
}

// tailOf gives the end of a log.
func tailOf(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err == nil && st.Size() > 4<<10 {
		_, _ = f.Seek(-4<<10, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return string(b)
}
