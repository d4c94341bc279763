package scorers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/internal/openai"
)

// Embeddings says which server embeds texts.
type Embeddings struct {
	URL    string // of any server with OpenAI's API, such as https://api.openai.com/v1
	APIKey string // empty for none
	Model  string
	HTTP   *http.Client // nil: http.DefaultClient
}

// EmbeddingSimilarity scores how alike two texts are in meaning: the cosine of their
// embeddings, from -1 to 1. Its name is embedding_similarity.
func EmbeddingSimilarity[In any](e Embeddings) eval.Scorer[In, string, string] {
	server := openai.Server{URL: e.URL, Key: e.APIKey, HTTP: e.HTTP}
	return eval.Scorer[In, string, string]{
		Name: "embedding_similarity", Model: e.Model,
		Score: func(ctx context.Context, c eval.Case[In, string, string]) (eval.Score, error) {
			vectors, err := server.Embeddings(ctx, "embedding/"+eval.Key(ctx), e.Model, c.Expected, c.Output)
			if err != nil {
				return eval.Score{}, fmt.Errorf("embed texts: %w", err)
			}
			value, err := cosine(vectors[0], vectors[1])
			return eval.Score{Value: value}, err
		},
	}
}

// schemaURL names a schema within its compiler; nothing is fetched from it.
const schemaURL = "mem:///schema.json"

// JSONSchema passes texts that are JSON and fit a schema (drafts 4 to 2020-12). Its name is
// json_schema. Schemas that refer to others elsewhere are an error: nothing is fetched.
func JSONSchema[In, Exp any](schema string) (eval.Scorer[In, Exp, string], error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return eval.Scorer[In, Exp, string]{}, fmt.Errorf("read JSON schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return eval.Scorer[In, Exp, string]{}, fmt.Errorf("read JSON schema: %w", err)
	}
	compiled, err := compiler.Compile(schemaURL)
	if err != nil {
		return eval.Scorer[In, Exp, string]{}, fmt.Errorf("read JSON schema: %w", err)
	}
	return eval.Scorer[In, Exp, string]{Name: "json_schema", Score: func(_ context.Context, c eval.Case[In, Exp, string]) (eval.Score, error) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(c.Output))
		if err != nil {
			return eval.Verdict(false, "is no JSON: "+err.Error()), nil
		}
		if err := compiled.Validate(value); err != nil {
			return eval.Verdict(false, err.Error()), nil
		}
		return eval.Verdict(true, ""), nil
	}}, nil
}
