package filestorageextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	berrors "go.etcd.io/bbolt/errors"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// client is what the extension opens. Compact writes the database anew, to the name of its file.
type client interface {
	storage.Client
	storage.Walker
	Compact(directory string, timeout time.Duration, maxTransactionSize int64) error
}

// watched is a client that writes its file anew when somebody has removed it, as those do who clean up folders for
// temporary files, or put another one in its place. What is in a file without a name is there until the process ends, and then
// it is lost, although it was said to be stored.
type watched struct {
	client
	lock    *flock.Flock
	path    string        // empty: the file has another name, being too long, and is left alone
	folder  os.FileMode   // the permissions of its folder
	timeout time.Duration // for the lock on the file
	log     *zap.Logger

	mu     sync.Mutex                  // while the file is looked at closely, and written anew
	file   atomic.Pointer[os.FileInfo] // the file as it was at the last look
	closed bool
}

// watch has a client look after its file.
func (g *guarded) watch(c storage.Client, base string, lock *flock.Flock) (storage.Client, error) {
	ours, ok := c.(client)
	if !ok {
		return nil, errors.Join(errors.New("file_storage gives a client that cannot write its file anew"), c.Close(context.Background()))
	}
	w := &watched{client: ours, lock: lock, timeout: g.timeout, log: g.log}
	folder, err := os.Stat(g.dir)
	if err != nil {
		return w, nil
	}
	path := filepath.Join(g.dir, base)
	file, err := os.Stat(path)
	if err != nil {
		return w, nil
	}
	w.path, w.folder = path, folder.Mode().Perm()
	w.file.Store(&file)
	return w, nil
}

// Set implements storage.Client.
func (w *watched) Set(ctx context.Context, key string, value []byte) error {
	return w.Batch(ctx, storage.SetOperation(key, value))
}

// Batch implements storage.Client. Nothing is stored in a file that has no name.
func (w *watched) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if err := w.restore(ctx); err != nil {
		return err
	}
	return w.client.Batch(ctx, ops...) //nolint:wrapcheck // the extension's own
}

// Close implements storage.Client. Once it is closed, its file is that of whoever opens it next.
func (w *watched) Close(ctx context.Context) error {
	err := errors.Join(w.restore(ctx), w.client.Close(ctx))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return errors.Join(err, w.lock.Close())
}

// restore gives the file its name again, unless it has it.
func (w *watched) restore(ctx context.Context) error {
	if w.hasName() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.hasName() { // or another call was faster
		return nil
	}
	dir, kept := filepath.Dir(w.path), ""
	err := os.MkdirAll(dir, w.folder)
	if err == nil {
		err = w.lockAgain()
	}
	if err != nil {
		return fmt.Errorf("look after storage file %s, which was removed or replaced while it was in use: %w", w.path, err)
	}
	found := w.fate(ctx)
	if found == itself {
		return nil
	}
	if found == replaced {
		kept = asideName(w.path)
		err = os.Rename(w.path, kept)
	}
	if err == nil {
		err = w.Compact(dir, w.timeout, perWrite)
	}
	if err != nil {
		return fmt.Errorf("write storage file %s anew, which was %s while it was in use: %w", w.path, found, err)
	}
	fields := []zap.Field{zap.String("file", w.path)}
	if kept != "" {
		fields = append(fields, zap.String("the_other_kept_as", kept))
	}
	w.log.Error("a storage file was "+string(found)+" while it was in use; all that is in it is written anew", fields...)
	w.look()
	if err := forget(w.path, w.log); err != nil {
		w.log.Warn("old storage files are kept", zap.Error(err))
	}
	return nil
}

// lockAgain locks what another process would, where the lock was removed, with the folder or alone. It is an error where another
// process was faster: the storage file is that one's now.
func (w *watched) lockAgain() error {
	named, err := os.Stat(w.lock.Path())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil //nolint:nilerr // nobody knows
	}
	if ours, bad := w.lock.Stat(); err == nil && bad == nil && os.SameFile(ours, named) {
		return nil
	}
	anew, err := unused(w.path)
	if err != nil {
		return err
	}
	if anew == nil {
		return fmt.Errorf("another process has it: %w", berrors.ErrTimeout)
	}
	_ = w.lock.Close()
	w.lock = anew
	return nil
}

// hasName reports whether the file under the name is the one that it was at the last look.
func (w *watched) hasName() bool {
	if w.path == "" {
		return true
	}
	file, err := os.Stat(w.path)
	if err != nil {
		return !isRemoved(err) // else nobody knows
	}
	return os.SameFile(file, *w.file.Load())
}

func isRemoved(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// fate is what became of a file that is in use.
type fate string

const (
	itself   fate = "left alone"
	removed  fate = "removed"
	replaced fate = "replaced by another one"
)

// fate tells by two looks; it is called under mu, as what it calls is. A compaction puts a file of its own in place of the one
// before, and opens it a moment later: in that moment nobody has open what is under the name. The file of a compaction that was
// waited for in between is open, or another one has taken its place.
func (w *watched) fate(ctx context.Context) fate {
	found, first := w.look()
	for found != itself {
		_, _ = w.client.Get(ctx, "any") // waits for a compaction
		again, second := w.look()
		if again == found && (found == removed || os.SameFile(first, second)) {
			break
		}
		found, first = again, second
	}
	return found
}

// look tells by what is under the name of the file at this moment.
func (w *watched) look() (fate, os.FileInfo) {
	file, err := os.Stat(w.path)
	switch {
	case err != nil && isRemoved(err):
		return removed, nil
	case err != nil: // nobody knows
		return itself, nil
	case os.SameFile(file, *w.file.Load()):
		return itself, file
	case !file.Mode().IsRegular():
		return replaced, file
	}
	used, err := inUse(w.path)
	if err == nil && !used {
		return replaced, file
	}
	if used {
		w.file.Store(&file) // of a compaction
	}
	return itself, file
}

// inUse reports whether a process has a file open as its database. Of other processes none has, as long as the storage file is
// locked; of two calls at a time each would take the other for one that has.
func inUse(path string) (bool, error) {
	if runtime.GOOS == "windows" {
		return true, nil // there nobody replaces a file that is open, and the database library locks another part of it
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	free, err := lock.TryLock()
	if err != nil {
		return false, fmt.Errorf("look whether storage file is in use: %w", err)
	}
	return !free, lock.Close() //nolint:wrapcheck // never fails
}
