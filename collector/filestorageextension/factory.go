package filestorageextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	berrors "go.etcd.io/bbolt/errors"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/internal/diskspace"
	"github.com/technoshare/commentator/otel/spool"
)

// NewFactory creates the factory of the extension.
func NewFactory() extension.Factory {
	contrib := filestorage.NewFactory()
	return extension.NewFactory(contrib.Type(), contrib.CreateDefaultConfig,
		func(ctx context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
			var ext extension.Extension
			err := diskspace.Await(ctx, set.Logger, "make the folder of the storage", func() (err error) {
				ext, err = contrib.Create(ctx, set, cfg)
				return err //nolint:wrapcheck // wrapped below
			})
			if err != nil {
				return nil, fmt.Errorf("make file_storage: %w", err)
			}
			s, ok := ext.(storage.Extension)
			if !ok {
				return nil, errors.New("file_storage is no storage")
			}
			c := cfg.(*filestorage.Config)
			return &guarded{Extension: s, dir: c.Directory, timeout: c.Timeout, log: set.Logger}, nil
		}, contrib.Stability())
}

// guarded looks at the files before the extension opens them.
type guarded struct {
	storage.Extension
	dir     string
	timeout time.Duration // for the lock on a file
	log     *zap.Logger
}

// Start implements component.Component.
func (g *guarded) Start(ctx context.Context, host component.Host) error {
	err := diskspace.Await(ctx, g.log, "mend a damaged storage file", func() error { return mend(g.dir, g.log) })
	if err != nil {
		return g.advised(err)
	}
	return g.Extension.Start(ctx, host) //nolint:wrapcheck // the extension's own
}

// advised says what to do about a folder that may not be written to, and about a file that another process has.
func (g *guarded) advised(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("a file in %s is in use by another process, as a second Collector on the same directory: %w", g.dir, err)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: let the user that the Collector runs as read and write %s and its files, or set another directory", err, g.dir)
	}
	return err
}

// GetClient implements storage.Extension. Opening a file writes to it; where the disk is full that is
// waited for.
func (g *guarded) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (c storage.Client, err error) {
	err = diskspace.Await(ctx, g.log, "open the storage of "+id.String(), func() (err error) {
		filled := filledFiles(g.dir)
		if c, err = g.open(ctx, kind, id, name); spool.IsNoSpace(err) {
			removeBegun(g.dir, filled)
		}
		return err
	})
	return c, g.advised(err)
}

// open opens a file. What the look at it did not find becomes an error.
func (g *guarded) open(ctx context.Context, kind component.Kind, id component.ID, name string) (c storage.Client, err error) {
	base := fileName(kind, id, name)
	lock, err := g.lock(ctx, base)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			c = nil
			err = fmt.Errorf("open the storage of %s in %s: the database library fails with %v; move the file away to begin anew",
				id, g.dir, r)
		}
		if err != nil {
			err = errors.Join(err, lock.Close())
		}
	}()
	c, err = g.Extension.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err //nolint:wrapcheck // the extension's own
	}
	return g.watch(c, base, lock)
}
