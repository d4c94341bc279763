//go:build unix

package spool

import "syscall"

// noFollow has open(2) refuse a symbolic link, and wait for no other end of a pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
