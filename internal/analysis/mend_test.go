package analysis

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// wrapped is good within other JSON.
func wrapped(before, after string) string { return before + good + after }

// in replaces a piece of good, which must be there.
func in(t *testing.T, old, replacement string) string {
	t.Helper()
	if !strings.Contains(good, old) {
		t.Fatalf("good does not hold %q", old)
	}
	return strings.Replace(good, old, replacement, 1)
}

// JSON that is nearly right, and right JSON in other clothes, is read in one
// call: the second would be paid for.
func TestAnswersThatAreNearlyRightAreMended(t *testing.T) {
	python := strings.NewReplacer(`"`, `'`).Replace(good)
	unquoted := strings.NewReplacer(`"tldr"`, "tldr", `"summary"`, "summary", `"projects"`, "projects", `"similar_tech"`, "similar_tech").Replace(good)
	var curly strings.Builder
	for i, piece := range strings.Split(good, `"`) {
		if i > 0 {
			curly.WriteString([]string{"”", "“"}[i%2])
		}
		curly.WriteString(piece)
	}
	smart := curly.String()
	last := `{"similar_tech":[],` + strings.TrimSuffix(good[1:], ",\n\"similar_tech\":[]}")
	schema := strings.Replace(string(resultSchema), `"properties"`, `"props"`, 1)
	schema = schema[:strings.Index(schema, `"props"`)]
	for name, content := range map[string]string{
		// Commas.
		"comma after the last member":  strings.TrimSuffix(good, "}") + ",}",
		"comma and line break":         strings.TrimSuffix(good, "}") + ",\n}",
		"comma after the last item":    in(t, `have run."]`, `have run.",]`),
		"commas everywhere":            strings.NewReplacer(`"]`, `",]`, "[]}", "[],}").Replace(good),
		"comma missing between items":  in(t, `is.","It sets`, `is." "It sets`),
		"comma missing, line break":    in(t, `is.","It sets`, "is.\"\n\"It sets"),
		"comma missing after a member": in(t, "\"],\n\"summary\"", "\"]\n\"summary\""),
		"comma before the object ends": in(t, `"similar_tech":[]`, `"similar_tech":[ ],  `),

		// Strings.
		"line break in the summary":    in(t, "run. The page", "run.\nThe page"),
		"line breaks in the summary":   strings.ReplaceAll(good, ". ", ".\n"),
		"carriage return":              in(t, "run. The page", "run.\r\nThe page"),
		"tab":                          in(t, "run. The page", "run.\tThe page"),
		"line break in the tldr":       in(t, "with Mocha in", "with Mocha\nin"),
		"escaped break in the tldr":    in(t, "with Mocha in", `with Mocha\nin`),
		"control character":            in(t, "run. The page", "run. \x01The page"),
		"escaped asterisks":            strings.ReplaceAll(good, "**", `\*\*`),
		"escaped apostrophe":           in(t, "what code coverage", `what\'s code coverage`),
		"underline escaped in a key":   in(t, "similar_tech", `similar\_tech`),
		"single quotes":                python,
		"single quotes, word of it":    strings.Replace(python, "[]", "None", 1),
		"Python's None":                in(t, "[]}", "None}"),
		"null":                         in(t, "[]}", "null}"),
		"smart quotes":                 smart,
		"smart quotes within":          strings.TrimSuffix(in(t, "browser code is", "“browser code” is"), "}") + ",}",
		"quotation marks within":       in(t, "an existing Mocha suite", `an "existing" Mocha suite`),
		"quotation marks at the start": in(t, "A report shows", `"A report" shows`),
		"quotation marks at the end":   in(t, "report that it makes.", `report that it "makes".`),
		"back quotes for strings":      in(t, `"It sets up **Blanket.js** with Mocha in a few lines."`, "`It sets up **Blanket.js** with Mocha in a few lines.`"),
		"escaped like a string":        strings.Trim(mustJSON(good), `"`),
		"all quotation marks escaped":  strings.ReplaceAll(good, `"`, `\"`),

		// Keys and the rest.
		"unquoted keys":             unquoted,
		"unquoted keys and commas":  strings.TrimSuffix(unquoted, "}") + ",}",
		"line comment":              in(t, "\"summary\"", "// the paragraph\n\"summary\""),
		"block comment":             in(t, "\"summary\"", "/* the paragraph */ \"summary\""),
		"ellipsis":                  in(t, "console.\"]", "console.\", ...]"),
		"last brace missing":        strings.TrimSuffix(good, "}"),
		"last brackets missing":     strings.TrimSuffix(last, "]"),
		"last brackets and a comma": strings.TrimSuffix(last, "]") + ",",
		"brace too many":            good + "}",
		"bracket too many":          in(t, "[]}", "[]]}"),
		"non-breaking blanks":       strings.ReplaceAll(good, "\n\"", "\n\u00a0\u00a0\"") + "\u00a0",
		"byte order mark":           "\ufeff" + strings.TrimSuffix(good, "}") + ",}",

		// Around it.
		"fence":                     "```json\n" + strings.TrimSuffix(good, "}") + ",}\n```",
		"fence without a language":  "```\n" + strings.TrimSuffix(good, "}") + ",}\n```",
		"fence on one line":         "```json" + strings.TrimSuffix(good, "}") + ",}```",
		"fence that is not closed":  "Sure!\n```json\n" + strings.TrimSuffix(good, "}") + ",}",
		"prose before":              "Here is the JSON {as asked}: " + strings.TrimSuffix(good, "}") + ",}",
		"prose behind":              strings.TrimSuffix(good, "}") + ",}\nIs there anything else?",
		"prose with braces behind":  good + "\nI kept to {the schema}.",
		"draft in the thoughts":     "<think>{\"tldr\": [\"a\",}</think>" + strings.TrimSuffix(good, "}") + ",}",
		"a sentence with its quote": `Answer: ` + strings.TrimSuffix(good, "}") + `,} That is the "answer".`,

		// Wrapped.
		"in result":                 wrapped(`{"result":`, `}`),
		"in comment, with more":     wrapped(`{"status":"ok","comment":`, `,"confidence":0.9}`),
		"in two keys":               wrapped(`{"response":{"data":`, `}}`),
		"in a call":                 wrapped(`{"name":"analysis_result","arguments":`, `}`),
		"in a list":                 wrapped(`[`, `]`),
		"in a list, in a key":       wrapped(`{"results":[`, `]}`),
		"in a broken key":           wrapped(`{"result":`, `,}`),
		"as a string":               mustJSON(good),
		"as a string in a key":      `{"result":` + mustJSON(good) + `}`,
		"as a string, broken":       mustJSON(strings.TrimSuffix(good, "}") + ",}"),
		"as a string in a fence":    "```json\n" + mustJSON(good) + "\n```",
		"as a string of a string":   mustJSON(mustJSON(good)),
		"in the schema":             wrapped(schema+`"properties":`, `}`),
		"in the schema, unnamed":    wrapped(`{"type":"object","properties":`, `,"required":["tldr"]}`),
		"filled into the schema":    strings.NewReplacer(`"tldr":[`, `"tldr":{"type":"array","items":[`, `lines the tests have run."]`, `lines the tests have run."]}`).Replace(`{"properties":` + good + `}`),
		"four objects":              "[" + strings.NewReplacer("],\n", "]},{", "makes.\",\n", "makes.\"},{", "}", "}]").Replace(good),
		"a list of fields, in keys": "[" + good + "," + `{"note":"done"}` + "]",

		// Fields.
		"TL;DR":                     in(t, `"tldr"`, `"TL;DR"`),
		"TLDR":                      in(t, `"tldr"`, `"TLDR"`),
		"tl_dr":                     in(t, `"tldr"`, `"tl_dr"`),
		"camel case":                in(t, `similar_tech`, `similarTech`),
		"in words":                  in(t, `similar_tech`, `Similar technologies`),
		"project ideas":             in(t, `"projects"`, `"project_ideas"`),
		"capitals":                  in(t, `"summary"`, `"Summary"`),
		"similar tech left out":     in(t, ",\n\"similar_tech\":[]", ""),
		"similar tech as a word":    in(t, "[]}", `"None"}`),
		"similar tech as n/a":       in(t, "[]}", `"N/A"}`),
		"a tldr of three lines":     in(t, `["The page explains what code coverage of browser code is.","It sets up **Blanket.js** with Mocha in a few lines.","A report shows which lines the tests have run."]`, `"- The page explains what code coverage of browser code is.\n- It sets up **Blanket.js** with Mocha in a few lines.\n- A report shows which lines the tests have run."`),
		"a tldr of three sentences": in(t, `["The page explains what code coverage of browser code is.","It sets up **Blanket.js** with Mocha in a few lines.","A report shows which lines the tests have run."]`, `"The page explains what code coverage of browser code is. It sets up **Blanket.js** with Mocha in a few lines. A report shows which lines the tests have run."`),
		"a numbered tldr":           in(t, `["The page explains what code coverage of browser code is.","It sets up **Blanket.js** with Mocha in a few lines.","A report shows which lines the tests have run."]`, `{"1":"The page explains what code coverage of browser code is.","2":"It sets up **Blanket.js** with Mocha in a few lines.","3":"A report shows which lines the tests have run."}`),
		"points":                    in(t, `"It sets up **Blanket.js** with Mocha in a few lines."`, `{"point":"It sets up **Blanket.js** with Mocha in a few lines."}`),
		"theme and idea":            in(t, `"**RAG / Retrieval** — Try coverage on the search page."`, `{"theme":"RAG / Retrieval","idea":"Try coverage on the search page."}`),
		"theme in bold and idea":    in(t, `"**RAG / Retrieval** — Try coverage on the search page."`, `{"description":"Try coverage on the search page.","name":"**RAG / Retrieval**"}`),
		"theme as the key":          in(t, `"**RAG / Retrieval** — Try coverage on the search page."`, `{"RAG / Retrieval":"Try coverage on the search page."}`),
		"projects by theme": in(t, `["**LLMOps & Evaluation** — Measure the coverage of our evaluation front end.","**RAG / Retrieval** — Try coverage on the search page.","**Agentic Workflows** — Add a coverage gate to the agent console."]`,
			`{"LLMOps & Evaluation":"Measure the coverage of our evaluation front end.","RAG / Retrieval":"Try coverage on the search page.","Agentic Workflows":"Add a coverage gate to the agent console."}`),
		"a list as a string":  listAsString(t),
		"summary as a list":   summaryAsList(t),
		"unknown fields":      in(t, `"summary"`, `"title":"x","language":"en","summary"`),
		"everything at once":  "Sure:\n```json\n" + wrapped(`{"result":`, `,}`) + "\n```",
		"keys and a wrapping": `{"output":` + in(t, `similar_tech`, `similarTech`) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(says(content))}
			a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model = "some-model" })
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil || s.calls() != 1 {
				t.Fatalf("%v after %d calls\n%s", err, s.calls(), content)
			}
			if o.Raw != content || o.Repaired {
				t.Error("the answer is not recorded as it came")
			}
			var want job.Comment
			if err := json.Unmarshal([]byte(good), &want); err != nil {
				t.Fatal(err)
			}
			for _, s := range append(append([]string{o.Result.Summary}, o.Result.TLDR...), o.Result.Projects...) {
				if strings.ContainsAny(s, "\n\r\t") {
					t.Errorf("a line break in %q", s)
				}
			}
			if got, want := plainWords(o.Result), plainWords(&want); !reflect.DeepEqual(got, want) {
				t.Errorf("result\n%q, want\n%q", got, want)
			}
		})
	}
}

func listAsString(t *testing.T) string {
	t.Helper()
	i, j := strings.Index(good, `["**LLMOps`), strings.Index(good, "],\n\"similar_tech\"")+1
	return good[:i] + mustJSON(good[i:j]) + good[j:]
}

func summaryAsList(t *testing.T) string {
	t.Helper()
	return strings.NewReplacer(`"summary":"`, `"summary":["`, "has run. The page", `has run.","The page`, `makes."`, `makes."]`).Replace(good)
}

// plainWords are the words of a comment: a mended line break or quotation mark
// may become another.
func plainWords(c *job.Comment) []string {
	var out []string
	for _, s := range append(append(append([]string{c.Summary}, c.TLDR...), c.Projects...), c.SimilarTech...) {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`"'“”`, r) {
				return -1
			}
			return r
		}, s)
		s = strings.Replace(s, "whats code", "what code", 1)
		out = append(out, strings.Join(strings.Fields(s), " "))
	}
	return out
}

func TestAFenceWithinATextIsPartOfIt(t *testing.T) {
	content := strings.TrimSuffix(in(t, "in a few lines.", "by ```run({a: 1})``` in a few lines."), "}") + ",}"
	s := &server{answer: always(says(content))}
	a, _, _ := analyst(t, s, nil)
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err != nil || s.calls() != 1 || !strings.Contains(o.Result.TLDR[1], "```run({a: 1})```") {
		t.Errorf("%v after %d calls", err, s.calls())
	}
}

// An answer that was cut has lost something, and is not made whole by closing
// its brackets.
func TestACutAnswerIsNotMended(t *testing.T) {
	long := strings.Replace(good, `"similar_tech":[]`, `"similar_tech":["**Istanbul** — measures the coverage of code in Node, and instru`, 1)
	long = strings.TrimSuffix(long, "}")
	for name, tc := range map[string]struct {
		reply reply
		kind  Kind
		says  string
	}{
		"at the limit":              {stops(strings.TrimSuffix(good, "]}"), "length"), KindTruncated, "MODEL_MAX_TOKENS"},
		"at the limit, by Mistral":  {stops(strings.TrimSuffix(good, "]}"), "model_length"), KindTruncated, "MODEL_MAX_TOKENS"},
		"at the limit, by Google":   {stops(strings.TrimSuffix(good, "]}"), "MAX_TOKENS"), KindTruncated, "MODEL_MAX_TOKENS"},
		"in a sentence":             {says(long), KindInvalidJSON, "did not answer with a JSON object"},
		"in a sentence, fenced":     {says("```json\n" + long), KindInvalidJSON, "did not answer with a JSON object"},
		"all tokens, though a stop": {reply{status: 200, body: strings.Replace(says(strings.TrimSuffix(good, "]}")).body, `"completion_tokens":200`, `"completion_tokens":2000`, 1)}, KindTruncated, "MODEL_MAX_TOKENS"},
		"by the server":             {stops(strings.TrimSuffix(good, "]}"), "error"), KindServer, "broke off its answer (error)"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, _ := analyst(t, &server{answer: always(tc.reply)}, nil)
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if kindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.says) || o.Result != nil {
				t.Errorf("%q: %v", kindOf(err), err)
			}
		})
	}
}

