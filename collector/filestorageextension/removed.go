package filestorageextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/component"
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
// temporary files. What is in a file without a name is there until the process ends, and then it is lost, although it was
// said to be stored.
type watched struct {
	client
	path    string
	folder  os.FileMode   // the permissions of its folder
	timeout time.Duration // for the lock on the file
	log     *zap.Logger
	mu      sync.Mutex // while the file is written anew
}

// watch has a client look after its file. One whose name the extension has changed, since it has other signs than
// files should have, is left alone.
func (g *guarded) watch(c storage.Client, kind component.Kind, id component.ID, name string) storage.Client {
	base := strings.ToLower(kind.String()) + "_" + id.Type().String() + "_" + id.Name()
	if name != "" {
		base += "_" + name
	}
	w := &watched{path: filepath.Join(g.dir, base), timeout: g.timeout, log: g.log}
	ours, ok := c.(client)
	folder, err := os.Stat(g.dir)
	if w.client = ours; !ok || err != nil || !storageFile.MatchString(base) || w.isRemoved() {
		return c
	}
	w.folder = folder.Mode().Perm()
	return w
}

// Set implements storage.Client.
func (w *watched) Set(ctx context.Context, key string, value []byte) error {
	return w.Batch(ctx, storage.SetOperation(key, value))
}

// Batch implements storage.Client. Nothing is stored in a file that has no name.
func (w *watched) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if err := w.restore(); err != nil {
		return err
	}
	return w.client.Batch(ctx, ops...) //nolint:wrapcheck // the extension's own
}

// Close implements storage.Client.
func (w *watched) Close(ctx context.Context) error {
	return errors.Join(w.restore(), w.client.Close(ctx))
}

// restore gives the file a name again, unless it has one.
func (w *watched) restore() error {
	if !w.isRemoved() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isRemoved() { // another call was faster
		return nil
	}
	dir := filepath.Dir(w.path)
	err := os.MkdirAll(dir, w.folder)
	if err == nil {
		err = w.Compact(dir, w.timeout, perWrite)
	}
	if err != nil {
		return fmt.Errorf("write storage file %s anew, which was removed while it was in use: %w", w.path, err)
	}
	w.log.Error("a storage file was removed while it was in use; all that is in it is written anew", zap.String("file", w.path))
	return nil
}

// isRemoved reports whether the file has no name any more. A compaction puts another one in its place in one step.
func (w *watched) isRemoved() bool {
	_, err := os.Lstat(w.path)
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
