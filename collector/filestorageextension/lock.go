package filestorageextension

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	berrors "go.etcd.io/bbolt/errors"
	"go.opentelemetry.io/collector/component"
)

// lockPrefix begins the names of the files that are locked for as long as a storage file is in use. The database library locks
// the storage file itself, and lets go of it for a moment whenever it is written anew: whoever waited for it has the old
// one then, which has no name any more, or takes the name away from the new one.
const lockPrefix = "lock_"

// maxBase bounds the names that locks have in common with their files.
const maxBase = 200

// fileSigns are those that the extension leaves as they are in the names of files.
const fileSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

// fileName gives the name of the file of a component, as the extension makes it unless it is too long (filestorage/extension.go).
func fileName(kind component.Kind, id component.ID, name string) string {
	base := strings.ToLower(kind.String()) + "_" + id.Type().String() + "_" + id.Name()
	if name != "" {
		base += "_" + name
	}
	var out strings.Builder
	for _, r := range base {
		if strings.ContainsRune(fileSigns, r) {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, "~%04X", r)
		}
	}
	return out.String()
}

// lockName gives the file that is locked for a storage file.
func lockName(dir, base string) string {
	if len(base) > maxBase {
		sum := sha256.Sum256([]byte(base))
		base = hex.EncodeToString(sum[:])
	}
	return filepath.Join(dir, lockPrefix+base)
}

// lock waits for the lock of a storage file for so long as the extension waits for the file, without end where that is zero.
func (g *guarded) lock(ctx context.Context, base string) (*flock.Flock, error) {
	if g.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, g.timeout, berrors.ErrTimeout)
		defer cancel()
	}
	const pause = 50 * time.Millisecond // the database library's
	l := flock.New(lockName(g.dir, base), flock.SetPermissions(0o600))
	ok, err := l.TryLockContext(ctx, pause)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("lock storage file %s: %w", base, err), l.Close())
	}
	return l, nil
}

// unused takes the lock of a storage file for a look at it; nil: it is in use.
func unused(path string) (*flock.Flock, error) {
	l := flock.New(lockName(filepath.Split(path)), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if errors.Is(err, os.ErrPermission) {
		err = errClosed
	}
	if err != nil || !ok {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
