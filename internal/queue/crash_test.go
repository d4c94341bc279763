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

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

// childEnv makes the test binary a worker on the database that it names.
const childEnv = "QUEUE_TEST_CHILD"

// testDeadAfter keeps the tests short. It is long enough for a busy machine to
// write a heartbeat within two thirds of it.
const testDeadAfter = 8 * time.Second

// deadAfter makes a silent worker dead soon.
func deadAfter(c *store.Config) { c.Membership.DeadAfter = testDeadAfter }

// child is a worker that saves a checkpoint of each link, says so, and hangs.
func child() {
	cfg := store.Defaults()
	deadAfter(&cfg)
	cfg.Queue.RetryFirst, cfg.Queue.RetryLongest = 10*time.Millisecond, 100*time.Millisecond
	s, err := store.Open(context.Background(), os.Getenv(childEnv), cfg)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	err = s.Run(context.Background(), job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
		if err := s.Queue.Save(ctx, a.ID, "analysis", "paid"); err != nil {
			fmt.Println("error", err)
		}
		fmt.Println("running", a.ID, a.Number, a.Resumed)
		<-ctx.Done()
		return job.Verdict{Err: ctx.Err()}
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

// looks is how many rounds of maintenance span testDeadAfter, with one to spare: a
// worker that was silent would have been found dead.
const looks = 6

func TestKilledWorkersLinksAreTakenUpWithinAMinute(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, deadAfter)
		a := accept(t, s, message("1", "https://x/a", "https://x/b"))
		other := startChild(t, url, 2)

		// A second worker beside the living one must not touch its links, however
		// often it looks.
		type call struct {
			job.Attempt
			paid bool
		}
		calls, looked := make(chan call, 10), make(chan struct{}, looks)
		s.Queue.OnMaintained(func() {
			select {
			case looked <- struct{}{}:
			default:
			}
		})
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			var v string
			found, err := s.Queue.Load(ctx, a.ID, "analysis", &v)
			if err != nil {
				return job.Verdict{Err: err}
			}
			calls <- call{a, found && v == "paid"}
			return job.Verdict{Outcome: "success"}
		}})
		for range looks {
			receive(t, looked, "a round of maintenance")
		}
		if len(calls) > 0 {
			t.Fatalf("link %s was worked on twice at once", (<-calls).ID)
		}

		killed := time.Now()
		if err := other.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = other.Wait()
		for range a.Links {
			c := receive(t, calls, "a link of the dead worker")
			t.Logf("taken up %.1f s after the kill", time.Since(killed).Seconds())
			if c.Number != 1 || !c.Resumed || !c.paid {
				t.Errorf("attempt %d, resumed %v, checkpoint %v", c.Number, c.Resumed, c.paid)
			}
		}
		for _, l := range a.Links {
			eventually(t, "done", func() bool { return state(t, s, l.ID).State == job.LinkDone })
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
	for range 4 { // beside others, as far as anybody knows, and three times alone
		c := startChild(t, url, 1)
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	run(t, s, job.Handlers{Link: func(context.Context, job.Attempt) job.Verdict {
		t.Error("run once more")
		return job.Verdict{}
	}})
	eventually(t, "given up", func() bool { return state(t, s, a.Links[0].ID).State == job.LinkFailed })
}
