package spool

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const kills = 30

// TestKilledProcessLosesNothing kills a process that fills the outbox, again and
// again in one folder, and looks for every part that was acknowledged.
func TestKilledProcessLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for i := range kills {
		for _, name := range killedProducer(t, dir, i, time.Duration(5+i*3)*time.Millisecond) {
			acknowledged[name] = true
		}
	}
	if len(acknowledged) < kills {
		t.Fatalf("only %d parts acknowledged", len(acknowledged))
	}
	s := mustOpen(t, dir)
	stored := map[string]bool{}
	for _, e := range s.Entries() {
		td, err := s.Read(e.ID)
		if err != nil {
			t.Fatal(err)
		}
		stored[nameIn(td)] = true
	}
	for name := range acknowledged {
		if !stored[name] {
			t.Errorf("lost: %s", name)
		}
	}
	if got := s.Stats(); got.Bad != 0 {
		t.Errorf("%d damaged files", got.Bad)
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(stored))
}

// killedProducer runs a process for a while after its first acknowledgement and
// returns what it acknowledged.
func killedProducer(t *testing.T, dir string, run int, life time.Duration) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "SPOOL_TEST_PRODUCE_IN="+dir, "SPOOL_TEST_RUN="+strconv.Itoa(run))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(names) == 0 {
			time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
		}
		// A line can be cut by the kill; only whole ones count.
		if name, ok := strings.CutSuffix(lines.Text(), ";"); ok {
			names = append(names, name)
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the producer ended by itself")
	}
	return names
}

// produce puts parts from four goroutines and prints each after Put returned.
func produce(dir string) {
	s, err := Open(dir, WithLogger(quiet))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	run, _ := strconv.Atoi(os.Getenv("SPOOL_TEST_RUN"))
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				p := part(run<<24 | g<<20 | i)
				if err := s.Put(context.Background(), p); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(nameIn(p.Data) + ";")
			}
		})
	}
	wg.Wait()
}
