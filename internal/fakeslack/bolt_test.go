package fakeslack_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// Slack's own frameworks, unmodified and pinned in testdata, run an ordinary app
// against the server by Socket Mode.

func TestSlackBoltForPythonRunsUnmodified(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	python := tool(t, "python3")
	dir := installed(t, "bolt-python", []string{"requirements.txt"}, func(ctx context.Context, dir string) error {
		return errors.Join(
			execute(ctx, dir, python, "-m", "venv", dir),
			execute(ctx, dir, filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"),
		)
	})
	drive(t, "python", exec.Command(filepath.Join(dir, "bin", "python"), filepath.Join("testdata", "bolt-python", "driver.py")))
}

func TestBoltForJavaScriptRunsUnmodified(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	node, npm := tool(t, "node"), tool(t, "npm")
	dir := installed(t, "bolt-js", []string{"package.json", "package-lock.json"}, func(ctx context.Context, dir string) error {
		return execute(ctx, dir, npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	})
	cmd := exec.Command(node, filepath.Join("testdata", "bolt-js", "driver.cjs"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(dir, "node_modules"))
	drive(t, "js", cmd)
}

// drive plays the workspace for the driver, whose lines tell what it saw.
func drive(t *testing.T, name string, cmd *exec.Cmd) {
	s := start(t, fakeslack.WithCommand("/technoshare"))
	d := startDriver(t, s, cmd)
	ctx := within(t, 60*time.Second)

	auth := d.next(t, ctx, "auth")
	if auth["user"] == "" || auth["bot"] == "" || !strings.Contains(fmt.Sprint(auth["scopes"]), "chat:write") {
		t.Fatalf("auth.test: %v", auth)
	}
	if err := s.WaitSockets(ctx, 1); err != nil {
		t.Fatal(err)
	}
	d.converse(t, ctx, s, name, "look at https://example.com/a?b=1&c=2 please")

	res, err := s.SendCommand(ctx, fakeslack.Command{Command: "/technoshare", Text: "status"})
	if err != nil || fmt.Sprint(res.Payload["text"]) != name+" takes status" {
		t.Fatalf("command: %+v, %v", res, err)
	}
	if got := d.next(t, ctx, "command"); got["text"] != "status" {
		t.Fatalf("command: %v", got)
	}
	button := map[string]any{"type": "button", "action_id": "again", "value": "v1", "text": map[string]any{"type": "plain_text", "text": "Again"}}
	posted := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "press", "blocks": []any{map[string]any{"type": "actions", "elements": []any{button}}}}).want(t, "")
	if _, err := s.Interact(ctx, fakeslack.Interaction{Type: "block_actions", MessageTS: posted.str("ts"), ActionID: "again"}); err != nil {
		t.Fatal(err)
	}
	if got := d.next(t, ctx, "action"); got["value"] != "v1" {
		t.Fatalf("action: %v", got)
	}
	for _, text := range []string{name + " did status", name + " pressed v1"} {
		if err := s.WaitFor(ctx, func(s *fakeslack.Server) bool { return hasText(s, text) }); err != nil {
			t.Fatalf("answer %q was not posted: %v", text, err)
		}
	}

	opened := s.Stats().Opened
	if err := s.Inject(fakeslack.Fault{Socket: "cut"}); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitFor(ctx, func(s *fakeslack.Server) bool { return s.Stats().Opened > opened && s.Stats().Sockets > 0 }); err != nil {
		t.Fatalf("no new socket after the cut: %v", err)
	}
	d.converse(t, ctx, s, name, "and again")
	d.stop(t)
}

// hasText reports whether a message with that text is in the default channel.
func hasText(s *fakeslack.Server, text string) bool {
	for _, m := range s.Messages("") {
		if m["text"] == text {
			return true
		}
	}
	return false
}

// converse posts a message and checks what the driver saw of it and did about it.
func (d *driver) converse(t *testing.T, ctx context.Context, s *fakeslack.Server, name, text string) {
	t.Helper()
	p := say(t, s, text)
	got := d.next(t, ctx, "message")
	posted, _ := got["posted"].(string)
	link := s.URL() + "/archives/" + channel + "/p" + strings.Replace(posted, ".", "", 1) + "?thread_ts=" + p.TS + "&cid=" + channel
	if got["ts"] != p.TS || got["key"] != p.TS || got["again"] != "already_reacted" || got["permalink"] != link {
		t.Fatalf("%s saw %v of %s", name, got, p.TS)
	}
	var stored map[string]any
	for _, m := range s.Messages(channel) {
		if m["ts"] == posted {
			stored = m
		}
	}
	if stored["text"] != name+" saw it" || stored["thread_ts"] != p.TS {
		t.Fatalf("stored reply %v", stored)
	}
	// Bolt hides the app's own reactions from it, so a person reacts as well.
	_, err := s.PostEvent(map[string]any{"type": "reaction_added", "reaction": "+1", "item": map[string]any{"ts": posted}})
	if err != nil {
		t.Fatal(err)
	}
	if r := d.next(t, ctx, "reaction"); r["name"] != "+1" || r["user"] != fakeslack.DefaultUser {
		t.Fatalf("a person's reaction came as %v", r)
	}
}

// driver is a program on one of Slack's own SDKs. It writes what it sees to its output, as a
// JSON object a line, and ends when its input is closed.
type driver struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines chan map[string]any
	done  chan error
	ended bool
}

