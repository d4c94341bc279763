package evidence_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
)

// A page of 200 kB takes at most 60 MB of memory, the process included: a
// child process reads one and reports its peak.
func TestMemoryOfOnePage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if os.Getenv("COMMENTATOR_TEST_CHILD") == "memory" {
		r := evidencetest.New(t, evidence.Config{})
		ev, err := r.Extract(t.Context(), bigPage(), "text/html", "https://example.com/x")
		if err != nil || len(ev.Text) < 20_000 {
			t.Fatalf("%v, %d bytes", err, len(ev.Text))
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(status), "\n") {
			if strings.HasPrefix(line, "VmHWM:") {
				fmt.Println("peak", strings.Fields(line)[1])
			}
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMemoryOfOnePage$", "-test.v")
	cmd.Env = append(os.Environ(), "COMMENTATOR_TEST_CHILD=memory", "GOMEMLIMIT=", "GOGC=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, found := strings.Cut(string(out), "peak ")
	var kb int
	if _, err := fmt.Sscan(rest, &kb); !found || err != nil {
		t.Fatalf("no figure in %s", out)
	}
	t.Logf("peak %d MB", kb>>10)
	if kb > 60<<10 && !raceEnabled {
		t.Errorf("peak %d MB, want at most 60", kb>>10)
	}
}

// bigPage is 200 kB of article, navigation and script.
func bigPage() []byte {
	var b bytes.Buffer
	b.WriteString("<!doctype html><html lang=en><head><title>Long</title><style>" +
		strings.Repeat(".x{color:red}", 1000) + "</style></head><body><nav><ul>")
	for i := range 800 {
		fmt.Fprintf(&b, "<li><a href=\"/page/%d\">Page %d</a></li>", i, i)
	}
	b.WriteString("</ul></nav><article><h1>Long</h1>")
	for i := range 300 {
		fmt.Fprintf(&b, "<p>Paragraph %d says that <b>ropes</b> are <a href=\"/x/%d\">trees</a> of short strings, "+
			"and that reading takes time.</p>", i, i)
	}
	b.WriteString("</article><script>" + strings.Repeat("var a = 'b'; ", 8000) + "</script></body></html>")
	return b.Bytes()
}
