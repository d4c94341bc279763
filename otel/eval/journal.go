package eval

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// journal is the file of what an evaluation has paid for: one JSON object a line, appended
// and never changed. A line that a kill cut off is the last, and is cut away. What was paid
// for is on disk before anything is done with it.
type journal struct {
	mu   sync.Mutex
	file *os.File // nil: nothing is kept
	lock *flock.Flock
	head journalHead
	rows map[string]*record // of an earlier process, by key; what is asked for goes
	err  error              // of a write: nothing is written after it
	n    int                // lines written

	// One sync is for all whose lines were written before it. syncing is taken before mu.
	syncing sync.Mutex
	synced  int // lines on disk; guarded by syncing
}

// journalHead is the first line.
type journalHead struct {
	Version    int       `json:"v"`
	Evaluation string    `json:"evaluation"`
	Variant    string    `json:"variant"` // digest
	Run        string    `json:"run"`     // 32 hexadecimal digits, from which all ids are derived
	Start      time.Time `json:"start"`
}

// record is what is known of one trial of one row. A line holds a part of it.
type record struct {
	Key    string            `json:"key"`
	Output json.RawMessage   `json:"output,omitempty"` // with Start and End: the task is done
	Error  string            `json:"error,omitempty"`  // of the task
	Start  time.Time         `json:"start,omitzero"`
	End    time.Time         `json:"end,omitzero"`
	Cost   float64           `json:"cost_usd,omitempty"`
	Scores map[string]Score  `json:"scores,omitempty"`
	Errors map[string]string `json:"score_errors,omitempty"`
	Done   bool              `json:"done,omitempty"` // all scorers were asked
	Sent   bool              `json:"sent,omitempty"` // its trace was taken
}

const (
	journalVersion = 1
	lockSuffix     = ".lock" // of the file that whoever writes a journal has locked
)

// JournalError says why a journal cannot be gone on with, and what to do.
type JournalError struct {
	Path, Reason string
	Busy         bool // another process is writing it, and it can be gone on with when that has ended
}

func (e *JournalError) Error() string { return fmt.Sprintf("journal %s: %s", e.Path, e.Reason) }

// IsJournal reports whether an evaluation did not run because of its journal.
func IsJournal(err error) bool {
	_, ok := errors.AsType[*JournalError](err)
	return ok
}

// IsBusy reports whether an evaluation did not run because another process is writing its journal.
func IsBusy(err error) bool {
	j, ok := errors.AsType[*JournalError](err)
	return ok && j.Busy
}

// openJournal opens the file of an evaluation, or begins it. Without a path nothing is kept.
func openJournal(path, evaluation, variant string, now time.Time) (*journal, error) {
	j := &journal{rows: map[string]*record{}, head: journalHead{
		Version: journalVersion, Evaluation: evaluation, Variant: variant, Run: newRunID(), Start: now,
	}}
	if path == "" {
		return j, nil
	}
	j.lock = flock.New(path+lockSuffix, flock.SetFlag(os.O_CREATE|os.O_RDWR)) // to read alone would wait for a pipe's other end
	locked, err := j.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	if !locked {
		return nil, &JournalError{Path: path, Reason: "another evaluation, or the same one started twice, is writing it: " +
			"wait for that, or give this one another journal", Busy: true}
	}
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil { //nolint:gosec // the caller's own file
		return nil, errors.Join(fmt.Errorf("open journal: %w", err), j.lock.Close())
	}
	info, err := j.file.Stat()
	if err == nil && !info.Mode().IsRegular() { // a pipe or a device has no end, and keeps nothing
		err = &JournalError{Path: path, Reason: "is no regular file: give the evaluation another journal"}
	}
	if err == nil {
		err = j.read(path)
	}
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

func newRunID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// read takes in what an earlier process wrote, or writes the head of a new file.
func (j *journal) read(path string) error {
	lines := bufio.NewReaderSize(j.file, 1<<16)
	var end int64
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // nothing, or a line that was cut off
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if n == 0 {
			err = j.readHead(path, line)
		} else {
			err = j.take(line)
		}
		if err != nil {
			if _, typed := errors.AsType[*JournalError](err); typed {
				return err
			}
			return &JournalError{Path: path, Reason: fmt.Sprintf(
				"line %d is damaged (%v): delete the file to begin anew, and to pay again", n+1, err)}
		}
		end += int64(len(line))
	}
	if err := j.file.Truncate(end); err != nil {
		return fmt.Errorf("cut journal: %w", err)
	}
	if _, err := j.file.Seek(end, io.SeekStart); err != nil {
		return fmt.Errorf("go on with journal: %w", err)
	}
	if end > 0 {
		return nil
	}
	n, err := j.write(j.head)
	if err != nil {
		return err
	}
	return j.sync(n)
}

