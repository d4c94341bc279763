//go:build !unix

package isolate

import "io/fs"

// ownAlone is true: each user has temporary files of their own.
func ownAlone(fs.FileInfo) bool { return true }
