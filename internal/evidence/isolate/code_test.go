//go:build unix

package isolate

import (
	"os"
	"path/filepath"
	"testing"
)

// Each process that could not use the data folder, and was killed, left 21 MB among the temporary files.
func TestTheTemporaryFolderIsOneAndNobodyElses(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	first, err := temporaryFolder()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := temporaryFolder(); err != nil || second != first || filepath.Dir(first) != tmp {
		t.Errorf("%s, then %s, %v", first, second, err)
	}
	for name, put := range map[string]func() error{
		"a file": func() error { return os.WriteFile(first, nil, 0o600) },
		"a link": func() error { return os.Symlink(t.TempDir(), first) },
		"open to others": func() error {
			if err := os.Mkdir(first, 0o700); err != nil {
				return err
			}
			return os.Chmod(first, 0o777)
		},
		"another's": func() error {
			if err := os.Mkdir(first, 0o700); err != nil {
				return err
			}
			return os.Chown(first, 65534, -1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "another's" && os.Getuid() != 0 {
				t.Skip("only root can make it")
			}
			if err := os.RemoveAll(first); err != nil {
				t.Fatal(err)
			}
			if err := put(); err != nil {
				t.Fatal(err)
			}
			if dir, err := temporaryFolder(); err == nil {
				t.Errorf("%s is used", dir)
			}
		})
	}
}