// startDriver starts a driver on the server; it is killed with the test unless it was stopped.
func startDriver(t *testing.T, s *fakeslack.Server, cmd *exec.Cmd) *driver {
	t.Helper()
	env := cmd.Env
	if env == nil {
		env = os.Environ()
	}
	cmd.Env = []string{"SLACK_API_URL=" + s.APIURL(), "SLACK_BOT_TOKEN=" + botToken, "SLACK_APP_TOKEN=" + appToken}
	for _, kv := range env { // slack_sdk would send even loopback through a proxy
		key, _, _ := strings.Cut(kv, "=")
		if !strings.HasSuffix(strings.ToLower(key), "_proxy") && !strings.HasPrefix(key, "SLACK_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &driver{cmd: cmd, stdin: stdin, lines: make(chan map[string]any, 1000), done: make(chan error, 1)}
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			var m map[string]any
			if json.Unmarshal(lines.Bytes(), &m) == nil {
				d.lines <- m
			}
		}
		close(d.lines)
		d.done <- cmd.Wait()
	}()
	t.Cleanup(func() {
		if !d.ended {
			_ = cmd.Process.Kill()
			<-d.done
		}
		if t.Failed() {
			t.Logf("stderr of the driver:\n%s", stderr.String())
		}
	})
	return d
}

// next waits for the driver to see something of that kind and skips what else it saw.
func (d *driver) next(t *testing.T, ctx context.Context, saw string) map[string]any {
	t.Helper()
	for {
		select {
		case m, ok := <-d.lines:
			if !ok {
				t.Fatalf("the driver ended before it saw a %s", saw)
			}
			if m["saw"] == saw {
				return m
			}
		case <-ctx.Done():
			t.Fatalf("the driver saw no %s", saw)
		}
	}
}

// stop ends the driver, which must end by itself and without an error.
func (d *driver) stop(t *testing.T) {
	t.Helper()
	_ = d.stdin.Close()
	d.ended = true
	select {
	case err := <-d.done:
		if err != nil {
			t.Fatalf("driver: %v", err)
		}
	case <-time.After(patience):
		_ = d.cmd.Process.Kill()
		<-d.done
		t.Fatal("the driver did not end when its input closed")
	}
}

// tool finds a program; without it the test is skipped, except in CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is needed in CI: %v", name, err)
	}
	t.Skipf("%s is not installed, so Slack's own framework for it can't run", name)
	return ""
}

// installed returns a folder outside the repository with what the pinned files name,
// installed once and kept for later runs.
func installed(t *testing.T, name string, files []string, install func(ctx context.Context, dir string) error) string {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache")
	}
	hash := sha256.New()
	contents := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join("testdata", name, f))
		if err != nil {
			t.Fatal(err)
		}
		contents[f] = data
		hash.Write(data)
	}
	dir := filepath.Join(cache, "commentator", "fakeslack", name+"-"+hex.EncodeToString(hash.Sum(nil))[:12])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(dir + ".lock") // another test process may install at this moment
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	mark := filepath.Join(dir, ".installed")
	if _, err := os.Stat(mark); err == nil {
		return dir
	}
	for f, data := range contents {
		if err := os.WriteFile(filepath.Join(dir, f), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := install(within(t, 15*time.Minute), dir); err != nil {
		t.Fatalf("install %s: %v", name, err)
	}
	if err := os.WriteFile(mark, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// execute runs a program in a folder; its output is in the error.
func execute(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return nil
}
