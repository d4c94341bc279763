package filestorageextension

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var exporter = component.MustNewIDWithName("mlflow", "")

const file = "exporter_mlflow__journal"

// start starts the extension on a directory, opens the one file in it, and gives the log.
func start(t *testing.T, dir string) (storage.Client, *observer.ObservedLogs, func()) {
	t.Helper()
	f := NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.CreateDirectory, cfg.FSync = dir, true, false
	cfg.Compaction.Directory, cfg.Compaction.OnStart = dir, true
	set := extensiontest.NewNopSettings(f.Type())
	core, logs := observer.New(zap.WarnLevel)
	set.Logger = zap.New(core)
	ext, err := f.Create(t.Context(), set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	c, err := ext.(storage.Extension).GetClient(t.Context(), component.KindExporter, exporter, "journal")
	if err != nil {
		t.Fatal(err)
	}
	stop := func() {
		if err := errors.Join(c.Close(context.Background()), ext.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	}
	return c, logs, stop
}

func key(i int) string {
	return "p" + string(binary.BigEndian.AppendUint64(nil, uint64(i))) //nolint:gosec // small
}

func value(i int) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("value %06d ", i)), 10+i%200)
}

const entries = 300

// stored gives a file with entries, and what is left of others, as it is on disk.
func stored(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	c, _, stop := start(t, dir)
	for i := 0; i < entries; i += 10 {
		var ops []*storage.Operation
		for k := i; k < i+10; k++ {
			ops = append(ops, storage.SetOperation(key(k), value(k)), storage.SetOperation(key(1000+k), value(k)))
		}
		if err := c.Batch(t.Context(), ops...); err != nil {
			t.Fatal(err)
		}
	}
	for k := range entries {
		if err := c.Delete(t.Context(), key(1000+k)); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found counts the entries that are there as they were written.
func found(t *testing.T, c storage.Client) (n int) {
	t.Helper()
	for i := range entries {
		v, err := c.Get(t.Context(), key(i))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(v, value(i)) {
			n++
		}
	}
	return n
}

func TestWhateverHappensToAFileTheCollectorStarts(t *testing.T) {
	sound := stored(t)
	const page = 4096
	if os.Getpagesize() != page {
		t.Skip("the damage is written for pages of 4 KiB")
	}
	zero := func(b []byte, from, to int) []byte { clear(b[from:to]); return b }
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		least  int // entries that are read back
	}{
		"both metas":                   {func(b []byte) []byte { return zero(b, 0, 2*page) }, entries},
		"one bit in both metas":        {func(b []byte) []byte { b[40] ^= 1; b[page+40] ^= 1; return b }, entries},
		"one bit of the bucket's name": {func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("default"), []byte("ddfault")) }, entries},
		"a text file in its place":     {func([]byte) []byte { return []byte(strings.Repeat("some notes\n", 1000)) }, 0},
		"a short text in its place":    {func([]byte) []byte { return []byte("x") }, 0},
		"cut off in the middle":        {func(b []byte) []byte { return b[:len(b)/2/page*page] }, entries / 8},
		"cut off within a page":        {func(b []byte) []byte { return b[:len(b)/2+77] }, entries / 8},
		"cut off behind the metas":     {func(b []byte) []byte { return b[:2*page] }, 0},
		"ten pages of zeros":           {func(b []byte) []byte { return zero(b, 10*page, 20*page) }, entries / 4},
		"wrong kind of page":           {func(b []byte) []byte { flip(b, page, func(p []byte) { p[8] ^= 0x20 }); return b }, 0},
		"numbers of elements changed":  {func(b []byte) []byte { flip(b, page, func(p []byte) { p[11] ^= 0x40 }); return b }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, file)
			bad := c.damage(bytes.Clone(sound))
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			client, logs, stop := start(t, dir)
			defer stop()
			if n := found(t, client); n < c.least {
				t.Errorf("%d of %d entries are read back, want %d", n, entries, c.least)
			}
			if err := client.Set(t.Context(), "new", []byte("v")); err != nil {
				t.Error(err)
			}
			said := logs.FilterMessageSnippet("damaged").FilterLevelExact(zap.ErrorLevel).All()
			kept, err := filepath.Glob(path + damagedInfix + "*")
			if err != nil || len(kept) != 1 || len(said) != 1 {
				t.Fatalf("kept %v, said %v, %v", kept, said, err)
			}
			if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, bad) {
				t.Errorf("the damaged file is not what it was: %v", err)
			}
		})
	}
}

