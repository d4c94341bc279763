package analysis

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/genaihttp"
)

// TestTheSpanHasWhatTheAnswerIsReadFor holds the transport, which writes the span, against what the analysis reads of the
// same answer.
func TestTheSpanHasWhatTheAnswerIsReadFor(t *testing.T) {
	chunk := func(member string) string { return `data: {"id":"c1","model":"m-1","choices":[` + member + `]` }
	streamed := chunk(`{"index":0,"delta":{"content":`+strconv.Quote(good)+`}}`) + "}\n\n" +
		chunk(`{"index":0,"delta":{},"finish_reason":"stop"}`) + `,"usage":{"prompt_tokens":1000,"completion_tokens":200}}` + "\n\ndata: [DONE]\n\n"
	plain := says(good)
	for name, change := range map[string]func(*reply){
		"as OpenAI writes it": func(*reply) {},
		"counts by Anthropic's names": func(r *reply) {
			r.body = strings.NewReplacer("prompt_tokens\"", "input_tokens\"", "completion_tokens\"", "output_tokens\"").Replace(r.body)
		},
		"a cache by DeepSeek's name": func(r *reply) {
			r.body = strings.Replace(r.body, `"prompt_tokens_details":{"cached_tokens":400}`, `"prompt_cache_hit_tokens":400`, 1)
		},
		"reasoning beside the answer, as xAI counts it": func(r *reply) {
			r.body = strings.Replace(r.body, `"total_tokens":1200`, `"total_tokens":1250`, 1)
		},
		"labelled as text": func(r *reply) { r.header = http.Header{"Content-Type": {"text/plain"}} },
		"a stream that nobody asked for": func(r *reply) {
			r.header, r.body = http.Header{"Content-Type": {"text/event-stream"}}, streamed
		},
		"a stream labelled as JSON": func(r *reply) {
			r.header, r.body = http.Header{"Content-Type": {"application/json"}}, streamed
		},
		"a content of parts": func(r *reply) {
			r.body = strings.Replace(r.body, `"content":`+strconv.Quote(good), `"content":[{"type":"text","text":`+strconv.Quote(good)+`}]`, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := plain
			change(&r)
			a, rec, _ := analyst(t, &server{answer: always(r)}, func(c *OpenAIConfig) {
				c.Spans = []genaihttp.Option{genaihttp.WithContent(true)}
			})
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil {
				t.Fatal(err)
			}
			got := attributes(rec.Ended()[0])
			for key, want := range map[string]any{
				"gen_ai.usage.input_tokens": o.InputTokens, "gen_ai.usage.output_tokens": o.OutputTokens,
				"gen_ai.response.model": o.ResponseModel, "gen_ai.response.finish_reasons": "[" + o.FinishReason + "]",
			} {
				if fmt.Sprint(got[key]) != fmt.Sprint(want) {
					t.Errorf("%s is %v, and %v was read", key, got[key], want)
				}
			}
			if cached := fmt.Sprint(got["gen_ai.usage.cache_read.input_tokens"]); o.CachedTokens > 0 && cached != strconv.Itoa(o.CachedTokens) {
				t.Errorf("%s tokens of the cache are recorded, and %d were read", cached, o.CachedTokens)
			}
			if out, _ := got["gen_ai.output.messages"].(string); !strings.Contains(out, "Blanket.js") {
				t.Errorf("recorded is the answer %s", out)
			}
			if cost, _ := got["mlflow.llm.cost"].(string); (cost != "") != (o.CostUSD != nil) {
				t.Errorf("recorded is the cost %q, and it was %v", cost, o.CostUSD)
			}
		})
	}
}

func TestACallWhoseJudgingPanicsHasAnEndedSpan(t *testing.T) {
	a, rec, _ := analyst(t, &server{answer: always(says(`{"summary": 1}`))}, nil)
	a.schemas.shape = func([]byte) []byte { panic("a fault of ours") }
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		_, _ = a.Analyze(t.Context(), page(t, "coverage"))
	}()
	if n := len(rec.Ended()); n != 1 || attributes(rec.Ended()[0])["error.type"] != "panic" {
		t.Errorf("%d spans ended: %v", n, rec.Ended())
	}
}

func TestACallCostsWhatItsTierAndCacheDo(t *testing.T) {
	table, err := prices.Parse("prices.yaml",
		[]byte("models: {gpt-4o: [{input: 1, cached_input: 0.5, cache_write: 2, output: 10}, {from: 2027-01-01, input: 7, output: 10}]}"))
	if err != nil {
		t.Fatal(err)
	}
	newYear := time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change [2]string
		at     time.Time
		want   float64 // US dollars; 0: not known
	}{
		"nothing written":     {[2]string{}, newYear.Add(-1), (600*1 + 400*0.5 + 200*10) / 1e6},
		"after a change":      {[2]string{}, newYear, (1000*7 + 200*10) / 1e6},
		"written to a cache":  {[2]string{`"cached_tokens":400`, `"cached_tokens":400,"cache_write_tokens":500`}, newYear.Add(-1), (100*1 + 400*0.5 + 500*2 + 200*10) / 1e6},
		"at the default tier": {[2]string{`"created":1`, `"service_tier":"default"`}, newYear.Add(-1), (600*1 + 400*0.5 + 200*10) / 1e6},
		"at another tier":     {[2]string{`"created":1`, `"service_tier":"priority"`}, newYear.Add(-1), 0},
	} {
		r := says(good)
		r.body = strings.Replace(r.body, c.change[0], c.change[1], 1)
		a, rec, _ := analyst(t, &server{answer: always(r)}, func(cfg *OpenAIConfig) { cfg.Prices = table })
		a.now = func() time.Time { return c.at }
		o, err := a.Analyze(t.Context(), page(t, "coverage"))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.CostUSD; (got != nil) != (c.want > 0) || got != nil && math.Abs(*got-c.want) > 1e-12 {
			t.Errorf("%s: the cost is %v, want %g", name, got, c.want)
		}
		if _, has := attributes(rec.Ended()[0])["mlflow.llm.cost"]; has != (c.want > 0) {
			t.Errorf("%s: the span has a cost: %t", name, has)
		}
	}
}
