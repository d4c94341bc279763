//go:build linux

package chaos

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children are the processes that each has started, by /proc.
func children() map[int][]int {
	out := map[int][]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range files {
		text, _ := os.ReadFile(name) // none where it has ended meanwhile
		// The program's name stands in brackets and may hold any others; state and parent follow.
		rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(rest) < 2 {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parent, err2 := strconv.Atoi(rest[1])
		if err == nil && err2 == nil {
			out[parent] = append(out[parent], pid)
		}
	}
	return out
}

// tree is a process and all below it.
func tree(pid int) (out []int) {
	below := children()
	out = []int{pid}
	for i := 0; i < len(out); i++ {
		out = append(out, below[out[i]]...)
	}
	return out
}

// killAll is kill -9 for processes, and reports how many there were.
func killAll(pids []int) (n int) {
	for _, pid := range pids {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			n++
		}
	}
	return n
}

// serversAt are the processes below this one that were started with the port of an address as an
// argument, and all below those.
func serversAt(address string) (out []int) {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	for _, pid := range tree(os.Getpid())[1:] {
		args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if bytes.Contains(args, []byte("\x00--port\x00"+u.Port()+"\x00")) {
			return tree(pid)
		}
	}
	return nil
}