// TestWhatIsNoFileIsPutAside: a directory is what Docker makes of a file that it is to mount and that is not there.
func TestWhatIsNoFileIsPutAside(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a directory":            func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o700) },
		"a link that leads away": func(path string) error { return os.Symlink(filepath.Join(t.TempDir(), "gone", "x"), path) },
		"a link to a directory":  func(path string) error { return os.Symlink(t.TempDir(), path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, file)
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			client, logs, stop := start(t, dir)
			defer stop()
			if err := client.Set(t.Context(), "new", []byte("v")); err != nil {
				t.Error(err)
			}
			kept, err := filepath.Glob(path + damagedInfix + "*")
			if said := logs.FilterLevelExact(zap.ErrorLevel).Len(); err != nil || len(kept) != 1 || said != 1 {
				t.Errorf("kept %v, %d errors in the log, %v", kept, said, err)
			}
		})
	}
}

// TestALinkThatMayNotBeFollowedStays: the file that it leads to may be a sound one.
func TestALinkThatMayNotBeFollowedStays(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may follow every link")
	}
	dir, closed := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, file)
	if err := errors.Join(os.Symlink(filepath.Join(closed, "x"), path), os.Chmod(closed, 0)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	if err := mend(dir, zap.NewNop()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestADamagedFileBehindALinkIsMended(t *testing.T) {
	bad := stored(t)
	clear(bad[:2*os.Getpagesize()])
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.WriteFile(other, bad, 0o600), os.Symlink(other, filepath.Join(dir, file))); err != nil {
		t.Fatal(err)
	}
	client, _, stop := start(t, dir)
	defer stop()
	if n := found(t, client); n != entries {
		t.Errorf("%d of %d entries are read back", n, entries)
	}
}

// flip changes each page of a tree.
func flip(b []byte, page int, change func([]byte)) {
	for at := 2 * page; at < len(b); at += page {
		change(b[at:])
	}
}

// TestRandomDamage: what the look at the file lets pass, the library opens, and reads.
func TestRandomDamage(t *testing.T) {
	sound := stored(t)
	rounds := 30
	if testing.Short() {
		rounds = 8
	}
	for seed := range uint64(rounds) { //nolint:gosec // small
		r := rand.New(rand.NewPCG(seed, 1))
		b := bytes.Clone(sound)
		for range 1 + r.IntN(30) {
			at := r.IntN(len(b))
			if r.IntN(2) == 0 { // where it hurts: heads of pages
				at = at/4096*4096 + r.IntN(64)
			}
			b[min(at, len(b)-1)] ^= byte(1 << r.IntN(8))
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
			t.Fatal(err)
		}
		client, _, stop := start(t, dir)
		n := found(t, client)
		if err := client.(storage.Walker).Walk(t.Context(), func(string, []byte) ([]*storage.Operation, error) { return nil, nil }); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if err := client.Set(t.Context(), "new", []byte("v")); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if n == 0 {
			t.Errorf("seed %d: nothing is read back", seed)
		}
		stop()
	}
}

func TestASoundFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for name, body := range map[string][]byte{
		file: stored(t), "README.md": []byte("not ours"), "exporter_x_" + damagedInfix + "1": []byte("kept"), "tempdb1": []byte("x"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	client, logs, stop := start(t, dir)
	defer stop()
	if n := found(t, client); n != entries || logs.Len() != 0 {
		t.Errorf("%d entries, log %v", n, logs.All())
	}
	if v, err := client.Get(t.Context(), key(1000)); err != nil || v != nil {
		t.Errorf("a deleted entry is back: %q, %v", v, err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 5 { // with the lock
		t.Errorf("files %v", list)
	}
}

func TestAFileInUseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	_, _, stop := start(t, dir)
	defer stop()
	core, logs := observer.New(zap.DebugLevel)
	if err := mend(dir, zap.New(core)); err != nil || logs.Len() != 0 {
		t.Errorf("%v, %v", err, logs.All())
	}
}

func TestAFileOfAnotherProcessIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	_, _, stop := start(t, dir)
	defer stop()
	f := NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.Timeout = dir, time.Millisecond
	ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ext.(storage.Extension).GetClient(t.Context(), component.KindExporter, exporter, "journal")
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
}

func TestOldDamagedFilesGo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, file)
	for i := range 2 + maxDamaged {
		if err := os.WriteFile(path, fmt.Appendf(nil, "text %d", i), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, stop := start(t, dir)
		stop()
	}
	if kept, _ := filepath.Glob(path + damagedInfix + "*"); len(kept) != maxDamaged {
		t.Errorf("kept %v", kept)
	}
}

// A process that ends while it mends leaves the damaged file, or what was read back of it.
func TestMendingGoesOnWhereItEnded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file+salvagedSuffix), stored(t), 0o600); err != nil {
		t.Fatal(err)
	}
	client, _, stop := start(t, dir)
	defer stop()
	if n := found(t, client); n != entries {
		t.Errorf("%d entries", n)
	}
}
