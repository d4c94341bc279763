package resident

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestSegmentIsOfTheProgramAndCannotBeWritten(t *testing.T) {
	const program = "/opt/my tools/commentator"
	for _, c := range []struct {
		name, line string
		ok         bool
	}{
		{"code", "00400000-0226c000 r-xp 00000000 fe:00 9995811                            /opt/my tools/commentator\n", true},
		{"constants", "0226c000-04a71000 r--p 01e6c000 fe:00 9995811                            /opt/my tools/commentator\n", true},
		{"variables", "04a71000-0523d000 rw-p 04671000 fe:00 9995811                            /opt/my tools/commentator\n", false},
		{"shared with others", "0226c000-04a71000 r--s 01e6c000 fe:00 9995811                            /opt/my tools/commentator\n", false},
		{"another file", "7f0000000000-7f0000001000 r-xp 00000000 fe:00 1                          /lib/libc.so.6\n", false},
		{"a file whose name ends so", "7f0000000000-7f0000001000 r-xp 00000000 fe:00 1            /mnt/opt/my tools/commentator\n", false},
		{"heap", "c000000000-c000400000 rw-p 00000000 00:00 0 \n", false},
		{"nothing", "\n", false},
		{"no addresses", "vdso r-xp /opt/my tools/commentator\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := unwritten(c.line+"Rss: 8 kB\nAnonymous: 0 kB\nSwap: 0 kB\n", program)
			if len(found) > 0 != c.ok {
				t.Fatalf("%x, want any: %v", found, c.ok)
			}
			for _, s := range found {
				if s.from == 0 || s.to <= s.from {
					t.Errorf("%x to %x", s.from, s.to)
				}
			}
		})
	}
}

// A program that is built with -buildmode=pie has constants that were written at its start: without them it would crash.
func TestWhatWasWrittenIsKept(t *testing.T) {
	const maps = `55d000-55e000 r-xp 00000000 fe:00 99 /opt/commentator
Rss:                  64 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me sd
55e000-55f000 r--p 00001000 fe:00 99 /opt/commentator
Rss:                  64 kB
Anonymous:            12 kB
Swap:                  0 kB
VmFlags: rd mr mw me ac sd
55f000-560000 r--p 00002000 fe:00 99 /opt/commentator
Rss:                  64 kB
Anonymous:             0 kB
Swap:                  8 kB
560000-561000 rw-p 00003000 fe:00 99 /opt/commentator
Anonymous:             4 kB
561000-562000 r--p 00004000 fe:00 99 /opt/commentator
Anonymous:             0 kB
`
	want := []segment{{0x55d000, 0x55e000}, {0x561000, 0x562000}}
	if got := unwritten(maps, "/opt/commentator"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// mapped is what this process has mapped of files, in kB.
func mapped(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if rest, ok := strings.CutPrefix(string(line), "RssFile:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no RssFile in /proc/self/status")
	return 0
}

// childVariable says that this is the child, whose start alone has mapped something.
const childVariable = "RESIDENT_TEST_CHILD"

func TestTrimUnmapsTheProgramAndItLivesOn(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), childVariable+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	before := mapped(t)
	if err := Trim(); err != nil {
		t.Fatal(err)
	}
	if after := mapped(t); after >= before {
		t.Errorf("%d kB of files are mapped, before it was %d", after, before)
	}
	if got := strings.ToUpper("it lives on"); got != "IT LIVES ON" {
		t.Error(got)
	}
}
