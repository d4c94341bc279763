package resident

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmap drops the mapped pages of the program's file that were never written, see madvise(2).
func unmap() error {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range unwritten(string(maps), program) {
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, s.from, s.to-s.from, unix.MADV_DONTNEED); errno != 0 {
			errs = append(errs, errno)
		}
	}
	return errors.Join(errs...)
}

// segment is a range of addresses.
type segment struct{ from, to uintptr }

// unwritten are the segments of the file that cannot be written and never were, from what /proc/PID/smaps tells, see
// proc_pid_smaps(5). What cannot be written may have been before: a program that is built to be loaded anywhere
// (-buildmode=pie) has its addresses put into its constants at the start.
func unwritten(maps, file string) (found []segment) {
	candidate := false
	for line := range strings.Lines(maps) {
		line = strings.TrimSuffix(line, "\n")
		switch fields := strings.Fields(line); {
		case len(fields) == 0:
		case !strings.HasSuffix(fields[0], ":"):
			var s segment
			if s, candidate = segmentOf(line, file); candidate {
				found = append(found, s)
			}
		case candidate && (fields[0] == "Anonymous:" || fields[0] == "Swap:") && (len(fields) < 2 || fields[1] != "0"):
			found, candidate = found[:len(found)-1], false
		}
	}
	return found
}

// segmentOf is what the first line of an entry of /proc/PID/smaps tells of, where it is of the file and cannot be written.
func segmentOf(line, file string) (s segment, ok bool) {
	var access string
	if _, err := fmt.Sscanf(line, "%x-%x %s", &s.from, &s.to, &access); err != nil || s.from >= s.to {
		return segment{}, false
	}
	readOnly := strings.HasPrefix(access, "r-") && strings.HasSuffix(access, "p")
	return s, readOnly && strings.HasSuffix(line, " "+file)
}
