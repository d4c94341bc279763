package prompts

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Canary is a prompt that a share of all jobs gets.
type Canary struct {
	Ref
	Share float64 // above 0, at most 1
}

// ParseCanary reads NAME@ALIAS:10% or NAME/VERSION:10%.
func ParseCanary(s string) (Canary, error) {
	name, share, found := strings.Cut(s, ":")
	ref, err := ParseRef(name)
	if err != nil {
		return Canary{}, err
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
	if !found || err != nil || !strings.HasSuffix(share, "%") || !(percent > 0 && percent <= 100) {
		return Canary{}, fmt.Errorf("%q names no share of the jobs: write it like %s:10%%, with more than 0 and at most 100", share, ref)
	}
	return Canary{Ref: ref, Share: percent / 100}, nil
}

// Takes reports whether a job is one of the canary's. It follows from the job's id alone, so that it is
// the same in each attempt and in each process.
func (c Canary) Takes(jobID string) bool {
	if c.Share <= 0 {
		return false
	}
	sum := sha256.Sum256([]byte("canary\x00" + jobID))
	return float64(binary.BigEndian.Uint64(sum[:8])) < c.Share*math.Exp2(64)
}
