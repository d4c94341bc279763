//go:build !linux

package spool

import "testing"

func smallFileSystem(t *testing.T) string {
	t.Skip("needs a small file system, which this test can make on Linux only")
	return ""
}
