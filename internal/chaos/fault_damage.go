//go:build linux

package chaos

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// damaging puts files into a data folder as broken disks, backups and people do. It
// touches nothing that is waiting: what is lost then is not the program's fault.
type damaging struct {
	world *World
	n     int
}

func (f *damaging) start() {
	r := rand.New(rand.NewPCG(uint64(f.n), 4)) //nolint:gosec // a seed, not a secret
	data := f.world.Procs[f.n%len(f.world.Procs)].data
	outbox := filepath.Join(data, outboxFolder)
	id := fmt.Sprintf("%020d-%s-000001c", time.Now().Add(-time.Hour).UnixNano(), randomHex(r, 16))
	entry := filepath.Join(outbox, id+".otlp.gz")
	switch f.n / 8 % 8 {
	case 0:
		f.put(id, entry, nil)
	case 1:
		f.put(id, entry, []byte("this is no trace\n"))
	case 2: // cut in the middle
		whole := packed(bytes.Repeat([]byte(randomHex(r, 64)), 50))
		f.put(id, entry, whole[:len(whole)/2])
	case 3: // a bit that flipped
		whole := packed([]byte(randomHex(r, 2000)))
		whole[len(whole)/2] ^= 0x10
		f.put(id, entry, whole)
	case 4: // whole, and nothing that is a trace
		f.put(id, entry, packed([]byte(strings.Repeat("{", 1000))))
	case 5:
		f.put("", filepath.Join(outbox, "notes", id+".json"), []byte(`{"attempts": "many", "next": 17`))
	case 6:
		f.put("", filepath.Join(data, "model-forms.json"), []byte(randomHex(r, 300)))
	case 7:
		f.put("", filepath.Join(outbox, "requests", "retry-"+randomHex(r, 100)), []byte("{}"))
	}
}

func (f *damaging) stop() {}

// put writes a file; id is the entry of an outbox that it pretends to be. A folder that
// is not there yet, or a disk that is full, leaves nothing to damage.
func (f *damaging) put(id, path string, body []byte) {
	if id != "" {
		f.world.mu.Lock()
		f.world.damaged[id] = true
		f.world.mu.Unlock()
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		f.world.count("faults left out: a file could not be written", 1)
	}
}

func packed(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

func randomHex(r *rand.Rand, bytes int) string {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}
