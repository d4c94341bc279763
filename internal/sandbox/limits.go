package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"
)

// Limits bound a child. Each field has to be set but FileSize.
type Limits struct {
	// Memory is the most writable memory that a child may have, in bytes.
	Memory int64 `json:"memory"`
	// CPU is the most processor time of one request, in all threads together.
	CPU time.Duration `json:"cpu"`
	// Time is the most time that one request may take, without that of calls.
	Time time.Duration `json:"time"`
	// Request is the longest message to the child, Answer the longest from it, in bytes.
	Request int64 `json:"request"`
	Answer  int64 `json:"answer"`
	// FileSize is the longest file that may be written, in bytes.
	FileSize int64 `json:"file_size"`
}

// Bounds of a child that are not to be set.
const (
	maxFiles = 64       // open at once
	maxStack = 64 << 20 // of one goroutine, in bytes
	maxProcs = 2        // processors used at once: one for the work, one for the garbage collector
)

// limitsVariable is the environment variable in which a child finds its limits.
const limitsVariable = "SANDBOX_LIMITS"

// environment is all of a child's environment. The collector's goal lies below the bound, so
// that it works hard before the bound ends the process.
func (l Limits) environment() ([]string, error) {
	said, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("write limits: %w", err)
	}
	return []string{
		limitsVariable + "=" + string(said),
		"GOMEMLIMIT=" + strconv.FormatInt(l.Memory/10*8, 10),
		"GOGC=50",
		"GOMAXPROCS=" + strconv.Itoa(maxProcs),
		"GOTRACEBACK=single",
	}, nil
}

// takeLimits puts the limits that the parent has set upon this process. It comes before any input is
// read.
func takeLimits() (Limits, error) {
	said := os.Getenv(limitsVariable)
	if said == "" {
		return Limits{}, fmt.Errorf("this command is of the program itself, which reads pages in it: %s is not set", limitsVariable)
	}
	var l Limits
	if err := json.Unmarshal([]byte(said), &l); err != nil {
		return Limits{}, fmt.Errorf("read %s: %w", limitsVariable, err)
	}
	debug.SetMaxStack(maxStack)
	if err := l.restrict(); err != nil {
		return Limits{}, fmt.Errorf("restrict this process: %w", err)
	}
	return l, nil
}
