//go:build linux

package chaos

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
)

// tearing kills all processes at once, as a power failure does, and leaves of the files beside the
// queue's database what that leaves: the last write to the log cut or never made whole, the index
// of the log gone or of another time. Of what was confirmed nothing is lost by it.
type tearing struct {
	world *World
	n     int
}

func (f *tearing) start() {
	for _, p := range f.world.Procs {
		p.busy.Lock()
		defer p.busy.Unlock()
		if p.alive() {
			p.Kill()
			f.world.count("kills of "+p.kind, 1)
		}
	}
	r := rand.New(rand.NewPCG(uint64(f.n), 5)) //nolint:gosec // a seed, not a secret
	junk := make([]byte, 1+r.IntN(3*4096))
	for i := range junk {
		junk[i] = byte(r.Uint32())
	}
	log, index := f.world.Database+"-wal", f.world.Database+"-shm"
	var err error
	switch f.n % 3 {
	case 0:
		err = appendTo(log, junk)
	case 1:
		err = os.Remove(index)
	case 2:
		if err = appendTo(log, junk); err == nil {
			err = os.WriteFile(index, junk, 0o600)
		}
	}
	if err != nil {
		f.world.count("faults left out: nothing to tear", 1)
		if !errors.Is(err, fs.ErrNotExist) {
			f.world.t.Logf("tear the queue's files: %v", err) // the disk is full perhaps
		}
	}
	for _, p := range f.world.Procs {
		p.Launch()
	}
}

func (f *tearing) stop() {}

// appendTo adds bytes to a file that is there.
func appendTo(name string, more []byte) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(more)
	return errors.Join(err, file.Close())
}
