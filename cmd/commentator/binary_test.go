package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// sourceDir is this folder: tests change the current one.
var sourceDir, _ = os.Getwd()

// built is the program as users have it, linked once for all tests that ask.
var built struct {
	once sync.Once
	path string
	err  error
	pipe io.Closer // kept open until this process ends
}

// binary gives the path of the built program.
func binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() { built.path, built.err = build() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func build() (string, error) {
	dir, err := os.MkdirTemp("", "commentator-binary")
	if err != nil {
		return "", err
	}
	// The shell removes the folder when this process closes the pipe, also by
	// dying.
	janitor := exec.Command("sh", "-c", `read -r _; rm -rf "$1"`, "janitor", dir)
	if built.pipe, err = janitor.StdinPipe(); err != nil {
		return "", err
	}
	if err := janitor.Start(); err != nil {
		return "", fmt.Errorf("start sh: %w", err)
	}
	linked, path := filepath.Join(dir, "linked"), filepath.Join(dir, "commentator")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, "github.com/technoshare/commentator/cmd/commentator")
	cmd.Dir, cmd.Env = sourceDir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, install(linked, path)
}

// install copies the program, as its users have it. A file fresh from the
// linker takes 8 MB more of resident memory than its copy (Linux 6.18, ext4;
// presumably since large folios of the page cache are mapped, and count, as a
// whole), which says nothing of the program.
func install(linked, path string) error {
	from, err := os.Open(linked)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	// 32 kB at a time: no file-to-file copy of the kernel's.
	_, err = io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from})
	return errors.Join(err, to.Close())
}

// process is the program at work.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	done     chan struct{} // closed when it has ended
}

// start starts the program with the bench's settings.
func (b *bench) start(args ...string) *process {
	b.t.Helper()
	return b.startWith(nil, args...)
}

// startWith starts the program with a file for its standard error; nil: it is kept.
func (b *bench) startWith(stderr *os.File, args ...string) *process {
	b.t.Helper()
	p := &process{cmd: exec.Command(binary(b.t), args...), done: make(chan struct{})}
	p.cmd.Dir = b.dir
	p.cmd.Env = os.Environ()
	for name, value := range b.own {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if stderr != nil {
		p.cmd.Stderr = stderr
	}
	if err := p.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	return p
}

// kill is kill -9.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// wait waits until the process has ended, and gives its exit code.
func (p *process) wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(10 * time.Minute):
		p.kill()
		<-p.done
		t.Fatalf("%s did not end\n%s\n%s", strings.Join(p.cmd.Args[1:], " "), &p.out, &p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// demoPage reads a page that the repository ships.
func demoPage(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(sourceDir, "../../scripts/demo", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}
