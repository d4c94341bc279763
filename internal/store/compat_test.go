package store_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/store"
)

// writeQueue names a folder. With it set the test below writes the files of such a folder
// anew and ends the process in the middle of an attempt, as a crash does:
//
//	COMMENTATOR_TEST_WRITE_QUEUE=$PWD/testdata/crashed go test -count=1 -run ReadsWhatAnEarlier .
//
// Do so only to add a folder for a release; the present ones stay as they were written.
const writeQueue = "COMMENTATOR_TEST_WRITE_QUEUE"

// earlier are the parts of a database that a crashed worker left.
var earlier = []string{"queue.sqlite", "queue.sqlite-wal"}

// lasting are the defaults without the passage of time: what testdata holds stays young.
func lasting() store.Config {
	cfg := store.Defaults()
	const century = 100 * 365 * 24 * time.Hour
	cfg.Retention, cfg.Queue.SeenWindow = century, century
	return cfg
}

func sharedAs(ts, name string) job.Submission {
	url := "https://example.com/" + name
	return job.Submission{Keys: []string{"Ev" + ts}, Links: []job.NewLink{{Link: job.Link{
		Team: "T1", Channel: "C1", MessageTS: ts, User: "U1", URL: url, Canonical: url, Domain: "example.com", Source: job.FromMessage}}}}
}

// TestReadsWhatAnEarlierWorkerLeft opens the database of a worker that crashed, written by a
// released version: one link is done and posted, one waits for its second attempt, one was cut
// after its analysis was paid for, with its post on the way, and one was never begun.
func TestReadsWhatAnEarlierWorkerLeft(t *testing.T) {
	if dir := os.Getenv(writeQueue); dir != "" {
		leaveQueue(t, dir)
	}
	folders, err := filepath.Glob("testdata/crashed*")
	if err != nil || len(folders) == 0 {
		t.Fatal("nothing to read", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) { readEarlier(t, folder) })
	}
}

func readEarlier(t *testing.T, folder string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	for _, name := range earlier {
		unpack(t, filepath.Join(folder, name+".gz"), filepath.Join(dir, name))
	}
	s, err := store.Open(ctx, filepath.Join(dir, earlier[0]), lasting())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })

	link := func(ts string) job.Link {
		t.Helper()
		found, err := s.Queue.LinksOf(ctx, "C1", ts)
		if err != nil || len(found) != 1 {
			t.Fatalf("message %s has %+v, %v", ts, found, err)
		}
		return found[0]
	}
	done := link("1")
	if done.State != job.LinkDone || done.Outcome != "success" || done.Attempt != 1 {
		t.Errorf("the link that was done: %+v", done)
	}
	if posts, err := s.Posts.OfJob(ctx, done.ID); err != nil || len(posts) != 1 || posts[0].TS != "5" {
		t.Errorf("its posts: %+v, %v", posts, err)
	}
	if again, err := s.Queue.Accept(ctx, sharedAs("1", "done")); err != nil || len(again.Links) != 0 {
		t.Errorf("its event is taken again: %+v, %v", again, err)
	}
	if muted, err := s.People.Muted(ctx, s.DB, "C1", "spam.example"); err != nil || !muted {
		t.Errorf("muted: %v, %v", muted, err)
	}
	if mark, err := s.Members.Mark(ctx, "floor/C1"); err != nil || mark != "0.5" {
		t.Errorf("the channel begins at %q, %v", mark, err)
	}
	if failed := link("2"); failed.State != job.LinkWaiting || failed.Attempt != 1 {
		t.Errorf("the link that failed once: %+v", failed)
	}
	workOn(ctx, t, s, link("3").ID, link("4").ID)
}

