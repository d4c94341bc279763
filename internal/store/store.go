// Package store is everything that the worker keeps: the four packages queue,
// posts, people and membership over one database. In goes the URL of the
// database, out come the four, which know one another only by the interfaces they
// declare. The one thing that concerns them all is done here: what is old goes.
//
//	queue ──▶ Members = membership, Mutes = people
//	posts ──▶ Links = queue
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

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
}

// Defaults are the bounds that nobody has set otherwise. The retention of 90 days is how long
// a reply can be changed by a reaction, since that needs its link.
func Defaults() Config {
	return Config{
		Queue: queue.Defaults(), Membership: membership.Config{DeadAfter: membership.DefaultDeadAfter},
		Retention: 90 * 24 * time.Hour,
	}
}

// Store is the database and what is in it. It is safe for concurrent use.
type Store struct {
	DB      *database.DB
	Members *membership.Members
	People  *people.Store
	Queue   *queue.Queue
	Posts   *posts.Store

	retention time.Duration
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
	db, err := database.Open(ctx, rawURL, database.Config{Connections: cfg.Queue.Workers + spareConnections})
	if err != nil {
		return nil, err
	}
	s := &Store{DB: db, Members: membership.New(db, cfg.Membership), People: people.New(db), retention: cfg.Retention, log: cfg.Queue.Log}
	if s.Queue, err = queue.New(ctx, db, s.Members, s.People, cfg.Queue); err != nil {
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

// Run works on the queue until ctx ends, see [queue.Queue.Run], and deletes what is older than
// its retention meanwhile. It returns what the queue returns, after the deletion has stopped
// too.
func (s *Store) Run(ctx context.Context, h job.Handlers) error {
	pruning, stop := context.WithCancel(ctx)
	pruned := make(chan struct{})
	go func() { defer close(pruned); s.prune(pruning) }()
	err := s.Queue.Run(ctx, h)
	stop()
	<-pruned
	return err
}

// pruneEvery is the period of deleting what is old.
const pruneEvery = time.Hour

// prune deletes what is old at once, and then every hour. Failures are only logged, as the
// next round deletes the same rows. All processes of a database do it, which costs those that
// come later nothing.
func (s *Store) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if _, err := s.Prune(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Warn("delete old rows", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Prune deletes what is older at a time than its retention. It returns how many
// rows went.
func (s *Store) Prune(ctx context.Context, now time.Time) (int64, error) {
	links, ended, err := s.Queue.Prune(ctx, now, s.retention)
	if err != nil {
		return links, err
	}
	// After the links: posts go with them.
	posts, err := s.Posts.Prune(ctx, ended)
	if err != nil {
		return links + posts, err
	}
	feedback, err := s.People.Prune(ctx, ended)
	return links + posts + feedback, err
}
