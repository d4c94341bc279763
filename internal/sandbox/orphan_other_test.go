//go:build !linux

package sandbox

// beParent is for Linux.
func beParent() {}
