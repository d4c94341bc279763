//go:build unix

package runprocessor

import (
	"os"
	"syscall"
)

// isPrivate reports whether dir is a folder, no link, of this user and closed to others.
func isPrivate(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Getuid()
}
