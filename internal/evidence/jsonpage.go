package evidence

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

const (
	maxJSONLines = 400
	maxJSONDepth = 8
	maxJSONValue = 2000
)

// readJSON fills ev from JSON: an answer of an interface that an adapter knows,
// or else its names and values as lines.
func (r *Retriever) readJSON(body []byte, at *url.URL, ev *job.Evidence) error {
	for _, a := range r.adapters() {
		if a.read == nil {
			continue
		}
		known, err := a.read(at, body, ev)
		if known {
			if ev.AdapterName == genericName {
				ev.AdapterName = a.name
			}
			return err
		}
	}
	if known, err := r.oembedRead(at, body, ev); known {
		return err
	}
	var v any
	if err := decodeJSON(body, &v); err != nil {
		return notTheAPI(ev.URL, err)
	}
	if message := errorAnswer(v); message != "" {
		return noSuch(ev, "the interface answers: "+message)
	}
	w := &jsonWriter{}
	w.write("", v, 0)
	ev.Text = strings.Join(w.lines, "\n")
	ev.Title = first(jsonString(v, "title"), jsonString(v, "name"), jsonString(v, "full_name"), jsonString(v, "id"), lastOf(segments(at)))
	ev.Description = jsonString(v, "description")
	ev.MarkPartial("this is data for programs, not a page")
	return nil
}

// errorAnswer is the message of an object that says nothing but that something
// went wrong.
func errorAnswer(v any) string {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return ""
	}
	var said []string
	for _, k := range sortedKeys(m) {
		switch k {
		case "error", "errors", "message", "reason", "detail", "code", "status", "error_description", "documentation_url", "ok", "statusCode", "response":
			w := &jsonWriter{}
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
	return clip(strings.Join(said, ", "), 200)
}

type jsonWriter struct{ lines []string }

// write writes leaf values as "path: value".
func (w *jsonWriter) write(path string, v any, depth int) {
	if len(w.lines) >= maxJSONLines || depth > maxJSONDepth {
		return
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(t) {
			w.write(strings.TrimPrefix(path+"."+k, "."), t[k], depth+1)
		}
	case []any:
		for i, e := range t {
			if i == 50 {
				break
			}
			w.write(fmt.Sprintf("%s[%d]", path, i), e, depth+1)
		}
	case string:
		if s := page.Fragment(t); s != "" {
			w.lines = append(w.lines, strings.TrimPrefix(path+": ", ": ")+clip(oneLine(s), maxJSONValue))
		}
	case float64, bool, json.Number:
		w.lines = append(w.lines, strings.TrimPrefix(path+": ", ": ")+fmt.Sprint(t))
	}
}

func jsonString(v any, key string) string {
	if m, ok := v.(map[string]any); ok {
		if s, ok := m[key].(string); ok {
			return clip(oneLine(page.Fragment(s)), 300)
		}
	}
	return ""
}

// jsonLike says whether body is JSON as a whole.
func jsonLike(body []byte) bool {
	return json.Valid([]byte(strings.TrimPrefix(strings.TrimSpace(string(body)), "\ufeff")))
}
