package sandbox

import (
	"math"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes let the child die with the thread that starts it, see [Pool.keep].
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// keepDescriptors keeps from children what this process itself was started with, such as a lock or a file of
// secrets that a shell has open; what Go opens is kept from them anyway. Linux before 5.11 cannot.
func keepDescriptors() { _ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }
