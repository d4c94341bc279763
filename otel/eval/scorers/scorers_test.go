package scorers_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/scorers"
)

func score[E, O any](t *testing.T, s eval.Scorer[int, E, O], expected E, out O) (eval.Score, error) {
	t.Helper()
	return s.Score(t.Context(), eval.Case[int, E, O]{Expected: expected, Output: out})
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		name          string
		s             eval.Scorer[int, string, string]
		expected, out string
		want          float64
	}{
		{"equal", scorers.Exact[int, string](), "a", "a", 1},
		{"another case", scorers.Exact[int, string](), "a", "A", 0},
		{"holds it", scorers.Contains[int](), "PARIS", "in Paris.", 1},
		{"does not", scorers.Contains[int](), "Rome", "in Paris.", 0},
		{"nothing expected", scorers.Contains[int](), "", "x", 1},
		{"same text", scorers.EditSimilarity[int](), "kitten", "kitten", 1},
		{"three edits of seven", scorers.EditSimilarity[int](), "kitten", "sitting", 1 - 3.0/7},
		{"characters, not bytes", scorers.EditSimilarity[int](), "äöü", "äöx", 1 - 1.0/3},
		{"no texts", scorers.EditSimilarity[int](), "", "", 1},
		{"one text", scorers.EditSimilarity[int](), "", "ab", 0},
	} {
		if got, err := score(t, c.s, c.expected, c.out); err != nil || math.Abs(got.Value-c.want) > 1e-12 {
			t.Errorf("%s: %v, %v, want %v", c.name, got.Value, err, c.want)
		}
	}
	if _, err := score(t, scorers.EditSimilarity[int](), "", strings.Repeat("x", 20_001)); err == nil {
		t.Error("a text beyond the bound was compared")
	}
}

func TestShareOfTexts(t *testing.T) {
	got, err := score(t, scorers.ContainsAll[int](), []string{"a", "b", "zz", "q"}, "A b")
	if err != nil || got.Value != 0.5 || !strings.Contains(got.Explanation, `"zz"`) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := score(t, scorers.ContainsAll[int](), nil, "x"); err != nil || got.Value != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ absolute, relative, expected, out, want float64 }{
		{0, 0, 1, 1, 1}, {0.5, 0, 1, 1.5, 1}, {0.5, 0, 1, 1.6, 0}, {0, 0.1, -100, -110, 1}, {0, 0.1, 100, 111, 0}, {1, 1, 0, math.NaN(), 0},
	} {
		if got, err := score(t, scorers.Numeric[int](c.absolute, c.relative), c.expected, c.out); err != nil || got.Value != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}

func TestJSONSchema(t *testing.T) {
	s, err := scorers.JSONSchema[int, int](`{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for out, want := range map[string]float64{`{"a":1}`: 1, `{"a":"1"}`: 0, `{}`: 0, `{"a":1`: 0, `text`: 0} {
		if got, err := score(t, s, 0, out); err != nil || got.Value != want || want == 0 && got.Explanation == "" {
			t.Errorf("%s: %+v, %v", out, got, err)
		}
	}
	for _, bad := range []string{`{`, `{"type":"nothing"}`, `{"$ref":"https://example.com/schema.json"}`, `{"$ref":"file:///etc/passwd"}`} {
		if _, err := scorers.JSONSchema[int, int](bad); err == nil {
			t.Errorf("schema %s was taken", bad)
		}
	}
}

func TestEmbeddings(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Model string   `json:"model"`
			Input []string `json:"input"`
		}
		switch err := json.NewDecoder(r.Body).Decode(&in); {
		case err != nil || r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer k3y":
			http.Error(w, "wrong request", http.StatusBadRequest)
		case calls.Add(1) == 1: // once it is busy
			w.Header().Set("Retry-After", "0")
			http.Error(w, "busy", http.StatusTooManyRequests)
		case in.Input[1] == "refuse":
			http.Error(w, "key k3y may not", http.StatusUnauthorized)
		case in.Input[1] == "short":
			_, _ = fmt.Fprint(w, `{"data":[{"index":0,"embedding":[1,0]}]}`)
		default:
			_, _ = fmt.Fprint(w, `{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,0]}]}`)
		}
	}))
	defer srv.Close()
	s := scorers.EmbeddingSimilarity[int](scorers.Embeddings{URL: srv.URL + "/v1", APIKey: "k3y", Model: "e"})
	if got, err := score(t, s, "a", "b"); err != nil || math.Abs(got.Value-0.6) > 1e-12 || s.Model != "e" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, out := range []string{"refuse", "short"} {
		if _, err := score(t, s, "a", out); err == nil || strings.Contains(err.Error(), "k3y") {
			t.Errorf("%s: %v", out, err)
		}
	}
}
