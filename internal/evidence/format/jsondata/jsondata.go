// Package jsondata reads JSON that no adapter knows: its names and values as lines. In goes a
// body that is JSON; out come up to 400 lines such as "owner.name: Ann", in the order of the
// names, so that the same data gives the same text, or an error that says what an interface
// has refused.
package jsondata

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Bounds of what is written of a document.
const (
	maxLines = 400
	maxDepth = 8
	maxList  = 50        // entries of one list
	maxValue = 2000      // bytes of one value
	maxHTML  = 256 << 10 // bytes of one value as it is written
)

// Read fills ev from body, which came from at. JSON that says nothing but that
// something went wrong is an error.
func Read(body []byte, at *url.URL, ev *job.Evidence) error {
	var v any
	if err := source.DecodeJSON(body, &v); err != nil {
		return source.NotTheAPI(ev.URL, err)
	}
	if message := errorAnswer(v); message != "" {
		return source.NoSuch(ev, "the interface answers: "+message)
	}
	w := &writer{}
	w.write("", v, 0)
	ev.Text = strings.Join(w.lines, "\n")
	ev.Title = outline.First(field(v, "title"), field(v, "name"), field(v, "full_name"), field(v, "id"), source.Last(source.Segments(at)))
	ev.Description = field(v, "description")
	ev.MarkPartial("this is data for programs, not a page")
	return nil
}

// errorAnswer is the message of an object that says nothing but that something went wrong.
// Every field must be one that APIs use for errors. {"error": "not found"} is one, {"message":
// "hello", "text": "…"} is none. Keys are sorted so that the message is the same each time.
func errorAnswer(v any) string {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return ""
	}
	var said []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch k {
		case "error", "errors", "message", "reason", "detail", "code", "status", "statusCode",
			"error_description", "documentation_url", "ok", "response":
			w := &writer{}
			w.write("", m[k], 0)
			if k != "documentation_url" && k != "ok" {
				said = append(said, strings.Join(w.lines, ", "))
			}
		default:
			return ""
		}
	}
	if m["error"] == nil && m["errors"] == nil && m["message"] == nil && !strings.Contains(strings.ToLower(strings.Join(said, " ")), "error") {
		return ""
	}
	return text.Clip(strings.Join(said, ", "), 200)
}

// writer collects lines.
type writer struct{ lines []string }

// write writes leaf values as "path: value". Paths are as in jq: items[0].name. HTML in a
// value becomes text; null and empty strings say nothing and are left out.
func (w *writer) write(path string, v any, depth int) {
	if len(w.lines) >= maxLines || depth > maxDepth {
		return
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			w.write(strings.TrimPrefix(path+"."+k, "."), t[k], depth+1)
		}
	case []any:
		for i, e := range t {
			if i == maxList {
				break
			}
			w.write(fmt.Sprintf("%s[%d]", path, i), e, depth+1)
		}
	case string:
		if s := page.Fragment(text.Head(t, maxHTML)); s != "" {
			w.lines = append(w.lines, strings.TrimPrefix(path+": ", ": ")+text.Clip(text.OneLine(s), maxValue))
		}
	case float64, bool, json.Number:
		w.lines = append(w.lines, strings.TrimPrefix(path+": ", ": ")+fmt.Sprint(t))
	}
}

// field is the text of an object's field, on one line.
func field(v any, key string) string {
	if m, ok := v.(map[string]any); ok {
		if s, ok := m[key].(string); ok {
			return text.Clip(text.OneLine(page.Fragment(s)), 300)
		}
	}
	return ""
}

// Is reports whether body is JSON as a whole.
func Is(body []byte) bool {
	return json.Valid([]byte(strings.TrimPrefix(strings.TrimSpace(string(body)), "\ufeff")))
}
