package analysis

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// maxWords bounds what is read of a server's complaint, in bytes. The first
	// words say what is wrong; chat templates are quoted behind them.
	maxWords = 8 << 10
	// maxComplaintDepth bounds how deep a complaint is nested: gateways put
	// that of their upstream into their own.
	maxComplaintDepth = 10
)

// unlist returns the body itself, or the only object of a list: Google's API
// answers errors as [{"error": {…}}].
func unlist(body []byte) gjson.Result {
	v := gjson.ParseBytes(body)
	if v.IsArray() {
		if first := v.Get("0"); first.IsObject() {
			return first
		}
	}
	return v
}

// complaintKeys are the fields under which servers say what is wrong, in lower
// case: of OpenAI, pydantic, Google, and of gateways that quote their upstream.
// All others are left out, since validation errors repeat the request, whose
// words would be taken for the server's.
var complaintKeys = map[string]bool{
	"error": true, "errors": true, "message": true, "msg": true, "detail": true, "details": true, "code": true, "type": true,
	"param": true, "loc": true, "status": true, "reason": true, "description": true, "raw": true, "metadata": true, "title": true,
	"innererror": true, "cause": true, "upstream_error": true, "error_type": true, "fieldviolations": true, "field": true, "internal": true,
}

// allWords is everything that a server says is wrong, at most maxWords bytes. A body that is no JSON is read as it is.
func allWords(body []byte) string {
	v := unlist(body)
	var b strings.Builder
	if !v.IsObject() && !v.IsArray() {
		b.Write(body[:min(len(body), maxWords)])
	} else {
		writeWords(&b, v, maxComplaintDepth)
	}
	return b.String()
}

func writeWords(b *strings.Builder, v gjson.Result, depth int) {
	if depth == 0 || b.Len() >= maxWords {
		return
	}
	switch {
	case v.IsObject():
		v.ForEach(func(k, x gjson.Result) bool {
			if complaintKeys[strings.ToLower(k.String())] {
				writeWords(b, x, depth-1)
			}
			return b.Len() < maxWords
		})
	case v.IsArray():
		v.ForEach(func(_, x gjson.Result) bool {
			writeWords(b, x, depth-1)
			return b.Len() < maxWords
		})
	case v.Type == gjson.String || v.Type == gjson.Number:
		s := v.String()
		// An upstream's answer, as text.
		if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") && json.Valid([]byte(t)) {
			writeWords(b, gjson.Parse(t), depth-1)
			return
		}
		b.WriteString(s[:min(len(s), maxWords-b.Len())])
		b.WriteByte(' ')
	}
}

// complaint is the server's own message, in the shapes that servers use.
// It tries the paths of OpenAI, of FastAPI ("detail", with a list where the
// request failed its validation), of Cloudflare ("errors") and of Ollama (a bare
// "error"). "" if there is none.
func complaint(body []byte) string {
	v := unlist(body)
	said := ""
	for _, path := range []string{
		"error.message", "message", "detail", "detail.0.msg", "detail.message", "detail.error", "errors.0.message",
		"error.0.message", "error.error", "error",
	} {
		if r := v.Get(path); r.Type == gjson.String && r.Str != "" {
			said = r.Str
			break
		}
	}
	// What a gateway quotes of its upstream says more than its own words.
	if raw := v.Get("error.metadata.raw"); raw.Type == gjson.String && raw.Str != "" {
		if inner := complaint([]byte(raw.Str)); inner != "" {
			return inner
		}
	}
	return said
}

// codeOf returns the server's code and type of the error, which some send as
// numbers.
func codeOf(body []byte) string {
	v := unlist(body)
	words := make([]string, 0, 2)
	for _, path := range []string{"error.code", "error.type", "code", "type"} {
		if r := v.Get(path); len(words) < 2 && (r.Type == gjson.String || r.Type == gjson.Number) && r.String() != "" {
			words = append(words, r.String())
		}
	}
	return strings.Join(words, " ")
}
