package filestorageextension

import (
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// filledFiles are the names of the storage files in a directory that have anything in them.
func filledFiles(dir string) map[string]bool {
	out := map[string]bool{}
	list, _ := os.ReadDir(dir) // what keeps it from being read keeps a file from being opened
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.Size() > 0 && storageFile.MatchString(e.Name()) {
			out[e.Name()] = true
		}
	}
	return out
}

// removeBegun removes the storage files that were begun since and are not whole, the disk being full: the database
// library takes what there is of one for a database, and ends the process. One that somebody has open stays.
func removeBegun(dir string, filled map[string]bool) {
	for name := range filledFiles(dir) {
		if filled[name] {
			continue
		}
		path := filepath.Join(dir, name)
		lock := flock.New(path, flock.SetFlag(os.O_RDWR))
		if ok, err := lock.TryLock(); err == nil && ok {
			_ = lock.Close() // Windows removes no open file
			_ = os.Remove(path)
		}
	}
}
