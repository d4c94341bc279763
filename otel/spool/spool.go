package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Part is a piece of a trace: all of it, or what was cut off while it grew, or
// what came late.
type Part struct {
	TraceID trace.TraceID
	// Number counts the parts of a trace from 1. Put raises it if that file
	// exists already.
	Number int
	// Complete says that no span of the trace is open any more. A later part may
	// still follow, from spans that start late.
	Complete bool
	Start    time.Time // of the trace, for order and age
	// Destination is where it belongs. Without one it goes wherever its deliverer is told.
	Destination Destination
	Data        *tracepb.TracesData
}

// Spool is an open outbox. Its methods may be called at the same time.
type Spool struct {
	dir      string
	config   config
	instance string
	added    chan struct{} // capacity 1
	changes  atomic.Uint64 // additions so far
	commits  *committer
	stop     chan struct{} // closed by Close, ends the watcher of requests
	watcher  sync.WaitGroup
	puts     sync.WaitGroup // Add only under mu while not closed

	mu            sync.Mutex // guards everything below
	closed        bool
	lock          folderLock
	takenLogged   bool // that another process has the folder
	pending       index
	reserved      map[string]int64 // bytes by id, for parts being written
	bytes         int64            // of pending and reserved
	archives      map[State]*archive
	stats         Stats // the counters; the rest is filled in by Stats
	refusalLogged bool
	used          []Destination // see Destinations
	mixed         bool          // parts of an earlier process may be for what this one does not deliver to
	former        []string      // see FormerInstances
	log           changeLog

	health health // with a lock of its own
}

// Open makes the calling process the owner of dir, which it creates if need be,
// and reads what lies there.
func Open(dir string, opts ...Option) (*Spool, error) {
	c := newConfig(opts)
	s := &Spool{
		dir: dir, config: c,
		added: make(chan struct{}, 1), stop: make(chan struct{}),
		pending: index{parts: map[string]*Entry{}}, reserved: map[string]int64{},
		archives: map[State]*archive{
			Dead: {dir: filepath.Join(dir, "dead"), state: Dead, maxFiles: c.maxDeadFiles, maxBytes: c.maxDeadBytes, first: c.evictFirst},
			Bad:  {dir: filepath.Join(dir, "bad"), state: Bad, maxFiles: c.maxDeadFiles, maxBytes: c.maxDeadBytes, first: c.evictFirst},
		},
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { // which may be a link, as to a larger disk
		return nil, fmt.Errorf("create outbox folder: %w", err)
	}
	if err := s.makeSubfolders(); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s.lock = lock
	if err := s.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.commits = newCommitter(func() error { return c.disk.SyncDir(dir) })
	s.handleRequests()
	if len(s.pending.parts) > 0 {
		s.signal()
	}
	s.watcher.Go(s.watch)
	return s, nil
}

// load runs before anybody else can see s.
func (s *Spool) load() error {
	var err error
	if s.instance, err = readInstance(s.sub(instanceFile)); err == nil && s.instance == "" && !s.config.adopting {
		s.instance, err = newInstance(s.sub(instanceFile))
	}
	if err != nil {
		return err
	}
	s.loadDestinations() // before parts, of which it says whether they have to be looked into
	s.loadFormer()
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list outbox: %w", err)
	}
	for _, g := range s.archives {
		if err := g.load(); err != nil { // what nobody waits for keeps nothing else back
			s.config.logger.Error("outbox: a folder cannot be read, and what lies there is not seen", "dir", g.dir, "error", err)
		}
	}
	for _, f := range files {
		if err := s.loadFile(f); err != nil {
			s.config.logger.Error("outbox: a file is left where it is", "file", s.sub(f.Name()), "error", err)
		}
	}
	s.loadNotes()
	return nil
}

// loadFile takes in one file of the folder. What is none of ours is left alone.
func (s *Spool) loadFile(f fs.DirEntry) error {
	temp := strings.HasSuffix(f.Name(), tempExtension)
	switch {
	case !temp && !strings.HasSuffix(f.Name(), extension):
		return nil
	case !f.Type().IsRegular():
		return &notRegularError{s.sub(f.Name()), f.Type()}
	case temp:
		return s.salvage(f.Name())
	}
	info, err := f.Info()
	if err != nil {
		return fmt.Errorf("stat part: %w", err)
	}
	return s.loadPart(info)
}

// loadPart takes a part into the index, as pending or, with a name that is none of
// ours, as bad.
func (s *Spool) loadPart(info fs.FileInfo) error {
	id := strings.TrimSuffix(info.Name(), extension)
	n, err := parseName(id)
	if err != nil {
		return s.sayBad(id, err.Error(), s.moveTo(Bad, Entry{ID: id, Bytes: info.Size()}, err.Error()))
	}
	e := n.entry(info.Size())
	e.FoundAtOpen = true
	e.Destination = s.lookUp(s.sub(info.Name()))
	s.enter(e)
	return nil
}

// Put stores a part. When it returns nil the part survives a crash. ctx is
// looked at before the work begins; writing itself cannot be interrupted.
func (s *Spool) Put(ctx context.Context, p Part) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("put part: %w", err)
	}
	err := s.put(p)
	if IsNotFound(err) {
		if err = s.restore(); err == nil {
			err = s.put(p)
		}
	}
	if s.countPut(err) {
		s.config.logger.Error("outbox refuses traces; further refusals are only counted", "dir", s.dir, "error", err)
	}
	return err
}

