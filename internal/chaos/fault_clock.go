//go:build linux

package chaos

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// clockVariable names a file of eight bytes: the seconds by which the clock of a
// process that was built by [BuildShifted] is off, in the machine's byte order.
const clockVariable = "COMMENTATOR_CHAOS_CLOCK"

// clock is the file of a world's processes, mapped so that a jump is seen at once.
type clock struct {
	path string
	file []byte
}

func newClock(path string) (*clock, error) {
	if err := os.WriteFile(path, make([]byte, 8), 0o600); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := syscall.Mmap(int(f.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	return &clock{path, m}, err
}

func (c *clock) set(by time.Duration) {
	binary.NativeEndian.PutUint64(c.file, uint64(int64(by/time.Second))) //nolint:gosec // two's complement
}

func (c *clock) close() { _ = syscall.Munmap(c.file) }

// shifting has the clock of all processes jump, and jump back.
type shifting struct {
	world *World
	n     int
}

var shifts = []time.Duration{5 * time.Hour, -3 * time.Hour, 30 * time.Minute, -10 * time.Minute, 400 * 24 * time.Hour}

func (f *shifting) start() { f.world.clock.set(shifts[f.n%len(shifts)]) }
func (f *shifting) stop()  { f.world.clock.set(0) }

// shiftedNow is what the program's time package is given for a clock.
const shiftedNow = `package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

var clockShift = mapClockShift()

func mapClockShift() *atomic.Int64 {
	still := new(atomic.Int64)
	name, ok := syscall.Getenv("` + clockVariable + `")
	if !ok {
		return still
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return still
	}
	defer syscall.Close(fd)
	m, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return still
	}
	return (*atomic.Int64)(unsafe.Pointer(unsafe.SliceData(m)))
}

func shiftedNow() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = runtimeNow()
	if clockShift != nil {
		sec += clockShift.Load()
	}
	return sec, nsec, mono
}
`

// BuildShifted builds the program, a package of the module in the folder module, with a
// wall clock that can be shifted while it runs: Go programs without cgo read the clock
// past every library, so the standard library's own time package is replaced (go build
// -overlay), which compiles everything anew, minutes the first time. Monotonic time, and
// with it timers, goes on as it is.
func BuildShifted(module, pkg, out string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the Go installation: %w", err)
	}
	std := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(std, "time.go"))
	if err != nil {
		return fmt.Errorf("read the time package: %w", err)
	}
	const call = "\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(source), call) != 1 {
		return fmt.Errorf("shift the clock: %s reads the clock in another way than the Go that this was written for", std)
	}
	// The same path each time: the build cache goes by what is in the files, but for
	// debug information.
	dir := filepath.Join(os.TempDir(), "commentator-chaos-clock")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	overlay := fmt.Sprintf(`{"Replace": {%q: %q, %q: %q}}`, filepath.Join(std, "time.go"), filepath.Join(dir, "time.go"),
		filepath.Join(std, "zz_shifted.go"), filepath.Join(dir, "shifted.go"))
	for name, body := range map[string]string{
		"time.go":    strings.Replace(string(source), call, strings.Replace(call, "runtimeNow", "shiftedNow", 1), 1),
		"shifted.go": shiftedNow, "overlay.json": overlay,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			return err
		}
	}
	return build(module, pkg, out, "-overlay", filepath.Join(dir, "overlay.json"))
}

// Build builds the program as users have it.
func Build(module, pkg, out string) error { return build(module, pkg, out) }

func build(module, pkg, out string, more ...string) error {
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", out}, more...), pkg)...)
	cmd.Dir, cmd.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}
	return nil
}
