package resident

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmap drops the mapped pages of the program's file that cannot be written, see madvise(2).
func unmap() error {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	var errs []error
	for line := range strings.Lines(string(maps)) {
		if from, to, ok := segment(line, program); ok {
			if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED); errno != 0 {
				errs = append(errs, errno)
			}
		}
	}
	return errors.Join(errs...)
}

// segment is the range of addresses that a line of /proc/PID/maps tells of, where it is of the file and
// cannot be written, see proc_pid_maps(5).
func segment(line, file string) (from, to uintptr, ok bool) {
	line = strings.TrimSuffix(line, "\n")
	var access string
	if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &access); err != nil || from >= to {
		return 0, 0, false
	}
	readOnly := strings.HasPrefix(access, "r-") && strings.HasSuffix(access, "p")
	return from, to, readOnly && strings.HasSuffix(line, " "+file)
}
