package analysis

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/kaptinlin/jsonrepair"
	"github.com/tidwall/gjson"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// maxMend bounds the text that is mended, in bytes, and maxBrackets the
	// brackets in it: the library's work grows with the square of both. The
	// longest answer allowed has some 10 KB and a dozen brackets.
	maxMend     = 32 << 10
	maxBrackets = 400
	// maxMendWork bounds the bytes that are mended of one answer, since an
	// object is tried to begin at several braces.
	maxMendWork = 48 << 10
	// maxDocument bounds a document that is checked, in bytes: each item that breaks
	// the schema has hundreds of bytes in memory.
	maxDocument = 64 << 10
)

// fields are the properties of the result, in their order.
var fields = []string{"tldr", "summary", "projects", "similar_tech"}

// verdict is what was made of an answer: a result, or what is wrong with the
// object that was found. found is false where there is none.
type verdict struct {
	result *job.Comment
	issues []string
	found  bool
	keys   int // how many fields of the result the object has
}

// read takes the result out of what a model wrote. An object that the schema
// accepts is taken as it stands; else it is looked for in other clothes
// ([shape]), then in JSON that is nearly right ([mended]). Neither costs a
// call. ended says that the model came to the end of its answer: one that was
// cut is not mended, since half of a sentence would be taken for a whole one.
func (s *schemaSet) read(content string, ended bool) verdict {
	var best verdict
	for doc, repaired := range documents(content, ended, s.fields) {
		v := s.try(doc, repaired)
		if v.result != nil {
			return v
		}
		if !best.found || v.keys > best.keys {
			best = v
		}
	}
	return best
}

// documents are the JSON documents that an answer may be meant as, the most
// likely first, and whether each had to be repaired. wants are the result's fields.
func documents(content string, ended bool, wants []string) iter.Seq2[[]byte, bool] {
	return func(yield func([]byte, bool) bool) {
		if object, ok := ExtractJSON(content, wants...); ok && !yield(object, false) {
			return
		}
		// A list of objects, or JSON within a JSON string, which may have lost
		// its own marks.
		whole := []byte(unfenced(content))
		if bytes.HasPrefix(whole, []byte(`{\`)) {
			whole = []byte(`"` + string(whole) + `"`)
		}
		if !bytes.HasPrefix(whole, []byte("{")) && json.Valid(whole) && !yield(whole, false) {
			return
		}
		if !ended {
			return
		}
		for doc := range mended(content) {
			if !yield(doc, true) {
				return
			}
		}
	}
}

// try checks a document as it stands, then in the shape that it was meant in. A
// repaired one is always shaped, since it may have line breaks where the model
// wrapped a line.
// The faults told are those of the document as the model wrote it, as long as
// it has a field of the result.
func (s *schemaSet) try(doc []byte, repaired bool) verdict {
	if len(doc) > maxDocument {
		return verdict{issues: []string{"the answer: it is far too long"}, found: true, keys: countKeys(doc, s.fields)}
	}
	plain, issues := check(s.answer, doc)
	whole := verdict{result: plain, found: true, keys: len(s.fields)}
	if plain != nil && !repaired {
		return whole
	}
	v := verdict{issues: issues, found: true, keys: countKeys(doc, s.fields)}
	var shaped []byte
	if s.shape != nil {
		shaped = s.shape(doc)
	}
	if shaped != nil {
		res, issues := check(s.answer, shaped)
		if res != nil {
			return verdict{result: res, found: true, keys: len(s.fields)}
		}
		if v.keys == 0 {
			v.issues, v.keys = issues, countKeys(shaped, s.fields)
		}
	}
	if plain != nil {
		return whole
	}
	return v
}

// mended are the objects that an answer holds when its mistakes in JSON are
// repaired: commas too many or too few, line breaks and quotation marks within
// strings, marks of other kinds, words of Python, comments, brackets that were
// forgotten at the end.
func mended(content string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		s := unfenced(afterThinking(content))
		if len(s) > maxMendWork {
			return // far beyond the longest answer that the schema takes
		}
		s = strings.ToValidUTF8(text.Strip(s), "")
		for work := 0; work < maxMendWork; {
			i := strings.IndexByte(s, '{')
			if i < 0 {
				return
			}
			s = s[i:]
			o := object(s)
			work += max(len(o), 1<<10)
			if doc, ok := mend(o); ok && !yield(doc) {
				return
			}
			s = s[1:]
		}
	}
}

// mend repairs one object. ok is false where it cannot, or where the text is
// none that an answer could be.
func mend(s string) (doc []byte, ok bool) {
	// The library walks over foreign text by index; a fault of its must not end
	// the worker.
	defer func() {
		if recover() != nil {
			doc, ok = nil, false
		}
	}()
	if s == "" || len(s) > maxMend || strings.Count(s, "{")+strings.Count(s, "[") > maxBrackets {
		return nil, false
	}
	// The library refuses characters that no text has.
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return -1
		}
		return r
	}, s)
	out, err := jsonrepair.Repair(s)
	if err != nil || !strings.HasPrefix(out, "{") || !json.Valid([]byte(out)) || torn(gjson.Parse(out)) {
		return nil, false
	}
	return []byte(out), true
}

// torn reports whether a quotation mark within a text was taken for its end:
// ["It is "fast", they say."] becomes two items, each with one mark too many.
func torn(v gjson.Result) (odd bool) {
	if v.Type == gjson.String {
		return strings.Count(v.Str, `"`)%2 == 1
	}
	v.ForEach(func(_, x gjson.Result) bool {
		odd = (x.Type == gjson.String || x.IsObject() || x.IsArray()) && torn(x)
		return !odd
	})
	return odd
}

// object is the text of the object that s begins with: to the last brace, since
// prose may follow; to the end of s when braces are missing, but only if s ends
// like something whole. "" if it does not.
func object(s string) string {
	end := strings.LastIndexByte(s, '}') + 1
	if end > 0 && strings.Count(s, "{") <= strings.Count(s, "}") {
		return s[:end]
	}
	s = strings.TrimRight(s, " \t\r\n,")
	for _, mark := range []string{`"`, "]", "}", "'", "”", "’"} {
		if strings.HasSuffix(s, mark) {
			return s
		}
	}
	return ""
}

// unfenced is what stands in the fence of an answer in Markdown, of several in
// the one with most braces; s itself, trimmed, where there is none. A fence that
// was not closed reaches to the end.
func unfenced(s string) string {
	s = strings.TrimSpace(s)
	blocks := strings.Split(s, "```")
	if len(blocks) < 2 || strings.HasPrefix(s, "{") { // the marks stand within a text of the object
		return s
	}
	// Every second block is within a fence.
	var inside []string
	for i := 1; i < len(blocks); i += 2 {
		inside = append(inside, blocks[i])
	}
	best := slices.MaxFunc(inside, func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") })
	if !strings.Contains(best, "{") {
		return s
	}
	// The language stands behind the opening marks.
	if word, rest, ok := strings.Cut(best, "\n"); ok && !strings.ContainsAny(word, "{[\"'") {
		best = rest
	} else {
		best = strings.TrimPrefix(strings.TrimLeft(best, " "), "json")
	}
	return strings.TrimSpace(best)
}
