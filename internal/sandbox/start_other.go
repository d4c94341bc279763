//go:build !linux

package sandbox

import "syscall"

// attributes are the system's own.
func attributes() *syscall.SysProcAttr { return nil }