// What is not certain is not guessed: the model is asked again.
func TestWhatIsNotCertainIsNotMended(t *testing.T) {
	for name, content := range map[string]string{
		"the schema, echoed":     string(resultSchema),
		"two in the tldr":        strings.Replace(good, `"It sets up **Blanket.js** with Mocha in a few lines.",`, "", 1),
		"no projects":            strings.Replace(good, `"projects":["`, `"projekte":["`, 1),
		"numbers for sentences":  strings.Replace(good, `"It sets up **Blanket.js** with Mocha in a few lines."`, "7", 1),
		"items of three members": strings.Replace(good, `"**RAG / Retrieval** — Try coverage on the search page."`, `{"theme":"RAG","idea":"Try it on the search page.","effort":"Small, it seems."}`, 1),
		"a sentence torn apart":  strings.Replace(good, "Try coverage on the search page.", `Try what they call "coverage", on the search page.`, 1),
		"an empty object":        `{}`,
		"a list of nothing":      `[]`,
		"prose":                  "The page is about {coverage}.",
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: brokenOnce(content)}
			a, _, _ := analyst(t, s, nil)
			if o, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil || !o.Repaired || s.calls() != 2 {
				t.Errorf("%v after %d calls", err, s.calls())
			}
		})
	}
}

// Whatever a model writes, reading it takes little time.
func TestReadingIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes with the race detector, and nothing runs beside it")
	}
	schemas, err := newSchemaSet(2000)
	if err != nil {
		t.Fatal(err)
	}
	for name, piece := range map[string]string{
		"open braces": `{"a":`, "brackets": "[", "strings": `{"a":["x","`, "quotes": `"x" `, "fences": "```json\n{", "breaks": "\"\n{", "escapes": `{\"`,
		"commas": `{"a":1,,`, "comments": "{/*", "colons": `{"tldr": "a": `, "words": "{word word, ",
	} {
		for _, n := range []int{maxMend / 2, 1 << 20} {
			doc := strings.Repeat(piece, n/len(piece))
			began := time.Now()
			schemas.read(`{"tldr":["`+doc+`"],}`, true)
			// A square of the length would take half an hour.
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%d bytes of %s took %v", n, name, took)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add(strings.TrimSuffix(good, "}") + ",}")
	f.Add(`{"result":` + good + `,}`)
	f.Add("```json\n{'tldr': ['a', 'b'], summary: “x”, // c\n\"projects\": {\"a\": \"b\"}")
	schemas, err := newSchemaSet(2000)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string) {
		v := schemas.read(content, true)
		if v.result == nil {
			return
		}
		doc, err := json.Marshal(v.result)
		if err != nil {
			t.Fatal(err)
		}
		if _, issues := check(schemas.answer, doc); len(issues) > 0 {
			t.Errorf("%q", issues)
		}
	})
}
