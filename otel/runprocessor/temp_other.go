//go:build !unix

package runprocessor

import "os"

// isPrivate reports whether dir is a folder and no link. The temporary folder of Windows
// is the user's own.
func isPrivate(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}
