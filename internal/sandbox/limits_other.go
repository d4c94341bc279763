//go:build !unix

package sandbox

import "time"

// restrict does nothing: there are no such limits.
func (Limits) restrict() error { return nil }

// allowCPU does nothing.
func (Limits) allowCPU() error { return nil }

// UsedCPU is always 0: nothing bounds the processor time here.
func UsedCPU() time.Duration { return 0 }
