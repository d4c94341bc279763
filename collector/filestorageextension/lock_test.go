package filestorageextension

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// TestAFileThatIsInUseIsLockedByItsName holds whatever the component is called: who starts beside it knows the name of the file only.
func TestAFileThatIsInUseIsLockedByItsName(t *testing.T) {
	for _, name := range []string{"", "a.b-c_D", "a/b", "ä~b", strings.Repeat("n", 210), strings.Repeat("ü/", 100)} {
		dir := t.TempDir()
		f := NewFactory()
		cfg := f.CreateDefaultConfig().(*filestorage.Config)
		cfg.Directory = dir
		ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), cfg)
		if err != nil {
			t.Fatal(err)
		}
		id := component.MustNewIDWithName("mlflow", name)
		c, err := ext.(storage.Extension).GetClient(t.Context(), component.KindExporter, id, "journal")
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		for _, e := range list {
			if !storageFile.MatchString(e.Name()) {
				continue
			}
			files++
			if lock, err := unused(filepath.Join(dir, e.Name())); lock != nil || err != nil {
				t.Errorf("%s: the file of %q can be locked: %v", e.Name(), id, err)
			}
		}
		if files != 1 {
			t.Errorf("%q has %d files", id, files)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
