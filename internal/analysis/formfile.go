package analysis

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/technoshare/commentator/internal/replace"
	"github.com/technoshare/commentator/otel/namedfile"
)

const (
	// maxForms bounds how many servers and models the file remembers. The
	// oldest give way.
	maxForms = 64
	// maxFormFile bounds what is read of it, in bytes: an entry has about 300.
	maxFormFile = 256 << 10
)

// formFile keeps learnt forms on disk, so that neither a restart nor each call
// of a command line meets the same refusals again. Processes share it without a
// lock: each write replaces the whole file, and where two write at once, what
// one has learnt is lost, which costs a refused call.
type formFile struct{ path string }

// formKey says what a form is of. Server is the base address without user,
// password and query.
type formKey struct {
	Server string `json:"server"`
	Model  string `json:"model"`
}

// formEntry is one entry of the file, which is a list of them, newest first.
type formEntry struct {
	formKey
	learntForm
}

// get returns the entry of key. What cannot be read is not there.
func (f *formFile) get(key formKey) (learntForm, bool) {
	for _, e := range f.read() {
		if e.formKey == key {
			return e.learntForm, true
		}
	}
	return learntForm{}, false
}

// put replaces the entry of key, or removes it for nil. The new file comes into
// place in one step.
func (f *formFile) put(key formKey, l *learntForm) error {
	entries := slices.DeleteFunc(f.read(), func(e formEntry) bool { return e.formKey == key })
	if l != nil {
		entries = slices.Insert(entries, 0, formEntry{key, *l})
	}
	data, err := json.MarshalIndent(entries[:min(len(entries), maxForms)], "", " ")
	if err == nil {
		err = replace.File(f.path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the form of requests: %w", err)
	}
	return nil
}

// read returns the entries of the file. One that is damaged, or was written by
// a later version, is passed over; so is a damaged file, which the next put
// replaces.
func (f *formFile) read() []formEntry {
	data, err := namedfile.Read(f.path, maxFormFile)
	if err != nil {
		return nil
	}
	var raw []json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		return nil
	}
	var entries []formEntry
	for _, r := range raw[:min(len(raw), maxForms)] {
		var e formEntry
		if json.Unmarshal(r, &e) == nil && e.Server != "" {
			entries = append(entries, e)
		}
	}
	return entries
}
