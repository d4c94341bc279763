package spool

import "golang.org/x/sys/windows"

func isNoSpace(err error) bool {
	return errno(err, windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// syncDir does nothing: Windows cannot flush a folder.
func syncDir(string) error { return nil }

// isOtherDisk reports whether a file was not renamed for it would have to be copied.
func isOtherDisk(err error) bool { return errno(err, windows.ERROR_NOT_SAME_DEVICE) }
