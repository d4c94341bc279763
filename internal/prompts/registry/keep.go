package registry

import (
	"encoding/json"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/replace"
	"github.com/technoshare/commentator/otel/namedfile"
)

// maxKept bounds what is read of the file, in bytes: all aliases, at their largest.
const maxKept = maxAliases * 4 * prompts.MaxText

// kept is the file. It belongs to one prompt of one server.
type kept struct {
	Server string                 `json:"server"`
	Name   string                 `json:"name"`
	Good   map[string]*job.Prompt `json:"good"`
}

// restore takes over what was kept. A file that is damaged, or of another server or prompt, is none;
// so is a prompt in it that could not work any more.
func (f *Follower) restore() {
	if f.cfg.File == "" {
		return
	}
	data, err := namedfile.Read(f.cfg.File, maxKept)
	var k kept
	if err != nil || json.Unmarshal(data, &k) != nil || k.Server != f.registry.client.URI() || k.Name != f.cfg.Main.Name {
		return
	}
	for alias, p := range k.Good {
		if alias == "" || p == nil || prompts.Check(p) != nil || f.cfg.Check(p) != nil || len(f.good) >= maxAliases {
			continue
		}
		f.good[alias] = p
	}
}

// keep writes the file anew, in one step. Processes share it without a lock: each writes what the
// registry has.
func (f *Follower) keep(good map[string]*job.Prompt) error {
	if f.cfg.File == "" {
		return nil
	}
	data, err := json.Marshal(kept{f.registry.client.URI(), f.cfg.Main.Name, good})
	if err != nil {
		return fmt.Errorf("encode the prompts in use: %w", err)
	}
	if err := replace.File(f.cfg.File, data); err != nil {
		return fmt.Errorf("keep the prompts in use: %w", err)
	}
	return nil
}
