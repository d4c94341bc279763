package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/queue"
)

// childEnv makes the test binary a worker on the database that it names.
const childEnv = "JOBS_TEST_CHILD"

// testDeadAfter keeps the tests short.
const testDeadAfter = 4 * time.Second

// child is a worker that saves a checkpoint of each link, says so, and hangs.
func child() {
	s, err := queue.Open(context.Background(), os.Getenv(childEnv), queue.WithDeadAfter(testDeadAfter))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	err = s.Run(context.Background(), queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
		if err := s.Save(ctx, a.ID, "analysis", "paid"); err != nil {
			fmt.Println("error", err)
		}
		fmt.Println("running", a.ID, a.Number, a.Resumed)
		<-ctx.Done()
		return queue.Verdict{Err: ctx.Err()}
	}})
	fmt.Println("error", err)
}

// startChild starts a worker process and waits until it runs n links.
func startChild(t *testing.T, url string, n int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for i := 0; i < n && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Fatal(lines.Text())
		}
		if strings.HasPrefix(lines.Text(), "running") {
			i++
		}
	}
	return cmd
}

func TestKilledWorkersLinksAreTakenUpWithinAMinute(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, queue.WithDeadAfter(testDeadAfter))
		a := accept(t, s, message("1", "https://x/a", "https://x/b"))
		other := startChild(t, url, 2)

		// A second worker beside the living one must not touch its links.
		type call struct {
			queue.Attempt
			paid bool
		}
		calls := make(chan call, 10)
		run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			var v string
			found, err := s.Load(ctx, a.ID, "analysis", &v)
			if err != nil {
				return queue.Verdict{Err: err}
			}
			calls <- call{a, found && v == "paid"}
			return queue.Verdict{Outcome: "success"}
		}})
		select {
		case c := <-calls:
			t.Fatalf("link %s was worked on twice at once", c.ID)
		case <-time.After(testDeadAfter + time.Second):
		}

		killed := time.Now()
		if err := other.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = other.Wait()
		for range a.Links {
			select {
			case c := <-calls:
				t.Logf("taken up %.1f s after the kill", time.Since(killed).Seconds())
				if c.Number != 1 || !c.Resumed || !c.paid {
					t.Errorf("attempt %d, resumed %v, checkpoint %v", c.Number, c.Resumed, c.paid)
				}
			case <-time.After(time.Minute):
				t.Fatal("not taken up within a minute")
			}
		}
		for _, l := range a.Links {
			eventually(t, 5*time.Second, "done", func() bool { return state(t, s, l.ID).State == queue.Done })
			if got := state(t, s, l.ID).Attempt; got != 1 {
				t.Errorf("%d attempts recorded", got)
			}
		}
	})
}

func TestLinkThatCrashesTheProcessIsGivenUp(t *testing.T) {
	t.Parallel()
	url := t.TempDir() + "/q.sqlite"
	s := open(t, url)
	a := accept(t, s, message("1", "https://x/a"))
	for range 6 {
		c := startChild(t, url, 1)
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	run(t, s, queue.Handlers{Link: func(context.Context, queue.Attempt) queue.Verdict {
		t.Error("run once more")
		return queue.Verdict{}
	}})
	eventually(t, 20*time.Second, "given up", func() bool { return state(t, s, a.Links[0].ID).State == queue.Failed })
}