func (j *journal) readHead(path string, line []byte) error {
	var head journalHead
	switch err := json.Unmarshal(line, &head); {
	case err != nil || head.Version == 0:
		return &JournalError{Path: path, Reason: "it is no journal of an evaluation: name another file"}
	case head.Version != journalVersion:
		return &JournalError{Path: path, Reason: fmt.Sprintf(
			"it is of version %d, this program writes %d: name another file", head.Version, journalVersion)}
	case head.Evaluation != j.head.Evaluation:
		return &JournalError{Path: path, Reason: fmt.Sprintf(
			"it is of evaluation %q, not of %q: name another file", head.Evaluation, j.head.Evaluation)}
	case head.Variant != j.head.Variant:
		return &JournalError{Path: path, Reason: "it is of another variant (params, prompts or scorers differ): name another file for each"}
	}
	j.head = head
	return nil
}

// take adds a line to what is known.
func (j *journal) take(line []byte) error {
	var part record
	dec := json.NewDecoder(bytes.NewReader(line))
	if err := dec.Decode(&part); err != nil {
		return err
	}
	if part.Key == "" {
		return errors.New("it names no row")
	}
	r := j.rows[part.Key]
	if r == nil {
		r = &record{Key: part.Key}
		j.rows[part.Key] = r
	}
	r.add(part)
	return nil
}

// add merges a part of what is known of the same trial.
func (r *record) add(part record) {
	if !part.End.IsZero() {
		r.Output, r.Error, r.Start, r.End, r.Cost = part.Output, part.Error, part.Start, part.End, part.Cost
	}
	for name, s := range part.Scores {
		r.setScore(name, s)
	}
	for name, text := range part.Errors {
		r.setError(name, text)
	}
	r.Done, r.Sent = r.Done || part.Done, r.Sent || part.Sent
}

func (r *record) setScore(name string, s Score) {
	if r.Scores == nil {
		r.Scores = map[string]Score{}
	}
	r.Scores[name] = s
}

func (r *record) setError(name, text string) {
	if r.Errors == nil {
		r.Errors = map[string]string{}
	}
	r.Errors[name] = text
}

// judged reports whether a scorer was asked.
func (r *record) judged(name string) bool {
	_, scored := r.Scores[name]
	_, failed := r.Errors[name]
	return scored || failed
}

// known returns what an earlier process did of a trial, once.
func (j *journal) known(key string) *record {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.rows[key]
	delete(j.rows, key)
	if r == nil {
		r = &record{Key: key}
	}
	return r
}

// left is how many trials of an earlier process were not asked for.
func (j *journal) left() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.rows)
}

// note appends a part of what is known. With paid it is on disk when note returns.
func (j *journal) note(part record, paid bool) error {
	n, err := j.write(part)
	if err != nil || !paid {
		return err
	}
	return j.sync(n)
}

// write appends a line and returns its number.
func (j *journal) write(v any) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil || j.err != nil {
		return j.n, j.err
	}
	line, err := json.Marshal(v)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
	j.n++
	return j.n, j.err
}

// sync returns when line n is on disk.
func (j *journal) sync(n int) error {
	if !j.keeps() {
		return nil
	}
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= n {
		return nil
	}
	j.mu.Lock()
	written, err := j.n, j.err
	j.mu.Unlock()
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	j.synced = written
	return nil
}

// keeps reports whether anything is kept.
func (j *journal) keeps() bool { return j.file != nil }

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return errors.Join(j.file.Close(), j.lock.Close())
}

// remove deletes the files, and then closes them.
func (j *journal) remove() error {
	if j.file == nil {
		return nil
	}
	return errors.Join(deleteLocked(j.file.Name(), j.lock), j.close())
}

// RemoveJournal deletes the journal of an evaluation that has ended, and its lock. One that another process is
// writing by now stays, and one that is not there is no error.
func RemoveJournal(path string) error {
	lock := flock.New(path + lockSuffix)
	if free, err := lock.TryLock(); err != nil || !free {
		return err
	}
	return errors.Join(deleteLocked(path, lock), lock.Close())
}

// deleteLocked deletes a journal and its lock, which is held: an evaluation that begins in this moment keeps its own.
func deleteLocked(path string, lock *flock.Flock) (err error) {
	for _, name := range []string{path, lock.Path()} {
		if e := os.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("delete journal: %w", e))
		}
	}
	return err
}
