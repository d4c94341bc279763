package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
	"github.com/technoshare/commentator/otel/spool"
)

// replied counts links that have a reply.
func (s *soak) replied() int {
	have := map[int]bool{}
	for _, r := range s.replies() {
		have[r.link] = true
	}
	return len(have)
}

// withStore looks into the queue's database.
func (s *soak) withStore(look func(context.Context, *store.Store) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	kept, err := store.Open(ctx, s.database, store.Defaults())
	if err != nil {
		return err
	}
	return errors.Join(look(ctx, kept), kept.Close())
}

// channelBegins reports whether a listener has written down from where on
// messages of the channel are answered.
func (s *soak) channelBegins() bool {
	var mark string
	err := s.withStore(func(ctx context.Context, kept *store.Store) (err error) {
		mark, err = kept.Members.Mark(ctx, "floor/"+fakeslack.DefaultChannel)
		return err
	})
	return err == nil && mark != ""
}

// queued counts links that are not through yet; -1: it could not be read.
func (s *soak) queued() int {
	n := -1
	err := s.withStore(func(ctx context.Context, kept *store.Store) error {
		st, err := kept.Queue.Status(ctx)
		n = st.Queued + st.Running + st.Waiting
		return err
	})
	if err != nil {
		return -1
	}
	return n
}

// attempts counts, by the queue's own records, links that are done and the
// attempts it took.
func (s *soak) attempts() (done, attempts int) {
	s.t.Helper()
	err := s.withStore(func(ctx context.Context, kept *store.Store) error {
		for _, p := range s.posted {
			links, err := kept.Queue.LinksOf(ctx, fakeslack.DefaultChannel, p.ts)
			if err != nil {
				return err
			}
			for _, l := range links {
				if l.State == job.LinkDone && l.Outcome == "success" {
					done++
				}
				attempts += l.Attempt
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return done, attempts
}

// outbox counts traces that are not delivered, dead letters too.
func (s *soak) outbox() int {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*", outboxFolder+"*"))
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, dir := range dirs {
		entries, err := spool.List(dir)
		if err != nil {
			return -1 // a process moves it just now
		}
		n += len(entries)
	}
	return n
}
