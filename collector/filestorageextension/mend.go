package filestorageextension

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"go.etcd.io/bbolt"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/filestorageextension/internal/boltfile"
	"github.com/technoshare/commentator/otel/spool"
)

// bucket is the only one that the extension has (filestorage/client.go).
const bucket = "default"

const (
	salvagedSuffix = ".salvaged"
	damagedInfix   = ".damaged-"
	// maxDamaged bounds the damaged files that are kept of each.
	maxDamaged = 3
	// perWrite bounds what goes into one transaction while entries are written anew.
	perWrite = 16 << 20
)

// storageFile matches the files of the extension: those named after a component, and after
// the SHA-256 of such a name when that is too long (filestorage/extension.go).
var storageFile = regexp.MustCompile(`^((receiver|processor|exporter|extension|connector|other)_[A-Za-z0-9._~-]*|[0-9a-f]{64})$`)

// mend looks at all files of a directory, and puts a sound one in place of each that is
// damaged.
func mend(dir string, log *zap.Logger) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read storage: %w", err)
	}
	for _, e := range list {
		name, salvaged := strings.CutSuffix(e.Name(), salvagedSuffix)
		if !storageFile.MatchString(name) || strings.Contains(name, damagedInfix) {
			continue
		}
		if err := mendEntry(filepath.Join(dir, name), salvaged, log); err != nil && !errors.Is(err, errClosed) {
			return err
		}
	}
	return nil
}

// mendEntry looks at what is under the name of a storage file, or was read back of one, unless it is in use.
func mendEntry(path string, salvaged bool, log *zap.Logger) error {
	lock, err := unused(path)
	if lock == nil {
		return err
	}
	defer lock.Close()
	if salvaged {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			return nil
		}
		// A process ended just before it would have done this.
		if err := os.Rename(path+salvagedSuffix, path); err != nil {
			return fmt.Errorf("take over what was read back: %w", err)
		}
		log.Warn("what an earlier start read back of a damaged storage file is taken over", zap.String("file", path))
		return nil
	}
	file, err := regular(path)
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil // nobody knows what it is; the extension will say so
	case err != nil:
		return putAside(path, err, log)
	}
	return mendFile(file, log)
}

// regular gives the file that a name leads to, which may be a link to one; the error says what it is instead.
func regular(path string) (string, error) {
	file, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("a link that leads nowhere: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", fmt.Errorf("look at storage file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("no file, but %v", info.Mode())
	}
	return file, nil
}

// putAside gives another name to what is no file, so that there may be one.
func putAside(path string, found error, log *zap.Logger) error {
	aside := asideName(path)
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("put aside what is in the place of a storage file (%w): %w", found, err)
	}
	log.Error("what is in the place of a storage file is none; it is kept under another name",
		zap.String("file", path), zap.String("kept_as", aside), zap.NamedError("found", found))
	return nil
}

func asideName(path string) string {
	return path + damagedInfix + time.Now().UTC().Format("20060102T150405.000Z")
}

// errClosed says that a file may not be opened. Whether that is of any importance the extension will say: it may be one
// that nobody uses.
var errClosed = errors.New("storage file may not be opened")

