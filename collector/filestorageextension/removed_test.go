package filestorageextension

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// TestAFileThatIsRemovedWhileItIsInUseIsWrittenAnew: what was said to be stored would be gone with the process.
func TestAFileThatIsRemovedWhileItIsInUseIsWrittenAnew(t *testing.T) {
	for name, then := range map[string]func(*testing.T, storage.Client){
		"by the next write": func(t *testing.T, c storage.Client) {
			if err := c.Batch(t.Context(), storage.SetOperation("new", []byte("v"))); err != nil {
				t.Error(err)
			}
		},
		"at the end": func(*testing.T, storage.Client) {},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "storage")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			client, logs, stop := start(t, dir)
			for i := range entries {
				if err := client.Set(t.Context(), key(i), value(i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.RemoveAll(dir); err != nil { // Windows would not
				t.Skip(err)
			}
			then(t, client)
			stop()
			if n := logs.FilterLevelExact(zap.ErrorLevel).FilterMessageSnippet("removed").Len(); n != 1 {
				t.Errorf("it is said %d times", n)
			}
			if info, err := os.Stat(dir); err != nil {
				t.Error(err)
			} else if perm := info.Mode().Perm(); perm != 0o700 {
				t.Errorf("the folder has the permissions %v", perm)
			}
			client, _, stop = start(t, dir)
			defer stop()
			if n := found(t, client); n != entries {
				t.Errorf("%d of %d entries are there", n, entries)
			}
		})
	}
}

