package analysis

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// maxWrapping bounds how many layers are taken off an answer.
const maxWrapping = 4

// shape writes a document in the shape of the result where it is certain what
// the model meant: the object wrapped in a key, a list or a string, or put into
// a copy of the schema; fields under names that differ in their spelling; one
// text in place of a list; items taken apart into name and description. What is
// not certain stays as it is, and breaks the schema. nil if the document holds
// none of the result's fields.
func shape(doc []byte) []byte {
	v, found := unwrap(gjson.ParseBytes(doc), maxWrapping)
	if found == 0 {
		return nil
	}
	out := make(map[string]json.RawMessage, len(fields))
	v.ForEach(func(k, x gjson.Result) bool {
		name := fieldOf(k.String())
		// A field under its own name counts before one that is spelt
		// otherwise; else the first does.
		if _, taken := out[name]; name != "" && (!taken || k.String() == name) {
			out[name] = shapeField(name, bare(x))
		}
		return true
	})
	// Empty is what the schema asks for when nothing is comparable.
	if s, ok := out["similar_tech"]; !ok && len(out) == len(fields)-1 || string(s) == "null" {
		out["similar_tech"] = json.RawMessage("[]")
	}
	shaped, err := json.Marshal(out)
	if err != nil {
		return nil
	}
	return shaped
}

