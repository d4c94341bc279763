package sandbox

import "syscall"

// attributes let the child die with the thread that starts it, see [Pool.keep].
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
