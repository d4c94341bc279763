package architecture

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// commands are all that a script may find while it is asked for help or refuses an argument: none that
// could build, start or change anything.
var commands = []string{"bash", "sed", "dirname", "basename", "cat", "env", "getconf"}

// TestScriptsTellTheirUsage runs every script with --help, and with an argument that none of them has.
func TestScriptsTellTheirUsage(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for bash")
	}
	bin := t.TempDir()
	for _, name := range commands {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(script, argument string) (code int, out, errs string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(bin, "bash"), "scripts/"+script, argument)
		var o, e strings.Builder
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = filepath.Join("..", ".."), []string{"PATH=" + bin, "HOME=" + bin}, &o, &e
		_ = cmd.Run() // the code says it
		return cmd.ProcessState.ExitCode(), o.String(), e.String()
	}
	scripts, err := filepath.Glob(filepath.Join("..", "..", "scripts", "*.sh"))
	if err != nil || len(scripts) < 10 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	for _, path := range scripts {
		script := filepath.Base(path)
		if script == "help.sh" {
			continue // no command: the others read it
		}
		for _, argument := range []string{"--help", "-h"} {
			if code, out, errs := run(script, argument); code != 0 || errs != "" || !strings.Contains(out, script) || strings.Contains(out, "set -e") {
				t.Errorf("scripts/%s %s: exit code %d\n%s%s", script, argument, code, out, errs)
			} else if line := wide(out); line != "" {
				t.Errorf("scripts/%s %s: more than 80 columns: %s", script, argument, line)
			}
		}
		// What it does not know are arguments of mlflow server.
		if script == "start_mlflow.sh" {
			continue
		}
		const wrong = "--no-such-argument"
		if code, out, errs := run(script, wrong); code != 2 || out != "" || !strings.Contains(errs, wrong) || !strings.Contains(errs, script+" --help") {
			t.Errorf("scripts/%s %s: exit code %d\n%s%s", script, wrong, code, out, errs)
		}
	}
}

// wide is the first line that a terminal of 80 columns breaks, "" for none.
func wide(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 {
			return line
		}
	}
	return ""
}
