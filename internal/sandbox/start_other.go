//go:build !linux

package sandbox

import "syscall"

// attributes are the system's own.
func attributes() *syscall.SysProcAttr { return nil }

// keepDescriptors does nothing: what Go opens is kept from children by the system.
func keepDescriptors() {}
