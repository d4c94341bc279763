package main

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHelpWarnsOfSecretsAsFlags(t *testing.T) {
	b := newBench(t)
	for command, secret := range map[string]string{"run": "OPENAI_API_KEY", "worker": "SLACK_APP_TOKEN", "doctor": "MLFLOW_TRACKING_TOKEN", "extract": "GITHUB_TOKEN"} {
		code, out, _ := b.run(command, "--help-all")
		for _, want := range []string{"=SECRET", "$" + secret, "list of processes", "NAME_FILE"} {
			if code != exitOK || !strings.Contains(out, want) {
				t.Errorf("%s --help-all: exit code %d, no %q", command, code, want)
			}
		}
		if _, out, _ := b.run(command, "--help"); strings.Contains(out, "=SECRET") != strings.Contains(out, "list of processes") {
			t.Errorf("%s --help warns of flags that it does not show, or does not of those that it shows\n%s", command, out)
		}
	}
	for _, command := range []string{"project", "version", "outbox show"} {
		if _, out, _ := b.run(append(strings.Fields(command), "--help")...); !strings.Contains(out, "Usage:") || strings.Contains(out, "list of processes") {
			t.Errorf("%s --help warns of flags that it does not have", command)
		}
	}
	if code, out, _ := b.run("--help"); code != exitOK || !strings.Contains(out, "doctor") {
		t.Errorf("--help: exit code %d\n%s", code, out)
	}
}

// Who asks for help the first time has a window of 80 columns, and does not scroll back.
func TestHelpOfEachCommandFitsIntoAWindow(t *testing.T) {
	b := newBench(t)
	unset(t, "COLUMNS")
	commands := []string{""}
	for _, node := range commandLine(t).Model.Leaves(true) {
		commands = append(commands, node.Path())
	}
	for _, command := range commands {
		code, out, errs := b.run(append(strings.Fields(command), "--help")...)
		if code != exitOK || errs != "" {
			t.Errorf("%s --help: exit code %d\n%s", command, code, errs)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) > 34 {
			t.Errorf("%s --help has %d lines:\n%s", command, len(lines), out)
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s --help has a line of more than 80 columns: %s", command, line)
			}
		}
	}
}

// What the help leaves out is said, with the way to it, and that shows each flag that the command reads.
func TestHelpAllShowsEveryFlag(t *testing.T) {
	b := newBench(t)
	for _, node := range commandLine(t).Model.Leaves(true) {
		_, short, _ := b.run(append(strings.Fields(node.Path()), "--help")...)
		code, all, _ := b.run(append(strings.Fields(node.Path()), "--help-all")...)
		left := 0
		for _, flag := range node.Flags {
			if flag.Hidden {
				continue
			}
			if !shows(all, flag.Name) {
				t.Errorf("%s --help-all: exit code %d, no --%s", node.Path(), code, flag.Name)
			}
			if !shows(short, flag.Name) {
				left++
			}
		}
		want := strconv.Itoa(left) + " more flags: commentator " + node.Path() + " --help-all"
		if strings.Contains(short, want) != (left > 0) {
			t.Errorf("%s --help leaves out %d flags and does not say %q\n%s", node.Path(), left, want, short)
		}
	}
	if code, out, errs := b.run("run", "--help", "--help-all"); code != exitOK || strings.Count(out, "Usage:") != 1 {
		t.Errorf("both: exit code %d\n%s%s", code, out, errs)
	}
}

func TestWrongUsageNamesTheHelpOfTheCommand(t *testing.T) {
	b := newBench(t)
	for line, want := range map[string]string{
		"run": "try commentator run --help", "outbox show": "try commentator outbox show --help", "wroker": "try commentator --help",
		"outbox list --jsn": "try commentator outbox list --help", "outbox": "try commentator",
		"run --slack": "--slack needs a value; try commentator run --help",
	} {
		if code, _, errs := b.run(strings.Fields(line)...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %s", line, code, errs)
		}
	}
}

// shows reports whether a help has the line of a flag.
func shows(help, flag string) bool {
	return regexp.MustCompile(`(?m)^ .*--(\[no-\])?` + regexp.QuoteMeta(flag) + `(=|\s|$)`).MatchString(help)
}

func TestErrorsBreakAtWordsOnATerminalOnly(t *testing.T) {
	for name, c := range map[string]struct {
		width int
		lines bool
	}{"terminal": {80, true}, "pipe": {0, false}} {
		var errs strings.Builder
		newBench(t).set("LOG_LEVEL", "not a level, and one with a name that is so long that a line of eighty columns has no room for it")
		code := execute(t.Context(), []string{"run", "http://127.0.0.1:1/"}, streams{out: io.Discard, err: &errs, in: strings.NewReader(""), errWidth: c.width})
		out := strings.TrimSuffix(errs.String(), "\n")
		if code != exitUsage || strings.Contains(out, "\n  ") != c.lines || !strings.Contains(strings.Join(strings.Fields(out), " "), "write DEBUG, INFO, WARNING or ERROR") {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
		for line := range strings.Lines(out) {
			if c.width > 0 && len(strings.TrimSuffix(line, "\n")) > c.width {
				t.Errorf("%s: %d columns in %q", name, len(line), line)
			}
		}
	}
}

// Where the command line cannot be read there are no settings yet.
func TestWrongUsageShowsNoSecretOfTheEnvironment(t *testing.T) {
	b := newBench(t)
	b.set("OPENAI_API_KEY", testKey)
	code, out, errs := b.run("run", "--model-of="+testKey, "http://example.com/")
	if code != exitUsage || strings.Contains(out+errs, testKey) || !strings.Contains(errs, "--help") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	code, out, errs = b.run(testKey)
	if code != exitUsage || strings.Contains(out+errs, testKey) || !strings.Contains(errs, "***") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

func TestSettingsFileIsFoundBeforeTheFlagsAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		file  string
		given bool
	}{
		"none":         {[]string{"run", "x"}, ".env", false},
		"two words":    {[]string{"--env-file", "a", "run"}, "a", true},
		"one word":     {[]string{"run", "--env-file=a"}, "a", true},
		"no value":     {[]string{"run", "--env-file"}, ".env", false},
		"after a dash": {[]string{"run", "--", "--env-file=a"}, ".env", false},
		"another flag": {[]string{"--env-files=a"}, ".env", false},
	} {
		if file, given := envFile(c.args); file != c.file || given != c.given {
			t.Errorf("%s: %s, %v", name, file, given)
		}
	}
	code, _, errs := newBench(t).run("--env-file=none-such", "doctor")
	if code != exitUsage || !strings.Contains(errs, "none-such") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
