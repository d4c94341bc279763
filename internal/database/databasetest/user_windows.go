package databasetest

import "syscall"

// unprivileged has nothing to do: Postgres gives up its own privileges on Windows.
func unprivileged(string) (*syscall.SysProcAttr, error) { return nil, nil }