// TestAFileThatIsReplacedWhileItIsInUseIsWrittenAnew: what came in its place is kept, since somebody may have meant it.
func TestAFileThatIsReplacedWhileItIsInUseIsWrittenAnew(t *testing.T) {
	other := stored(t)
	for name, replace := range map[string]func(t *testing.T, path string) error{
		"by a storage file": func(t *testing.T, path string) error {
			if err := os.WriteFile(path+".new", other, 0o600); err != nil {
				t.Fatal(err)
			}
			return os.Rename(path+".new", path)
		},
		"by a folder": func(_ *testing.T, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c, logs, stop := start(t, dir)
			for i := range entries {
				if err := c.Set(t.Context(), key(i), value(i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := replace(t, filepath.Join(dir, file)); err != nil { // Windows would not
				t.Skip(err)
			}
			for range 2 {
				if err := c.Set(t.Context(), key(entries), value(entries)); err != nil {
					t.Fatal(err)
				}
			}
			stop()
			if n := logs.FilterLevelExact(zap.ErrorLevel).FilterMessageSnippet("replaced").Len(); n != 1 {
				t.Errorf("it is said %d times", n)
			}
			if list, _ := filepath.Glob(filepath.Join(dir, file+damagedInfix+"*")); len(list) != 1 {
				t.Errorf("kept are %v", list)
			}
			c, _, stop = start(t, dir)
			defer stop()
			if v, err := c.Get(t.Context(), key(entries)); found(t, c) != entries || err != nil || !bytes.Equal(v, value(entries)) {
				t.Errorf("%d of %d entries are there, and of the last %d bytes: %v", found(t, c), entries, len(v), err)
			}
		})
	}
}

func TestACompactionDoesNotReplaceAFile(t *testing.T) {
	dir := t.TempDir()
	c, logs, stop := start(t, dir)
	defer stop()
	for i := range 3 {
		if err := errors.Join(c.(*watched).Compact(dir, time.Second, 0), c.Set(t.Context(), key(i), value(i))); err != nil {
			t.Fatal(err)
		}
	}
	if logs.Len() != 0 {
		t.Error(logs.All())
	}
}

// TestASecondCollectorDoesNotGetAFileThatIsWrittenAnew: the database library lets go of the old file then, for which the second one
// waits; that file has no name any more.
func TestASecondCollectorDoesNotGetAFileThatIsWrittenAnew(t *testing.T) {
	dir := t.TempDir()
	first, _, stop := start(t, dir)
	defer stop()
	f := NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.Timeout = dir, 300*time.Millisecond
	ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		c, err := ext.(storage.Extension).GetClient(t.Context(), component.KindExporter, exporter, "journal")
		if err == nil {
			err = errors.Join(c.Close(t.Context()), errors.New("it has one"))
		}
		second <- err
	}()
	for {
		select {
		case err := <-second:
			if !strings.Contains(err.Error(), "another process") {
				t.Error(err)
			}
			return
		default:
			if err := first.(*watched).Compact(dir, time.Second, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestNothingIsStoredInAFileThatIsRemovedForGood(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "storage")
	client, _, stop := start(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // no folder can be made
		t.Fatal(err)
	}
	if err := client.Set(t.Context(), "new", []byte("v")); err == nil {
		t.Error("it says that it is stored")
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := client.Set(t.Context(), "new", []byte("v")); err != nil {
		t.Error(err)
	}
	stop()
}

// TestAFileThatIsReplacedWhileManyStoreIsWrittenAnew: each of them looks at what came in its place, and locks it for that.
func TestAFileThatIsReplacedWhileManyStoreIsWrittenAnew(t *testing.T) {
	dir := t.TempDir()
	c, _, stop := start(t, dir)
	defer stop()
	path := filepath.Join(dir, file)
	stat := func() os.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	for range 50 {
		if err := errors.Join(os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path)); err != nil { // Windows would not
			t.Skip(err)
		}
		other, begin := stat(), make(chan struct{})
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				<-begin
				if err := c.(*watched).restore(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
		if os.SameFile(other, stat()) {
			t.Fatal("the other file is taken for its own")
		}
	}
}

// TestAClientThatIsClosedLeavesItsFileAlone: whoever opened it next has written it anew.
func TestAClientThatIsClosedLeavesItsFileAlone(t *testing.T) {
	dir := t.TempDir()
	c, _, _ := start(t, dir)
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next, _, stop := start(t, dir)
	if err := next.Set(t.Context(), key(0), value(0)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := c.Set(t.Context(), key(1), value(1)); err == nil {
		t.Error("it says that it is stored")
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if list, _ := filepath.Glob(filepath.Join(dir, file+damagedInfix+"*")); len(list) != 0 {
		t.Errorf("put aside are %v", list)
	}
}

// TestNothingIsStoredBesideAnotherCollectorOnANewFolder: it has its own lock there, and its file is under the name.
func TestNothingIsStoredBesideAnotherCollectorOnANewFolder(t *testing.T) {
	dir := t.TempDir()
	c, _, _ := start(t, dir)
	if err := os.RemoveAll(dir); err != nil { // Windows would not
		t.Skip(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, stop := start(t, dir)
	if err := c.Set(t.Context(), "new", []byte("v")); err == nil {
		t.Error("it says that it is stored")
	}
	stop()
	if err := errors.Join(c.Set(t.Context(), "new", []byte("v")), c.Close(t.Context())); err != nil {
		t.Errorf("once it is gone: %v", err)
	}
	c, _, stop = start(t, dir)
	defer stop()
	if v, err := c.Get(t.Context(), "new"); string(v) != "v" {
		t.Errorf("there is %q, %v", v, err)
	}
}

// TestALockThatIsRemovedIsMadeAgain: those who clean up folders for temporary files take what nobody writes to.
func TestALockThatIsRemovedIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	c, _, stop := start(t, dir)
	defer stop()
	if err := os.Remove(lockName(dir, file)); err != nil { // Windows would not
		t.Skip(err)
	}
	if err := errors.Join(c.(*watched).Compact(dir, time.Second, 0), c.Set(t.Context(), key(0), value(0))); err != nil {
		t.Fatal(err)
	}
	if lock, err := unused(filepath.Join(dir, file)); lock != nil || err != nil {
		t.Errorf("it can be locked: %v, %v", lock, err)
	}
}
