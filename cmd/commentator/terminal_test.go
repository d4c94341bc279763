package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/namedfile"
)

// hostileText is what a server, a page or a file name may bring along: the window's title, a
// cleared screen, colours, the controls of eight bits, text turned round.
const hostileText = "\x1b]0;owned\a\x1b[2J\x1b[32mok\u009b31m\u202eegap\r"

// mustBePlain fails where something in a text would act on a terminal.
func mustBePlain(t *testing.T, what, text string) {
	t.Helper()
	if i := strings.IndexAny(text, "\x1b\a\b\r\u009b\u202e\x00"); i >= 0 {
		t.Errorf("%s lets %q through in %q", what, text[i:i+1], text)
	}
}

func TestNothingFromOutsideActsOnTheTerminal(t *testing.T) {
	b := newBench(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("<title>" + hostileText + "</title>" + hostileText))
	}))
	defer proxy.Close()
	b.set("MLFLOW_TRACKING_URI", proxy.URL)

	_, out, errs := b.run("run", "--wait", "5s", b.page("article.html"))
	mustBePlain(t, "run", out+errs)
	if !strings.Contains(out, "outbox") {
		t.Errorf("run says nothing of the outbox: %s", out)
	}
	_, out, errs = b.run("outbox", "list")
	mustBePlain(t, "outbox list", out+errs)
	_, out, errs = b.run("outbox", "list", "--json")
	mustBePlain(t, "outbox list --json", out+errs)
	_, out, errs = b.run("doctor")
	mustBePlain(t, "doctor", out+errs)

	name := "trace-" + strings.ReplaceAll(hostileText, "/", "")
	_, out, errs = b.run("project", name)
	mustBePlain(t, "project", out+errs)
	_, out, errs = b.run(hostileText)
	mustBePlain(t, "a wrong command", out+errs)
	if runtime.GOOS == "windows" {
		return // such names can't be given there
	}
	outbox := filepath.Join(os.Getenv("COMMENTATOR_DATA_DIR"), outboxFolder)
	if err := os.WriteFile(filepath.Join(outbox, name+".bad"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, errs = b.run("outbox", "list")
	mustBePlain(t, "outbox list with such a file", out+errs)
	page := filepath.Join(b.dir, name+".txt")
	if err := os.WriteFile(page, []byte("A text about cables.\n"+hostileText+" and what they cost in the end, for all who pay."), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, errs = b.run("extract", page)
	mustBePlain(t, "extract", out+errs)
}

// A device or a pipe without an end must not be read for ever.
func TestFilesWithoutEndAreRefused(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no /dev/zero")
	}
	if _, err := namedfile.Read("/dev/zero", 1<<20); err == nil || !strings.Contains(err.Error(), "/dev/zero has more than the 1048576 bytes") {
		t.Errorf("readFile: %v", err)
	}
	b := newBench(t)
	for _, args := range [][]string{
		{"extract", "/dev/zero"}, {"project", "--rules", "/dev/zero", "testdata/none.json"}, {"--env-file=/dev/zero", "version"},
	} {
		if code, out, errs := b.run(args...); code != exitUsage || !strings.Contains(errs, "/dev/zero") {
			t.Errorf("%v: exit code %d, %s%s", args, code, out, errs)
		}
	}
}
