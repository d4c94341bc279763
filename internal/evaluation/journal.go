package evaluation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/eval"
)

// maxJournalAge is how long a journal is kept of an evaluation that nobody goes on with.
const maxJournalAge = 30 * 24 * time.Hour

const journalSuffix = ".jsonl"

// openJournals gives the path of a variant's journal, makes its folder, and deletes what is too old
// there. Whatever makes the evaluation what it is, is in its name: the same command finds it
// again, and another one does not.
func openJournals(folder, origin, dataset, datasetID string, v Variant, trials int, scorers []scorer) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make folder of journals: %w", err)
	}
	if err := forgetOld(folder, time.Now().Add(-maxJournalAge)); err != nil {
		return "", fmt.Errorf("delete old journals: %w", err)
	}
	h := sha256.New()
	say := func(text string) { fmt.Fprintf(h, "%d:%s,", len(text), text) }
	for _, text := range []string{origin, dataset, datasetID, v.Prompt.Name, v.Prompt.Version, fmt.Sprint(trials)} {
		say(text)
	}
	params := v.params()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		say(name)
		say(params[name])
	}
	for _, s := range scorers {
		say(s.Name)
		say(s.Model)
	}
	return filepath.Join(folder, hex.EncodeToString(h.Sum(nil))[:32]+journalSuffix), nil
}

// forgetOld deletes journals that nobody has written since.
func forgetOld(folder string, since time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), journalSuffix)
		if !ok {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(since) {
			continue
		}
		if err == nil {
			err = eval.RemoveJournal(filepath.Join(folder, name+journalSuffix))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Forget deletes the journals of outcomes that are complete, so that the same command begins
// anew. It is called when everything that follows of them is done.
func Forget(outcomes []Outcome) error {
	for _, o := range outcomes {
		if !o.Complete() {
			return nil // the same command goes on with all of them
		}
	}
	for _, o := range outcomes {
		if o.journal == "" {
			continue
		}
		if err := eval.RemoveJournal(o.journal); err != nil {
			return err
		}
	}
	return nil
}
