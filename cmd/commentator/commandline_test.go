package main

import (
	"strings"
	"testing"
)

func TestHelpWarnsOfSecretsAsFlags(t *testing.T) {
	b := newBench(t)
	for command, secret := range map[string]string{"run": "OPENAI_API_KEY", "worker": "SLACK_APP_TOKEN", "doctor": "MLFLOW_TRACKING_TOKEN", "extract": "GITHUB_TOKEN"} {
		code, out, _ := b.run(command, "--help")
		for _, want := range []string{"=SECRET", "$" + secret, "list of processes", "NAME_FILE"} {
			if code != exitOK || !strings.Contains(out, want) {
				t.Errorf("%s --help: exit code %d, no %q", command, code, want)
			}
		}
	}
	for _, command := range []string{"project", "version", "outbox list"} {
		if _, out, _ := b.run(append(strings.Fields(command), "--help")...); !strings.Contains(out, "Usage:") || strings.Contains(out, "list of processes") {
			t.Errorf("%s --help warns of flags that it does not have", command)
		}
	}
	if code, out, _ := b.run("--help"); code != exitOK || !strings.Contains(out, "doctor") {
		t.Errorf("--help: exit code %d\n%s", code, out)
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
