//go:build unix

package databasetest

import (
	"os"
	"syscall"
)

// unprivileged gives dir to the user that Postgres shall run as. Root may not
// run it; anybody else runs it as himself.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	uid, gid, err := lookup()
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, uid, gid)
}
