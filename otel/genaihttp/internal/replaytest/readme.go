package replaytest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Rows are those of SDKs in the README's table: each with its version in the module whose tests are run, and its cases.
func Rows(t *testing.T, sdks ...SDK) string {
	t.Helper()
	var b strings.Builder
	for _, s := range sdks {
		version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", s.Name).Output()
		if err != nil {
			t.Fatal(err)
		}
		var calls, llamas []string
		for _, c := range s.Cases {
			calls = append(calls, c.What)
		}
		for _, c := range s.Llamas {
			llamas = append(llamas, c.What)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n",
			s.Name, strings.TrimSpace(string(version)), strings.Join(calls, ", "), strings.Join(llamas, ", "))
	}
	return b.String()
}

// HoldReadme compares what a file has between two texts, or writes it there if UPDATE_README is set.
func HoldReadme(t *testing.T, name, begin, end, want string) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has nothing between %q and %q", name, begin, end)
	}
	if os.Getenv("UPDATE_README") != "" {
		if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s has\n%s\nand should have\n%s", name, got, want)
	}
}
