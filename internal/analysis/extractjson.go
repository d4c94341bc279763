package analysis

import (
	"bytes"
	"encoding/json"
	"strings"
)

const (
	// maxAnswer bounds the text that is searched for JSON. An answer is a few
	// kilobytes; a runaway one is cut here.
	maxAnswer = 1 << 20
	// maxStarts bounds how many opening braces are tried, so that hostile
	// text costs no more than maxStarts passes.
	maxStarts = 64
)

// ExtractJSON finds the JSON object that a model wrote into its answer,
// whatever it wrote around it: prose, a fence, reasoning between think tags.
// Of several objects the one with most of the keys wants wins, then the
// longest, then the first. ok is false when there is none.
func ExtractJSON(text string, wants ...string) (object []byte, ok bool) {
	if len(text) > maxAnswer {
		text = text[:maxAnswer]
	}
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		if object, ok = bestObject(text[i+len("</think>"):], wants); ok {
			return object, true
		}
	}
	return bestObject(text, wants)
}

func bestObject(text string, wants []string) (best []byte, ok bool) {
	bestKeys := -1
	for range maxStarts {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		text = text[i:]
		var raw json.RawMessage
		dec := json.NewDecoder(strings.NewReader(text))
		if dec.Decode(&raw) != nil {
			text = text[1:]
			continue
		}
		text = text[dec.InputOffset():]
		if n := countKeys(raw, wants); n > bestKeys || n == bestKeys && len(raw) > len(best) {
			best, bestKeys = raw, n
		}
	}
	return bytes.TrimSpace(best), best != nil
}

func countKeys(object []byte, wants []string) int {
	var m map[string]json.RawMessage
	if json.Unmarshal(object, &m) != nil {
		return 0
	}
	n := 0
	for _, w := range wants {
		if _, ok := m[w]; ok {
			n++
		}
	}
	return n
}