// countPut counts what became of a part, and reports whether it has to be said: the first refusal, and the next
// only after the outbox was half empty in between. Saying it may take as long as the log wants, so not under mu.
func (s *Spool) countPut(err error) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.stats.Stored++
		return false
	case IsFull(err):
		s.stats.RejectedFull++
	case IsNoSpace(err):
		s.stats.RejectedNoSpace++
	default:
		s.stats.RejectedOther++
	}
	if s.refusalLogged || errors.Is(err, ErrClosed) {
		return false
	}
	s.refusalLogged = true
	return true
}

func (s *Spool) put(p Part) error {
	if err := s.list(p.Destination); err != nil {
		return err
	}
	body, err := encode(p.Data, p.Destination)
	if err != nil {
		return err
	}
	n, err := s.reserve(nameOf(p), int64(len(body)))
	if err != nil {
		return err
	}
	defer s.puts.Done()
	path := s.sub(n.String() + extension)
	if err := s.write(path, body); err != nil {
		s.release(n)
		s.tried(err)
		return fmt.Errorf("put part: %w", err)
	}
	s.tried(nil)
	s.admit(n, int64(len(body)), p.Destination)
	return nil
}

// reserve holds a place within the bounds and a name nobody else has.
func (s *Spool) reserve(n name, bytes int64) (name, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return n, ErrClosed
	}
	if err := s.roomFor(bytes); err != nil {
		return n, err
	}
	for s.taken(n) {
		n.part++
	}
	s.reserved[n.String()] = bytes
	s.bytes += bytes
	s.puts.Add(1)
	return n, nil
}

// roomFor reports whether one more file of so many bytes has room.
func (s *Spool) roomFor(bytes int64) error {
	files := 1 + len(s.pending.parts) + len(s.reserved)
	bytes += s.bytes
	if files > s.config.maxFiles || bytes > s.config.maxBytes {
		return &FullError{Dir: s.dir, Files: files, MaxFiles: s.config.maxFiles, Bytes: bytes, MaxBytes: s.config.maxBytes}
	}
	return nil
}

// taken looks at both spellings: a part number is used once in a trace.
func (s *Spool) taken(n name) bool {
	for _, complete := range []bool{false, true} {
		n.complete = complete
		id := n.String()
		_, writing := s.reserved[id]
		if writing || s.pending.parts[id] != nil || s.archives[Dead].entries[id] != nil {
			return true
		}
	}
	return false
}

func (s *Spool) write(path string, body []byte) error {
	temp := path + tempExtension
	err := s.config.disk.WriteFile(temp, body)
	if isNotRegular(err) && os.Remove(temp) == nil {
		err = s.config.disk.WriteFile(temp, body)
	}
	if err == nil {
		err = s.config.disk.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // else the next Open does
		return err
	}
	if err := s.commits.wait(); err != nil {
		_ = os.Remove(path) // refused, so it should not come back; if it does, that is a repetition
		return fmt.Errorf("flush folder: %w", err)
	}
	return nil
}

func (s *Spool) release(n name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= s.reserved[n.String()]
	delete(s.reserved, n.String())
}

func (s *Spool) admit(n name, bytes int64, to Destination) {
	e := n.entry(bytes)
	e.Destination = to
	s.mu.Lock()
	delete(s.reserved, e.ID)
	s.bytes -= bytes
	s.enter(e)
	s.changed(e)
	s.mu.Unlock()
	s.signal()
}

// enter makes a part pending; called under mu, or by Open.
func (s *Spool) enter(e Entry) {
	e.Elsewhere = !s.reaches(e.Destination)
	s.pending.add(&e)
	s.bytes += e.Bytes
}

// leave takes a part out of the pending ones; called under mu.
func (s *Spool) leave(e Entry) {
	s.pending.drop(e.ID)
	s.bytes -= e.Bytes
	s.changed(e)
}

func (s *Spool) resetRefusalLog() {
	if 2*len(s.pending.parts) <= s.config.maxFiles && 2*s.bytes <= s.config.maxBytes {
		s.refusalLogged = false
	}
}

// Added signals that something new is pending. Several additions may give one
// signal, so look at Entries after each.
func (s *Spool) Added() <-chan struct{} { return s.added }

// Additions counts what made parts pending, or due at once, since Open: a reader
// of Entries for whom it has not changed has seen all that is new.
func (s *Spool) Additions() uint64 { return s.changes.Load() }

// signal follows the change itself, so that who sees the count sees the change.
func (s *Spool) signal() {
	s.changes.Add(1)
	select {
	case s.added <- struct{}{}:
	default:
	}
}

// Dir is the folder.
func (s *Spool) Dir() string { return s.dir }

// InstanceID is a random id written once into the folder. Whoever holds the
// folder's lock is the only process with that id.
func (s *Spool) InstanceID() string { return s.instance }

// Close gives the folder back after the Puts under way have ended. What is
// pending stays.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	s.watcher.Wait()
	s.puts.Wait()
	s.commits.close()
	if err := s.lock.Close(); err != nil {
		return fmt.Errorf("unlock outbox: %w", err)
	}
	return nil
}

func (s *Spool) sub(file string) string { return filepath.Join(s.dir, file) }
