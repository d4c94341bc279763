package analysis

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

//go:embed assets/result.schema.json
var resultSchema []byte

//go:embed assets/answer.schema.json
var answerSchema []byte

// maxIssues bounds what a repair turn and an error tell of a bad answer. A
// model that got more wrong than that is not helped by the rest of the list.
const maxIssues = 8

// Schema returns the JSON schema that every result of a model fulfils. Results
// of the offline analyst fulfil it but for the number of projects.
func Schema() json.RawMessage { return bytes.Clone(resultSchema) }

// schemaSet is the one embedded schema in the forms in which it is needed.
type schemaSet struct {
	name   string                  // of the schema in the request, which OpenAI's API demands
	fields []string                // the properties of the result, in their order
	shape  func(doc []byte) []byte // see [shape]; nil: none
	answer *jsonschema.Schema      // checks what arrived

	// bounded and portable are sent. Both keep the order of the properties,
	// in which constrained servers write them. bounded has string lengths,
	// chosen so that the longest answer fits into the tokens allowed, and no
	// pattern: llama.cpp takes a pattern for the whole string and forgets to
	// keep quotes out of it. portable has only keywords that OpenAI's strict
	// mode takes for every model.
	// bare has no bounds at all: the descriptions tell the model of them.
	bounded, portable, bare json.RawMessage
}

// longest are the sent bounds in characters, generous for a good answer:
// together, with all lists full, about 2,000 tokens of English. least is what
// they are never reduced to less than.
var longest = []struct {
	path         string
	items        int
	chars, least int
}{
	{"properties.tldr.items.maxLength", 3, 320, 80},
	{"properties.summary.maxLength", 1, 1800, 240},
	{"properties.projects.items.maxLength", 8, 360, 80},
	{"properties.similar_tech.items.maxLength", 8, 280, 60},
}

// newSchemaSet derives the forms from the embedded schema for answers of at
// most maxTokens. Four characters to the token is the estimate of
// estimateTokens; where the longest answer would exceed maxTokens, all bounds
// shrink alike.
func newSchemaSet(maxTokens int) (schemaSet, error) {
	// total is the longest answer in characters, all lists full.
	total := 0
	for _, l := range longest {
		total += l.items * l.chars
	}
	factor := min(1, float64(maxTokens)*4/float64(total))
	bounds := make(map[string]any)
	for _, l := range longest {
		bounds[l.path] = max(l.least, int(float64(l.chars)*factor))
	}
	return schemaSet{name: "analysis_result", fields: fields, shape: shape}.with(resultSchema, bounds)
}

// newAnswerSet derives the forms of the schema of answers.
func newAnswerSet(maxTokens int) (schemaSet, error) {
	bounds := map[string]any{"properties.answer.maxLength": min(1200, maxTokens*4)}
	return schemaSet{name: "answer", fields: []string{"answer"}}.with(answerSchema, bounds)
}

// with derives the forms of a schema, with the string lengths of bounds.
func (s schemaSet) with(schema []byte, bounds map[string]any) (schemaSet, error) {
	// additionalProperties: false is a condition of OpenAI's strict mode. What
	// arrives may have other keys; they are dropped when it is decoded.
	wire, err := edit(schema, []string{"$schema", "title"}, nil, map[string]any{"additionalProperties": false})
	if err != nil {
		return s, err
	}
	if s.bounded, err = edit(wire, nil, []string{"pattern"}, bounds); err != nil {
		return s, err
	}
	if s.portable, err = edit(wire, nil, []string{"pattern", "minLength", "maxLength"}, nil); err != nil {
		return s, err
	}
	if s.bare, err = edit(wire, nil, []string{"pattern", "minLength", "maxLength", "minItems", "maxItems"}, nil); err != nil {
		return s, err
	}
	s.answer, err = compile(schema)
	return s, err
}

// edit returns a compacted copy of schema without the top keywords, without
// the keywords named in deep on the properties and their items, and with the
// values in set. The order of keys stays.
func edit(schema []byte, top, deep []string, set map[string]any) (json.RawMessage, error) {
	paths := append([]string(nil), top...)
	gjson.GetBytes(schema, "properties").ForEach(func(name, _ gjson.Result) bool {
		for _, k := range deep {
			paths = append(paths, "properties."+name.String()+"."+k, "properties."+name.String()+".items."+k)
		}
		return true
	})
	var err error
	for _, p := range paths {
		if schema, err = sjson.DeleteBytes(schema, p); err != nil {
			return nil, fmt.Errorf("edit result schema: %w", err)
		}
	}
	for p, v := range set {
		if schema, err = sjson.SetBytes(schema, p, v); err != nil {
			return nil, fmt.Errorf("edit result schema: %w", err)
		}
	}
	var out bytes.Buffer
	if err := json.Compact(&out, schema); err != nil {
		return nil, fmt.Errorf("edit result schema: %w", err)
	}
	return out.Bytes(), nil
}

func compile(schema []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("read result schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("result.schema.json", doc); err != nil {
		return nil, fmt.Errorf("read result schema: %w", err)
	}
	s, err := c.Compile("result.schema.json")
	if err != nil {
		return nil, fmt.Errorf("compile result schema: %w", err)
	}
	return s, nil
}

// check validates one JSON document and decodes it. issues has one line for
// each violation, in the order of the schema's own report, with the place.
// Exactly one of res and issues is set. Lists in res are never nil, so that
// they encode as [].
func check(s *jsonschema.Schema, doc []byte) (res *job.Comment, issues []string) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return nil, []string{"it is not valid JSON"}
	}
	trim(v)
	if err := s.Validate(v); err != nil {
		var ve *jsonschema.ValidationError
		if !errors.As(err, &ve) {
			return nil, []string{"it does not fit the schema"}
		}
		return nil, appendIssues(nil, ve, message.NewPrinter(language.English))
	}
	trimmed, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(trimmed, &res)
	}
	if err != nil {
		return nil, []string{"it does not fit the schema"}
	}
	if res.TLDR == nil {
		res.TLDR = []string{}
	}
	if res.Projects == nil {
		res.Projects = []string{}
	}
	if res.SimilarTech == nil {
		res.SimilarTech = []string{}
	}
	return res, nil
}

// trim takes white space off the ends of all strings in v: models often leave
// some, and a line break at the very end breaks nothing.
func trim(v any) any {
	switch x := v.(type) {
	case string:
		return strings.TrimSpace(x)
	case []any:
		for i := range x {
			x[i] = trim(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = trim(x[k])
		}
	}
	return v
}

// appendIssues lists the leaves of a validation error, at most maxIssues. The
// inner nodes only say that something below them failed.
func appendIssues(issues []string, ve *jsonschema.ValidationError, p *message.Printer) []string {
	if len(issues) >= maxIssues {
		return issues
	}
	if len(ve.Causes) == 0 {
		where := strings.Join(ve.InstanceLocation, "/")
		if where == "" {
			where = "the answer"
		}
		what := ve.ErrorKind.LocalizedString(p)
		if _, ok := ve.ErrorKind.(*kind.Pattern); ok {
			what = "has a line break" // the library's words would quote the whole text
		}
		return append(issues, text.Clip(where+": "+what, 160))
	}
	for _, c := range ve.Causes {
		issues = appendIssues(issues, c, p)
	}
	return issues
}
