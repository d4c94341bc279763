package filestorageextension

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// smallDisk is a directory on a disk of its own of 8 MiB.
type smallDisk struct{ dir string }

func newSmallDisk(t *testing.T) smallDisk {
	t.Helper()
	d := smallDisk{t.TempDir()}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a disk of its own cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.dir, syscall.MNT_DETACH) })
	return d
}

func (d smallDisk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill leaves that many bytes free.
func (d smallDisk) fill(t *testing.T, free int) {
	t.Helper()
	f, err := os.Create(d.ballast())
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	size := 0
	for err == nil {
		var n int
		n, err = f.Write(block)
		size += n
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(int64(max(size-free, 0))), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAStartOnAFullDiskWaitsForSpace(t *testing.T) {
	sound := stored(t)
	for name, c := range map[string]struct {
		folder string
		file   []byte // what is there already; nil: nothing
		free   int
		found  int
	}{
		"a file that is there":        {"", sound, 0, entries},
		"no file yet":                 {"", nil, 0, 0},
		"no file, and space for half": {"", nil, 8192, 0},
		"no file, and space for one":  {"", nil, 4096 * 4, 0},
		"a damaged file":              {"", append(bytes.Repeat([]byte{0xff}, 8192), sound[8192:]...), 0, entries},
		"no folder yet":               {"new", nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			disk := newSmallDisk(t)
			dir := filepath.Join(disk.dir, c.folder)
			path := filepath.Join(dir, file)
			if c.file != nil {
				if err := os.WriteFile(path, c.file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			disk.fill(t, c.free)
			waits := make(chan struct{}, 1)
			log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(nowhere{}), zap.DebugLevel),
				zap.Hooks(func(e zapcore.Entry) error {
					if e.Level == zap.ErrorLevel && bytes.Contains([]byte(e.Message), []byte("the disk is full; the start waits")) {
						waits <- struct{}{}
					}
					return nil
				}))
			started := make(chan error, 1)
			var client storage.Client
			var ext component.Component
			go func() { started <- open(t.Context(), dir, log, &ext, &client) }()
			select {
			case <-waits:
				if err := os.Remove(disk.ballast()); err != nil {
					t.Fatal(err)
				}
				if err := <-started; err != nil {
					t.Fatal(err)
				}
			case err := <-started: // what is stored can be read in what is free within the file
				if err != nil || name != "a file that is there" {
					t.Fatalf("did not wait: %v", err)
				}
			}
			defer func() {
				if err := errors.Join(client.Close(context.Background()), ext.Shutdown(context.Background())); err != nil {
					t.Error(err)
				}
			}()
			if n := found(t, client); n != c.found {
				t.Errorf("%d entries, want %d", n, c.found)
			}
			if err := os.Remove(disk.ballast()); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if err := client.Set(t.Context(), "new", []byte("v")); err != nil {
				t.Error(err)
			}
			if kept, _ := filepath.Glob(path + damagedInfix + "*"); (len(kept) > 0) != (name == "a damaged file") {
				t.Errorf("said to be damaged: %v", kept)
			}
		})
	}
}

func TestAFolderThatMayNotBeWrittenToIsSaid(t *testing.T) {
	sound := stored(t)
	for name, file := range map[string]string{"a file that is there": file, "no file": "README.md"} {
		disk := newSmallDisk(t)
		if err := os.WriteFile(filepath.Join(disk.dir, file), sound, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("", disk.dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Skipf("the disk cannot be made read-only: %v", err)
		}
		var client storage.Client
		var ext component.Component
		err := open(t.Context(), disk.dir, zap.NewNop(), &ext, &client)
		if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), disk.dir) || !strings.Contains(err.Error(), "let the user") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// open makes and starts the extension, and opens the one file, as a Collector does.
func open(ctx context.Context, dir string, log *zap.Logger, ext *component.Component, client *storage.Client) error {
	f := NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.CreateDirectory, cfg.FSync = dir, true, true
	cfg.Compaction.Directory, cfg.Compaction.OnStart = dir, true
	set := extensiontest.NewNopSettings(f.Type())
	set.Logger = log
	made, err := f.Create(ctx, set, cfg)
	if err != nil {
		return err
	}
	if err := made.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	*ext = made
	*client, err = made.(storage.Extension).GetClient(ctx, component.KindExporter, exporter, "journal")
	return err
}
