//go:build unix

package mlflowtest

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the signal that ends the server from ending the test.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
