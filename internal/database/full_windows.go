package database

import "golang.org/x/sys/windows"

// diskFull are the errors of a disk, or of the user's share of it, that is full.
var diskFull = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
