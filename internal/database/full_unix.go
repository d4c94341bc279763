//go:build unix

package database

import "syscall"

// diskFull are the errors of a disk, or of the user's share of it, that is full.
var diskFull = []error{syscall.ENOSPC, syscall.EDQUOT}
