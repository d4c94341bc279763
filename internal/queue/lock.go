package queue

import (
	"context"
	"os"
	"time"
)

// fileLock is a lock held through an open file.
type fileLock struct{ f *os.File }

// tryLockFile returns nil without error when another holds the lock.
func tryLockFile(name string, create bool) (*fileLock, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	if !ok || err != nil {
		_ = f.Close()
		return nil, err
	}
	return &fileLock{f}, nil
}

// lockFile waits for the lock.
func lockFile(ctx context.Context, name string) (*fileLock, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		l, err := tryLockFile(name, true)
		if l != nil || err != nil {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

func (l *fileLock) release() { _ = l.f.Close() }

// remove deletes the file and releases the lock, in this order: nobody can
// take the lock of a file that is about to go.
func (l *fileLock) remove() {
	_ = os.Remove(l.f.Name())
	l.release()
}
