// Package store is everything that the worker keeps: the five packages queue,
// posts, people, channels and membership over one database. In goes the URL of the
// database, out come the five, which know one another only by the interfaces they
// declare. What concerns them all is done here: the clock is looked at, and what is
// old goes.
//
//	queue ──▶ Members = membership, Mutes = people, Channels = channels
//	posts ──▶ Links = queue
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/technoshare/commentator/internal/channels"
	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/membership"
	"github.com/technoshare/commentator/internal/people"
	"github.com/technoshare/commentator/internal/posts"
	"github.com/technoshare/commentator/internal/queue"
)

// Config are the bounds of what is kept.
type Config struct {
	Queue      queue.Config
	Membership membership.Config
	// Retention is how long finished links and what belongs to them are kept.
	Retention time.Duration
	// Keep is how many finished links, and as many times some of what belongs to them,
	// stay whatever their age. It is the last line against a clock that is wrong: a
	// link that was forgotten is answered once more when it is seen again.
	Keep int
	// Channel is what holds for a channel where its people have set nothing.
	Channel job.ChannelSettings
	// Clock is for tests, see [database.Config].
	Clock func() time.Time
}

// Defaults are the bounds that nobody has set otherwise. The retention of 90 days is how long
// a reply can be changed by a reaction, since that needs its link.
func Defaults() Config {
	return Config{
		Queue: queue.Defaults(), Membership: membership.Config{DeadAfter: membership.DefaultDeadAfter},
		Retention: 90 * 24 * time.Hour, Keep: 1000,
	}
}

// Store is the database and what is in it. It is safe for concurrent use.
type Store struct {
	DB      *database.DB
	Members *membership.Members
	Set     *channels.Store
	People  *people.Store
	Queue   *queue.Queue
	Posts   *posts.Store

	retention time.Duration
	keep      int
	log       *slog.Logger
}

// spareConnections are what a process needs beside one for each of its workers: River,
// maintenance, tasks, and those who ask how it stands. An attempt holds no connection while it
// works, so this leaves room rather than prevents a deadlock.
const spareConnections = 6

// Open opens or creates the database that rawURL names, postgres://… or sqlite:///… (or simply
// a file), and brings its schema up to date. The order follows the arrows above: who is asked
// is made before who asks.
func Open(ctx context.Context, rawURL string, cfg Config) (*Store, error) {
	db, err := database.Open(ctx, rawURL, database.Config{Connections: cfg.Queue.Workers + spareConnections, Clock: cfg.Clock})
	if err != nil {
		return nil, err
	}
	s := &Store{
		DB: db, Members: membership.New(db, cfg.Membership), People: people.New(db),
		Set:       channels.New(db, cfg.Channel),
		retention: cfg.Retention, keep: cfg.Keep, log: cfg.Queue.Log,
	}
	if s.Queue, err = queue.New(ctx, db, s.Members, s.People, s.Set, cfg.Queue); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.Posts = posts.New(db, s.Queue)
	return s, nil
}

// Close closes the database. [Store.Run] must have returned.
func (s *Store) Close() error {
	if err := s.DB.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// Run works on the queue until ctx ends, see [queue.Queue.Run], and meanwhile looks at the clock
// and deletes what is older than its retention. It returns what the queue returns, after the rest
// has stopped too.
func (s *Store) Run(ctx context.Context, h job.Handlers) error {
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); s.keepHouse(keeping) }()
	err := s.Queue.Run(ctx, h)
	stop()
	<-kept
	return err
}

const (
	// lookEvery is the period of looking at the clock. It bounds how long a wait that
	// was set while the clock was ahead lasts once it is right.
	lookEvery = time.Minute
	// pruneEvery is the period of deleting what is old.
	pruneEvery = time.Hour
)

// keepHouse looks at the clock every minute, and deletes what is old at once and then every hour.
// Failures are only logged, as the next round does the same. All processes of a database do it,
// which costs those that come later nothing.
func (s *Store) keepHouse(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var problem string
	for round := 0; ; round++ {
		if err := s.lookAtClock(ctx, &problem, round%int(pruneEvery/lookEvery) == 0); err != nil && ctx.Err() == nil {
			s.log.Warn("look after what is stored", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtClock corrects what a clock that was wrong has left, and prunes if that is due. problem is
// what was wrong with the clock at the last look: each change of it is logged once.
func (s *Store) lookAtClock(ctx context.Context, problem *string, prune bool) error {
	clock, err := s.DB.CheckClock(ctx)
	if err != nil {
		return err
	}
	if (clock.Problem == "") != (*problem == "") {
		if clock.Problem != "" {
			s.log.Warn("the clock is not believed", "problem", clock.Problem)
		} else {
			s.log.Info("the clock is believed again")
		}
	}
	*problem = clock.Problem
	if err := s.Queue.BringBack(ctx); err != nil {
		return err
	}
	if err := s.EnqueueDigests(ctx); err != nil {
		return err
	}
	// A clock that is behind would make everything old.
	if (clock.SetBack || prune) && !clock.Behind {
		if err := s.redate(ctx); err != nil {
			return err
		}
	}
	if !prune {
		return nil
	}
	now, err := s.DB.SafeNow(ctx, s.DB)
	if err != nil {
		return err
	}
	_, err = s.Prune(ctx, now)
	return err
}

// redate corrects the times that lie in the future.
func (s *Store) redate(ctx context.Context) error {
	now, err := s.DB.Now(ctx, s.DB)
	if err != nil {
		return err
	}
	return errors.Join(s.Queue.Redate(ctx, now), s.Posts.Redate(ctx, now), s.People.Redate(ctx, now), s.Set.Redate(ctx, now))
}

// Prune deletes what is older at a time than its retention. It returns how many
// rows went.
func (s *Store) Prune(ctx context.Context, now time.Time) (int64, error) {
	links, ended, err := s.Queue.Prune(ctx, now, s.retention, s.keep)
	if err != nil {
		return links, err
	}
	// After the links: posts go with them.
	bounds := database.Bounds{Keep: s.keep, Most: maxBeside}
	if old := now.Add(-s.retention); ended.Before(old) {
		ended = old // links stayed for their number; what is left of others need not
	}
	posts, err := s.Posts.Prune(ctx, ended, bounds)
	if err != nil {
		return links + posts, err
	}
	feedback, err := s.People.Prune(ctx, ended, bounds)
	if err != nil {
		return links + posts + feedback, err
	}
	costs, err := s.Set.Prune(ctx, ended, bounds)
	return links + posts + feedback + costs, err
}

// EnqueueDigests enqueues the digests that are due. All processes of a database do it every minute:
// the key of the task makes it one for each channel and week, also after a crash.
func (s *Store) EnqueueDigests(ctx context.Context) error {
	due, err := s.Set.Due(ctx)
	if err != nil {
		return err
	}
	for _, d := range due {
		key := "digest/" + d.Channel + "/" + d.At.Format(time.RFC3339)
		if err := s.Queue.Enqueue(ctx, job.Task{Kind: job.TaskDigest, Key: key, Payload: d}); err != nil {
			return fmt.Errorf("enqueue the digest of %s: %w", d.Channel, err)
		}
	}
	return nil
}

// maxBeside bounds the number of posts without a link, and that of words on links and of
// costs.
const maxBeside = 400_000
