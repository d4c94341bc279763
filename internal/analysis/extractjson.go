package analysis

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
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
// Without wants the longest object wins.
func ExtractJSON(text string, wants ...string) (object []byte, ok bool) {
	if len(text) > maxAnswer {
		text = text[:maxAnswer]
	}
	// Reasoning often holds drafts of the object. What follows it is preferred;
	// a model that forgot to write anything there is read as a whole.
	if rest := afterThinking(text); len(rest) < len(text) {
		if object, ok = bestObject(rest, wants); ok {
			return object, true
		}
	}
	return bestObject(text, wants)
}

// thoughtEnd matches what stands between a model's thoughts and its answer where
// the server has not parted them: of most models, of Mistral, Moonshot, Cohere,
// and of OpenAI's open weights and Google's Gemma 4, which have channels.
var thoughtEnd = lazyregexp.New(`(?i)</(seed:)?(think(ing)?|thoughts?|reasoning)>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|` +
	`<\|channel\|>final\b[^<{]*<\|message\|>|<channel\|>`)

// afterThinking is what a model wrote after its thoughts, which may hold
// drafts; the whole text where nothing follows them.
func afterThinking(s string) string {
	ends := thoughtEnd.FindAllStringIndex(s, -1)
	for i := len(ends) - 1; i >= 0; i-- {
		if rest := s[ends[i][1]:]; strings.TrimSpace(rest) != "" {
			return rest
		}
	}
	return s
}

// bestObject tries each opening brace that is not within an object found
// before. An object inside of a broken one is thus found, one inside of a whole
// one is not.
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
		// No object begins at this brace; try the one behind it.
		if dec.Decode(&raw) != nil {
			text = text[1:]
			continue
		}
		// The decoder stops behind the object; go on there.
		text = text[dec.InputOffset():]
		if n := countKeys(raw, wants); n > bestKeys || n == bestKeys && len(raw) > len(best) {
			best, bestKeys = raw, n
		}
	}
	return bytes.TrimSpace(best), best != nil
}

// countKeys returns how many of wants are keys of object, at its top level.
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
