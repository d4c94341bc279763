package mlflowmatrix

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// programs are built once, for all servers.
var programs struct {
	folder string // removed at the end
	worker func() (string, error)
	otelco func() (string, error)
}

// preparePrograms says how the programs are made. Nothing is built before a test asks.
func preparePrograms(folder string) {
	programs.folder = folder
	programs.worker = sync.OnceValues(func() (string, error) {
		return build(filepath.Join(folder, "commentator"), "../..", "build", "./cmd/commentator")
	})
	// The exporter's tests are a Collector too, with the receiver and the storage that
	// it needs: linked in a fraction of the time of the distribution.
	programs.otelco = sync.OnceValues(func() (string, error) {
		return build(filepath.Join(folder, "otelcol"), "../../collector", "test", "-c", "./mlflowexporter")
	})
}

// build runs the go command in a folder with -o path.
func build(path, folder, command string, args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{command, "-o", path}, args...)...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s in %s: %w\n%s", strings.Join(args, " "), folder, err, out)
	}
	return path, nil
}

// environ is this process's environment without the settings of our programs.
func environ(more ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		own := false
		for _, prefix := range []string{"MLFLOW_", "MLFLOWTEST_", "OTEL_", "OPENAI_", "SLACK_", "MODEL", "COMMENTATOR_", "LOG_"} {
			own = own || strings.HasPrefix(kv, prefix)
		}
		if !own {
			env = append(env, kv)
		}
	}
	return append(env, more...)
}

// process is a program at work.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	done     chan struct{} // closed when it has ended
}

// start starts a program, and kills it with the test at the latest.
func start(t *testing.T, folder string, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = folder, env
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// wait waits until a program has ended, and gives its exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(2 * deliveryTime):
		t.Fatalf("%s did not end\n%s", strings.Join(p.cmd.Args, " "), &p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}