// workOn goes on with the link that was cut and the one that was never begun.
func workOn(ctx context.Context, t *testing.T, s *store.Store, cut, fresh string) {
	t.Helper()
	seen := make(chan job.Attempt, 10)
	working, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(working, job.Handlers{Link: func(_ context.Context, a job.Attempt) job.Verdict {
			seen <- a
			return job.Verdict{Outcome: "success"}
		}})
	}()
	var paid string
	if found, err := s.Queue.Load(ctx, cut, "analysis", &paid); !found || err != nil || paid != "an answer" {
		t.Errorf("the checkpoint of the link that was cut: %v %q %v", found, paid, err)
	}
	attempts := map[string]job.Attempt{}
	for attempts[cut].ID == "" || attempts[fresh].ID == "" {
		select {
		case a := <-seen:
			attempts[a.ID] = a
		case <-ctx.Done():
			t.Fatalf("only %d links were gone on with", len(attempts))
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if a := attempts[cut]; a.Number != 1 || !a.Resumed {
		t.Errorf("the link that was cut: attempt %d, resumed %v", a.Number, a.Resumed)
	}
	if a := attempts[fresh]; a.Number != 1 || a.Resumed {
		t.Errorf("the link that was never begun: attempt %d, resumed %v", a.Number, a.Resumed)
	}
	// The post that was on its way may be in Slack: who posts again is told so.
	before, err := s.Posts.Begin(ctx, job.Post{Key: cut + "/0", JobID: cut, Channel: "C1", ThreadTS: "3"})
	if err != nil || before.State != job.PostSending {
		t.Errorf("the post that was on its way: %+v, %v", before, err)
	}
}

// leaveQueue writes the database and ends the process.
func leaveQueue(t *testing.T, dir string) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), earlier[0])
	cfg := lasting()
	cfg.Queue.Workers = 1 // one after the other, and none behind the one that is cut
	s, err := store.Open(ctx, path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.People.Mute(ctx, job.Mute{Scope: "domain", Value: "spam.example", User: "U1"}))
	must(s.Members.RaiseMark(ctx, "floor/C1", "0.5"))
	cut := make(chan string)
	ended := make(chan struct{}, 2)
	for i, name := range []string{"done", "fails", "cut"} {
		_, err := s.Queue.Accept(ctx, sharedAs([]string{"1", "2", "3"}[i], name))
		must(err)
	}
	go func() {
		_ = s.Run(ctx, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			switch a.MessageTS {
			case "1":
				defer func() { ended <- struct{}{} }()
				_, err := s.Posts.Begin(ctx, job.Post{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "1"})
				return job.Verdict{Outcome: "success", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
					Err: errors.Join(err, s.Posts.MarkSent(ctx, a.ID+"/0", "5"))}
			case "2":
				defer func() { ended <- struct{}{} }()
				return job.Verdict{Outcome: "error", Err: retry.Passing(errors.New("the page did not answer")), Retry: true}
			}
			_, err := s.Posts.Begin(ctx, job.Post{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "3"})
			if err := errors.Join(err, s.Queue.Save(ctx, a.ID, "analysis", "an answer")); err != nil {
				t.Error(err)
			}
			cut <- a.ID
			<-ctx.Done()
			return job.Verdict{Err: ctx.Err()}
		}})
	}()
	<-cut
	<-ended
	<-ended
	for left := 2; left > 0; time.Sleep(10 * time.Millisecond) { // until their ends are recorded
		left = 0
		for _, ts := range []string{"1", "2"} {
			links, err := s.Queue.LinksOf(ctx, "C1", ts)
			must(err)
			if links[0].Attempt == 0 {
				left++
			}
		}
	}
	_, err = s.Queue.Accept(ctx, sharedAs("4", "fresh"))
	must(err)
	must(os.MkdirAll(dir, 0o755))
	for _, name := range earlier {
		must(pack(filepath.Join(filepath.Dir(path), name), filepath.Join(dir, name+".gz")))
	}
	os.Exit(1) // go test takes 0 for a test that wants to look fine
}

func pack(from, to string) error {
	body, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(body)
	return errors.Join(err, z.Close(), f.Close())
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