// unwrap finds the object with most of the result's fields, at most depth layers
// below v. found is how many it has.
func unwrap(v gjson.Result, depth int) (object gjson.Result, found int) {
	switch {
	case v.Type == gjson.String:
		s := strings.TrimSpace(v.Str)
		if depth > 0 && len(s) <= maxMend && (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") || strings.HasPrefix(s, `"`)) {
			if json.Valid([]byte(s)) {
				return unwrap(gjson.Parse(s), depth-1)
			}
			if doc, ok := mend(s); ok {
				return unwrap(gjson.ParseBytes(doc), depth-1)
			}
		}
		return v, 0
	case v.IsObject():
		object, found = v, countFields(v)
	case v.IsArray():
		if parts := v.Array(); len(parts) > 1 && len(parts) <= len(fields) {
			v = merge(parts)
			object, found = v, countFields(v)
		}
	}
	if found >= 2 || depth == 0 {
		return object, found
	}
	v.ForEach(func(_, x gjson.Result) bool {
		if inner, n := unwrap(x, depth-1); n >= 2 && n > found {
			object, found = inner, n
		}
		return true
	})
	return object, found
}

// merge makes one object of a list of objects, one for each field.
func merge(parts []gjson.Result) gjson.Result {
	var b strings.Builder
	for _, p := range parts {
		p.ForEach(func(k, x gjson.Result) bool {
			if p.IsObject() && fieldOf(k.String()) != "" {
				b.WriteString("," + k.Raw + ":" + x.Raw)
			}
			return true
		})
	}
	return gjson.Parse("{" + strings.TrimPrefix(b.String(), ",") + "}")
}

// countFields is how many fields of the result an object has, however spelt.
func countFields(v gjson.Result) int {
	seen := map[string]bool{}
	v.ForEach(func(k, _ gjson.Result) bool {
		if name := fieldOf(k.String()); name != "" {
			seen[name] = true
		}
		return true
	})
	return len(seen)
}

// spellings are the beginnings of a field's name as models write it, in lower
// case and without anything but letters: TL;DR, tlDr, similarTech, "Similar
// technologies", project_ideas.
var spellings = []struct{ start, field string }{
	{"tldr", "tldr"},
	{"summary", "summary"},
	{"project", "projects"},
	{"similartech", "similar_tech"},
	{"similartool", "similar_tech"},
	{"comparabletech", "similar_tech"},
	{"relatedtech", "similar_tech"},
}

// fieldOf is the field that a key means, or "".
func fieldOf(key string) string {
	letters := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, key)
	for _, s := range spellings {
		if strings.HasPrefix(letters, s.start) && len(letters) <= len(s.start)+len("descriptions") {
			return s.field
		}
	}
	return ""
}

// bare takes a value out of the schema that a model has filled in instead of
// following: {"type": "string", "value": "…"}.
func bare(v gjson.Result) gjson.Result {
	if !v.IsObject() || v.Get("type").Type != gjson.String {
		return v
	}
	for _, key := range []string{"value", "items", "content", "default", "const"} {
		if x := v.Get(key); x.IsArray() || x.Type == gjson.String {
			return x
		}
	}
	return v
}

// shapeField writes one value in the field's type, or as it is where that is
// not certain.
func shapeField(field string, v gjson.Result) json.RawMessage {
	if field == "summary" {
		return shapeSummary(v)
	}
	var items []json.RawMessage
	switch {
	case v.IsArray():
		v.ForEach(func(_, x gjson.Result) bool {
			items = append(items, shapeItem(field, x))
			return true
		})
	case v.IsObject():
		v.ForEach(func(k, x gjson.Result) bool {
			items = append(items, shapeMember(field, k.String(), x))
			return true
		})
	case v.Type == gjson.String:
		s := strings.TrimSpace(v.Str)
		if strings.HasPrefix(s, "[") && json.Valid([]byte(s)) {
			return shapeField(field, gjson.Parse(s))
		}
		for _, line := range splitList(field, s) {
			items = append(items, quote(line))
		}
	default:
		return json.RawMessage(v.Raw)
	}
	if items == nil {
		return json.RawMessage("[]")
	}
	out, err := json.Marshal(items)
	if err != nil {
		return json.RawMessage(v.Raw)
	}
	return out
}

// shapeSummary writes a summary as one paragraph, also one that came as a list
// of sentences.
func shapeSummary(v gjson.Result) json.RawMessage {
	if v.Type == gjson.String {
		return quote(text.OneLine(v.Str))
	}
	if !v.IsArray() {
		return json.RawMessage(v.Raw)
	}
	var parts []string
	whole := true
	v.ForEach(func(_, x gjson.Result) bool {
		whole = x.Type == gjson.String
		parts = append(parts, strings.TrimSpace(x.Str))
		return whole
	})
	if !whole {
		return json.RawMessage(v.Raw)
	}
	return quote(text.OneLine(strings.Join(parts, " ")))
}

// Keys under which models put the name of an item, and what they say of it.
var (
	nameKeys = lazyregexp.New(`(?i)^(name|title|theme|project|technology|tech|tool|heading|label|category|area|product|library)(_?name)?$`)
	saysKeys = lazyregexp.New(`(?i)^(description|desc|idea|text|sentence|summary|explanation|reason|details?|how|use|usage|why|` +
		`content|value|note|comparison|relevance|similarity|differences?|suggestion|application|point|statement|item|action|first_?step)$`)
)

// shapeItem writes one item of a list as text. An object of a name and a
// sentence becomes "**name** — sentence", the form that the prompt asks for.
func shapeItem(field string, v gjson.Result) json.RawMessage {
	if v.Type == gjson.String {
		return quote(text.OneLine(v.Str)) // a line break within a sentence
	}
	if !v.IsObject() {
		return json.RawMessage(v.Raw)
	}
	var name, says string
	members, texts := 0, 0
	var key string
	v.ForEach(func(k, x gjson.Result) bool {
		members++
		key = k.String()
		if x.Type != gjson.String {
			return true
		}
		texts++
		switch {
		case name == "" && nameKeys.MatchString(key):
			name = x.Str
		case says == "":
			says = x.Str
		}
		return true
	})
	switch {
	case members == 1 && texts == 1 && name == "":
		return shapeMember(field, key, v.Get(gjson.Escape(key)))
	case members == 1 && texts == 1:
		return quote(name)
	case members == 2 && texts == 2 && name != "" && says != "":
		return quote(titled(name, says))
	}
	return json.RawMessage(v.Raw)
}

// shapeMember writes one member of an object that stands in place of a list, or
// of an item: under a number, or a word such as "point", it is the text itself,
// under any other key that key is its name.
func shapeMember(field, key string, v gjson.Result) json.RawMessage {
	if v.Type != gjson.String {
		return shapeItem(field, v)
	}
	letters := strings.TrimRight(key, "0123456789 _-.")
	if field == "tldr" || letters == "" || saysKeys.MatchString(letters) {
		return shapeItem(field, v)
	}
	return quote(titled(key, v.Str))
}

// titled is an item with its name in bold, as the prompt asks for.
func titled(name, says string) string {
	name = strings.TrimSpace(strings.Trim(strings.TrimSpace(name), "*:"))
	says = strings.TrimSpace(says)
	if strings.HasPrefix(strings.TrimLeft(says, "*"), name) {
		return says // the sentence begins with the name
	}
	return "**" + name + "** — " + says
}

// listMark is what stands before an item in a list that was written as text.
var listMark = lazyregexp.New(`^\s*([-*•–]|\(?\d{1,2}[.)])\s+`)

// nothing is how models write an empty list as text.
var nothing = lazyregexp.New(`(?i)^(none|n/?a|nil|null|nothing|not applicable|no comparable (technology|technologies)[^.]*|-)?\.?$`)

// splitList takes a list out of one text: its lines, or, of a tldr, its
// sentences, of which there are three.
func splitList(field, s string) []string {
	if nothing.MatchString(s) {
		return nil
	}
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(listMark.ReplaceAllString(line, "")); line != "" {
			out = append(out, line)
		}
	}
	if field != "tldr" || len(out) != 1 {
		return out
	}
	sentences := text.Sentences(s, 4)
	if len(sentences) != 3 {
		return out
	}
	out = out[:0]
	for _, x := range sentences {
		out = append(out, x.Text)
	}
	return out
}

// quote writes s as JSON.
func quote(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`) // does not happen: any string has a form in JSON
	}
	return b
}
