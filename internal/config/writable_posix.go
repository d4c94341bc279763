//go:build linux || darwin

package config

import "syscall"

// writable asks the kernel, which also knows of read-only file systems. The numbers are
// W_OK and X_OK of access(2).
func writable(dir string) bool { return syscall.Access(dir, 2|1) == nil }
