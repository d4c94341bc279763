//go:build linux

package chaos

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// The layout of a file of the Collector's storage, which is a database of bbolt: pages, of which the
// first two are metas.
const (
	journalPage  = 4096
	journalMetas = 2
)

// journalDamages counts the damages of which a log has to tell.
const journalDamages = "damages of the journal"

// spoiling kills the Collector and damages the file in which it keeps what it has not delivered, as
// broken disks and people do. Where only the metas are gone, all is to be read back; of what is
// gone in other ways the Collector says so.
type spoiling struct {
	world *World
	n     int
}

func (f *spoiling) start() {
	p := f.world.Procs[0]
	p.busy.Lock()
	defer p.busy.Unlock()
	p.Kill()
	f.world.count("kills of "+p.kind, 1)
	defer p.Launch()
	all, _ := filepath.Glob(filepath.Join(p.data, "exporter_*"))
	for _, name := range all {
		if strings.Contains(filepath.Base(name), ".damaged-") {
			continue
		}
		if f.n%4 > 0 {
			f.world.restores.Lock() // MLflow answers
			f.world.risk()
			f.world.restores.Unlock()
		}
		if err := f.damage(name); err != nil {
			f.world.count("faults left out: the journal could not be damaged", 1)
		}
	}
}

func (f *spoiling) stop() {}

// damage harms a file. A page whose header has other bits may be one that nothing leads to, and what is
// cut off may hold nothing.
func (f *spoiling) damage(name string) error {
	r := rand.New(rand.NewPCG(uint64(f.n), 6)) //nolint:gosec // a seed, not a secret
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	pages := int(info.Size() / journalPage)
	if pages <= journalMetas {
		return errors.New("nothing is stored")
	}
	switch f.n % 4 {
	case 0:
		err = overwrite(name, 0, bytes.Repeat([]byte{0xff}, journalMetas*journalPage))
	case 1:
		return os.Truncate(name, int64(pages/2)*journalPage)
	case 2:
		page := journalMetas + r.IntN(pages-journalMetas)
		return overwrite(name, int64(page)*journalPage, []byte(randomHex(r, 8)))
	case 3:
		err = os.WriteFile(name, bytes.Repeat([]byte("This is no database.\n"), 1000), 0o600)
	}
	f.world.mu.Lock()
	counted := f.world.counts[journalDamages]
	f.world.mu.Unlock()
	// One before that was not seen yet, the Collector having been killed at its start, is one with this.
	if err == nil && f.world.saidDamaged() >= counted {
		f.world.count(journalDamages, 1)
	}
	return err
}

func overwrite(name string, at int64, with []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(with, at)
	return errors.Join(err, file.Close())
}