// mendFile looks at one file. One that another process has open is not looked at: the
// extension will say so.
func mendFile(path string, log *zap.Logger) error {
	// The lock is the database library's own.
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	ok, err := lock.TryLock()
	if errors.Is(err, os.ErrPermission) {
		return errClosed
	}
	if err != nil {
		return fmt.Errorf("lock storage file: %w", err)
	}
	if !ok {
		return nil
	}
	defer lock.Close()
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open storage file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at storage file: %w", err)
	}
	if info.Size() == 0 {
		log.Warn("a storage file is empty; if something was stored, it is lost", zap.String("file", path))
		return nil
	}
	found := boltfile.Check(f, info.Size(), bucket)
	if found == nil {
		return nil
	}
	if !errors.Is(found, boltfile.ErrDamaged) {
		return fmt.Errorf("check storage file: %w", found)
	}
	salvaged := path + salvagedSuffix
	entries, bytes, lost := salvage(f, info.Size(), salvaged)
	if spool.IsNoSpace(lost) {
		return lost // with space all may be read back
	}
	aside := asideName(path)
	_ = f.Close()
	_ = lock.Close() // Windows renames no open file
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("put damaged storage file aside: %w", err)
	}
	if lost == nil {
		if err := os.Rename(salvaged, path); err != nil {
			return fmt.Errorf("take over what was read back: %w", err)
		}
	}
	log.Error("a storage file is damaged; it is kept under another name, and what could be read back of it is in a new one",
		zap.String("file", path), zap.String("kept_as", aside), zap.NamedError("damage", found),
		zap.Int("entries_read_back", entries), zap.Int64("bytes_read_back", bytes), zap.NamedError("not_read_back", lost))
	return forget(path, log)
}

// salvage writes what can be read back into a new database, which is whole under its name
// or not there.
func salvage(f *os.File, size int64, to string) (entries int, bytes int64, err error) {
	temp := to + ".part"
	_ = os.Remove(temp)
	_ = os.Remove(to)
	defer os.Remove(temp)
	db, err := bbolt.Open(temp, 0o600, &bbolt.Options{Timeout: time.Second, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return 0, 0, fmt.Errorf("make new storage file: %w", err)
	}
	w := &writer{db: db}
	err = boltfile.Salvage(f, size, bucket, func(key, value []byte) error {
		entries++
		bytes += int64(len(key) + len(value))
		return w.put(key, value)
	})
	err = errors.Join(err, w.flush(), db.Close())
	if err != nil {
		return 0, 0, fmt.Errorf("write new storage file: %w", err)
	}
	if err := os.Rename(temp, to); err != nil {
		return 0, 0, fmt.Errorf("write new storage file: %w", err)
	}
	return entries, bytes, nil
}

// writer puts entries into a database, many in one transaction.
type writer struct {
	db    *bbolt.DB
	list  [][2][]byte
	bytes int
}

func (w *writer) put(key, value []byte) error {
	w.list = append(w.list, [2][]byte{slices.Clone(key), slices.Clone(value)})
	if w.bytes += len(key) + len(value); w.bytes < perWrite {
		return nil
	}
	return w.flush()
}

func (w *writer) flush() error {
	list := w.list
	w.list, w.bytes = nil, 0
	return w.db.Update(func(tx *bbolt.Tx) error { //nolint:wrapcheck // wrapped by its caller
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err //nolint:wrapcheck // wrapped by its caller
		}
		for _, e := range list {
			if len(e[0]) == 0 || len(e[0]) > bbolt.MaxKeySize {
				continue
			}
			if err := b.Put(e[0], e[1]); err != nil {
				return err //nolint:wrapcheck // wrapped by its caller
			}
		}
		return nil
	})
}

// forget deletes the oldest damaged files of one name.
func forget(path string, log *zap.Logger) error {
	list, err := filepath.Glob(globbed(path) + damagedInfix + "*")
	if err != nil {
		return fmt.Errorf("list damaged storage files: %w", err)
	}
	// What never was one of the extension's files is not deleted.
	list = slices.DeleteFunc(list, func(name string) bool { info, err := os.Lstat(name); return err != nil || !info.Mode().IsRegular() })
	slices.Sort(list) // by time
	for len(list) > maxDamaged {
		if err := os.Remove(list[0]); err != nil {
			return fmt.Errorf("delete old damaged storage file: %w", err)
		}
		log.Warn("the oldest damaged storage file is deleted", zap.String("file", list[0]), zap.Int("kept", maxDamaged))
		list = list[1:]
	}
	return nil
}

// globbed keeps the characters of a path from being patterns.
func globbed(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}
