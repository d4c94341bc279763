package filestorageextension

import (
	"os"
	"path/filepath"
	"testing"

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
