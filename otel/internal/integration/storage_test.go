package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestArtifactsThatGoPastTheServer to a folder of its own machine, of which clients
// see nothing: all else is there, and what is not is said.
func TestArtifactsThatGoPastTheServer(t *testing.T) {
	needServers(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	other := mlflowtest.New(mlflowtest.WithServerArgs("--default-artifact-root", elsewhere), mlflowtest.WithVersion(mlflowtest.DefaultVersion))
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	c := newClient(t, uri)

	t.Run("said", func(t *testing.T) {
		s := newSender(t)
		s.start(c)
		r := s.mustDeliver(s.send("a note"))
		for _, want := range []string{"artifacts (", "--artifacts-destination", "MLFLOW_ENABLE_ARTIFACTS=false"} {
			if !strings.Contains(r.Incomplete(), want) {
				t.Errorf("incomplete: %q, want %q in it", r.Incomplete(), want)
			}
		}
		dead, err := s.spool.Dead()
		if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "delivered, but for artifacts") {
			t.Errorf("dead letters %+v, %v", dead, err)
		}
		run, err := c.GetRun(t.Context(), r.ParentRunID)
		if err != nil || !strings.Contains(mlflow.TagMap(run.Data.Tags)[mlflowattr.IncompleteTag], "artifacts (") {
			t.Errorf("tags %v, %v", run.Data.Tags, err)
		}
		if stats := s.queue.Stats(); stats.Incomplete != 1 || stats.Delivered != 1 || stats.ServerDown {
			t.Errorf("stats %+v", stats)
		}
		mustHaveOnce(t, c, uri, s.experiment, s.sent)
	})
	t.Run("switched off", func(t *testing.T) {
		s := newSender(t)
		s.start(c, deliver.WithArtifacts(false))
		r := s.mustDeliver(s.send("a note"))
		if r.Incomplete() != "" {
			t.Errorf("incomplete: %q", r.Incomplete())
		}
		run, err := c.GetRun(t.Context(), r.ParentRunID)
		if tag, there := mlflow.TagMap(run.Data.Tags)[mlflowattr.IncompleteTag]; err != nil || there {
			t.Errorf("the run says %q, %v", tag, err)
		}
		s.untilEmpty()
		mustHaveOnce(t, c, uri, s.experiment, s.sent)
	})
	if _, err := os.Stat(elsewhere); !os.IsNotExist(err) {
		t.Errorf("something was written past the server: %v", err)
	}
}

// TestAStorageThatIsNotThere: an address of S3 where nobody answers.
func TestAStorageThatIsNotThere(t *testing.T) {
	needServers(t)
	storage := mlflowtest.NewS3(t)
	storage.Stop()
	other := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), storage.Access(),
		mlflowtest.WithServerArgs("--default-artifact-root", storage.Location("root")))
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	c := newClient(t, uri)
	s := newSender(t)
	s.start(c)
	for range 3 {
		s.mustWaitFor(s.send("a note"), "artifacts")
	}
	mustHaveOnce(t, c, uri, s.experiment, s.sent) // all but the artifacts
	if stats := s.queue.Stats(); stats.ServerDown {
		t.Errorf("the server counts as away: %+v", stats)
	}
	storage.Start(t)
	s.untilEmpty()
	mustHaveOnce(t, c, uri, s.experiment, s.sent)
	mustHaveNotes(t, c, s)
}

// TestAFileStore as `mlflow ui` had it for years: it takes no spans, and shows those of
// a file.
func TestAFileStore(t *testing.T) {
	needServers(t)
	other := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), mlflowtest.WithFileStore())
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	c := newClient(t, uri)
	s := newSender(t)
	s.start(c)
	for range 5 {
		if r := s.mustDeliver(s.send("a note")); r.Incomplete() != "" {
			t.Errorf("incomplete: %q", r.Incomplete())
		}
	}
	s.untilEmpty()
	mustHaveOnce(t, c, uri, s.experiment, s.sent)
	mustHaveNotes(t, c, s)
}

// TestS3BehindTheServerGoesAndComesBack while traces are on their way. Runs and
// traces do not wait for it.
func TestS3BehindTheServerGoesAndComesBack(t *testing.T) {
	needServers(t)
	storage := mlflowtest.NewS3(t)
	// The last of an argument that is given twice counts.
	other := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), storage.Access(),
		mlflowtest.WithEnv(map[string]string{"AWS_MAX_ATTEMPTS": "1"}),
		mlflowtest.WithServerArgs("--artifacts-destination", storage.Location("behind")))
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	c := newClient(t, uri)
	s := newSender(t)
	s.maxWait = 10 * time.Second // else old ones, tried again and again, keep new ones waiting
	s.start(c)
	const traces = 30
	storage.Stop()
	for range traces {
		s.send("a note")
	}
	s.until("an attempt of each", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.retriedTraces) == traces
	})
	for _, why := range s.failures() {
		if !strings.Contains(why, "artifact") {
			t.Errorf("failed for %q", why)
		}
	}
	mustHaveOnce(t, c, uri, s.experiment, s.sent)
	if stats := s.queue.Stats(); stats.ServerDown || s.spool.Stats().Pending != traces {
		t.Errorf("%d wait; %+v", s.spool.Stats().Pending, stats)
	}
	storage.Start(t)
	s.untilEmpty()
	mustHaveOnce(t, c, uri, s.experiment, s.sent)
	mustHaveNotes(t, c, s)
}

// mustHaveNotes checks that all root runs have their artifact.
func mustHaveNotes(t *testing.T, c *mlflow.Client, s *sender) {
	t.Helper()
	for _, id := range s.sent {
		r, err := s.queue.Wait(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if files, err := c.ListArtifacts(t.Context(), r.ParentRunID, ""); err != nil || !hasFile(files, noteFile) {
			t.Errorf("trace %s has artifacts %+v, %v", id, files, err)
		}
	}
}
