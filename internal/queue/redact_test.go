package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

// refused is an error of a server that repeats a secret, and says not to try again.
type refused struct{ permanent }

func (refused) Error() string { return "refused sk-hunter2" }

func TestTextsOfErrorsAndPanicsAreStoredRedacted(t *testing.T) {
	redacting := func(c *store.Config) {
		c.Queue.Redact = func(text string) string { return strings.ReplaceAll(text, "sk-hunter2", "***") }
	}
	s := open(t, filepath.Join(t.TempDir(), "q"), redacting, retries(2, 10*time.Millisecond, 10*time.Millisecond))
	run(t, s, job.Handlers{
		Link: func(_ context.Context, a job.Attempt) job.Verdict {
			if strings.HasSuffix(a.URL, "panics") {
				panic("link panics sk-hunter2")
			}
			// A cut of the text must not leave a part of the secret.
			err := errors.New("link fails sk-hunter2" + strings.Repeat(" ", 1975) + "sk-hunter2")
			return job.Verdict{Outcome: string(job.OutcomeError), Err: err, Retry: true}
		},
		Tasks: map[string]job.TaskFunc{
			"panics":       func(context.Context, json.RawMessage) error { panic("task panics sk-hunter2") },
			"fails":        func(context.Context, json.RawMessage) error { return errors.New("task fails sk-hunter2") },
			"refused":      func(context.Context, json.RawMessage) error { return refused{} },
			job.TaskGaveUp: func(context.Context, json.RawMessage) error { return nil },
			"plain":        func(context.Context, json.RawMessage) error { return errors.New("without a secret") },
		},
	})
	links := accept(t, s, message("1", "https://x/panics", "https://x/fails")).Links
	if err := s.Queue.Enqueue(t.Context(), job.Task{Kind: "panics"}, job.Task{Kind: "fails"}, job.Task{Kind: "refused"},
		job.Task{Kind: "plain"}); err != nil {
		t.Fatal(err)
	}

	for i, want := range []string{"internal fault: link panics ***", "link fails ***"} {
		eventually(t, "final: "+links[i].URL, func() bool { return state(t, s, links[i].ID).State.Final() })
		if got := state(t, s, links[i].ID).Error; !strings.HasPrefix(got, want) || strings.Contains(got, "sk-") {
			t.Errorf("stored with the link: %q", got)
		}
	}
	for _, want := range []string{
		"internal fault: link panics ***", "link fails ***", "task panics ***", "task fails ***", "refused ***", "without a secret",
	} {
		eventually(t, "River's row says: "+want, func() bool { return strings.Contains(riverErrors(t, s), want) })
	}
	if got := riverErrors(t, s); strings.Contains(got, "hunter2") {
		t.Errorf("the secret is in River's errors: %s", got)
	}
	// Redaction keeps the type of an error, which here says not to try again.
	if got := riverErrors(t, s); strings.Count(got, "refused ***") != 1 {
		t.Errorf("a task that cannot succeed was tried again: %s", got)
	}
}

func TestReasonsOfUnreadableEventsAreStoredRedacted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q"), func(c *store.Config) {
		c.Queue.Redact = func(text string) string { return strings.ReplaceAll(text, "sk-hunter2", "***") }
	})
	if err := s.Queue.SaveUnreadable(t.Context(), "Ev1", "not understood: sk-hunter2", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	var reason string
	if _, err := database.One(t.Context(), s.DB, `SELECT reason FROM commentator_unreadable`, nil, &reason); err != nil {
		t.Fatal(err)
	}
	if reason != "not understood: ***" {
		t.Errorf("stored %q", reason)
	}
}

// riverErrors is what River has stored of failed attempts, of all its jobs. The
// database is SQLite.
func riverErrors(t *testing.T, s *store.Store) string {
	t.Helper()
	var all strings.Builder
	const query = `SELECT json(errors) FROM river_job WHERE errors IS NOT NULL`
	err := database.Each(t.Context(), s.DB, query, nil, func(r database.Rows) error {
		var text string
		err := r.Scan(&text)
		all.WriteString(text + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
