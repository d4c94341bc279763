package main

import (
	"strings"
	"testing"
)

func TestVersionOfTheLinkerWins(t *testing.T) {
	t.Cleanup(func() { version = "" })
	version = "v1.2.3"
	if v, _ := buildVersion(); v != "v1.2.3" {
		t.Errorf("version %s", v)
	}
	if got := versionText(); !strings.HasPrefix(got, "commentator v1.2.3") {
		t.Errorf("text %q", got)
	}
	version = ""
	if v, _ := buildVersion(); v == "" || v == "(devel)" {
		t.Errorf("without a release the version is %q", v)
	}
}

func TestVersionIsPrintedByCommandAndFlag(t *testing.T) {
	b := newBench(t)
	for _, arg := range []string{"version", "--version"} {
		code, out, errs := b.run(arg)
		if code != exitOK || strings.TrimSpace(out) != versionText() || errs != "" {
			t.Errorf("%s: exit code %d, %q %q", arg, code, out, errs)
		}
	}
}
