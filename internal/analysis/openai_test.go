package analysis

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/genaihttp"
)

func TestOneCallGivesTheResult(t *testing.T) {
	s := &server{answer: always(says(good))}
	a, rec, _ := analyst(t, s, nil)
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Result.TLDR) != 3 || len(o.Result.Projects) != 3 || o.Result.SimilarTech == nil || len(o.Result.SimilarTech) != 0 {
		t.Errorf("result %+v", o.Result)
	}
	if o.Calls != 1 || o.Mode != ModeJSONSchema || o.Repaired || o.Shortened || o.Raw != good {
		t.Errorf("outcome %+v", o)
	}
	if o.InputTokens != 1000 || o.OutputTokens != 200 || o.CachedTokens != 400 || !o.HasUsage {
		t.Errorf("usage %+v", o)
	}
	if want := (600*2.5 + 400*1.25 + 200*10) / 1e6; o.CostUSD == nil || math.Abs(*o.CostUSD-want) > 1e-12 {
		t.Errorf("cost %v, want %v", o.CostUSD, want)
	}
	if !o.TemperatureSent || o.Temperature != 0.2 || o.MaxTokens != 2000 || o.PromptName != "technoshare-commentary" || len(o.PromptVersion) != 12 {
		t.Errorf("settings %+v", o)
	}
	if len(rec.Ended()) != 1 || len(rec.Started()) != 1 {
		t.Fatalf("%d spans", len(rec.Ended()))
	}
	if got := s.heads[0].Get("Authorization"); got != "Bearer "+testKey {
		t.Errorf("authorization %q", got)
	}
}

func TestTheSpanHasRequestAndAnswer(t *testing.T) {
	seed := 7
	for _, content := range []bool{false, true} {
		s := &server{answer: always(says(good))}
		a, rec, _ := analyst(t, s, func(c *OpenAIConfig) {
			c.Seed = &seed
			c.Spans = []genaihttp.Option{genaihttp.WithContent(content)}
		})
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil {
			t.Fatal(err)
		}
		sp := rec.Ended()[0]
		if sp.Name() != "chat gpt-4o" || sp.SpanKind() != trace.SpanKindClient || sp.Status().Code == codes.Error {
			t.Errorf("span %s %s %v", sp.Name(), sp.SpanKind(), sp.Status())
		}
		got := attributes(sp)
		for k, want := range map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
			"gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": int64(2000), "gen_ai.request.seed": int64(7),
			"gen_ai.output.type": "json", "server.address": "models.example", "server.port": int64(8080),
			"gen_ai.response.id": "chatcmpl-1", "gen_ai.response.model": "gpt-4o-2024-08-06",
			"gen_ai.usage.input_tokens": int64(1000), "gen_ai.usage.output_tokens": int64(200),
		} {
			if fmt.Sprint(got[k]) != fmt.Sprint(want) {
				t.Errorf("%s is %v, want %v", k, got[k], want)
			}
		}
		if fmt.Sprint(got["gen_ai.response.finish_reasons"]) != "[stop]" {
			t.Errorf("finish reasons %v", got["gen_ai.response.finish_reasons"])
		}
		in, _ := got["gen_ai.input.messages"].(string)
		out, _ := got["gen_ai.output.messages"].(string)
		if (in != "") != content || (out != "") != content {
			t.Errorf("content %v: messages in %q, out %q", content, text.Clip(in, 40), text.Clip(out, 40))
		}
		if content && (!strings.Contains(in, "Blanket.js") || !strings.Contains(out, "Blanket.js")) {
			t.Error("the messages lack their text")
		}
	}
}

func brokenOnce(first string) func(int, string) reply {
	return func(n int, _ string) reply {
		if n == 1 {
			return says(first)
		}
		return says(good)
	}
}

func TestAnswersOfAllShapesAreRead(t *testing.T) {
	for name, content := range map[string]string{
		"bare":             good,
		"fenced":           "Here it is:\n```json\n" + good + "\n```\nAnything else?",
		"after thinking":   "<think>Perhaps {\"tldr\": 1}? No.</think>\n" + good,
		"beside an object": `{"thought":"first I plan"} ` + good,
		"white space":      "\ufeff\n\n " + strings.ReplaceAll(good, "in a few lines.", "in a few lines.\\n ") + "\n",
		"extra key":        strings.Replace(good, `{"tldr"`, `{"confidence":0.9,"tldr"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(says(content))}
			a, _, _ := analyst(t, s, nil)
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil {
				t.Fatal(err)
			}
			if o.Calls != 1 || o.Result.TLDR[1] != "It sets up **Blanket.js** with Mocha in a few lines." {
				t.Errorf("%d calls, %q", o.Calls, o.Result.TLDR)
			}
		})
	}
	t.Run("json labelled as text", func(t *testing.T) {
		r := says(good)
		r.header = http.Header{"Content-Type": {"text/plain"}}
		a, _, _ := analyst(t, &server{answer: always(r)}, nil)
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("no usage", func(t *testing.T) {
		r := says(good)
		r.body = strings.Replace(r.body, `"usage"`, `"used"`, 1)
		a, rec, _ := analyst(t, &server{answer: always(r)}, nil)
		o, err := a.Analyze(t.Context(), page(t, "coverage"))
		if err != nil {
			t.Fatal(err)
		}
		_, has := attributes(rec.Ended()[0])["gen_ai.usage.input_tokens"]
		if o.HasUsage || o.CostUSD != nil || has {
			t.Error("usage was invented")
		}
	})
}

func TestOneRepairTurn(t *testing.T) {
	t.Run("mends the answer", func(t *testing.T) {
		s := &server{answer: brokenOnce(`{"tldr":["One.","Two."],"summary":"short","projects":[],"similar_tech":[]}`)}
		a, rec, _ := analyst(t, s, nil)
		o, err := a.Analyze(t.Context(), page(t, "coverage"))
		if err != nil {
			t.Fatal(err)
		}
		if !o.Repaired || o.Calls != 2 || o.InputTokens != 2000 || o.Raw != good || len(o.Messages) != 4 {
			t.Errorf("outcome %+v", o)
		}
		note := o.Messages[3].Content
		for _, want := range []string{"tldr: ", "summary: ", "projects: "} {
			if !strings.Contains(note, want) {
				t.Errorf("the repair turn does not name %s\n%s", want, note)
			}
		}
		if first, second := rec.Ended()[0], rec.Ended()[1]; attributes(first)["error.type"] != "schema_violated" || second.Status().Code == codes.Error {
			t.Errorf("spans: %v, %v", first.Status(), second.Status())
		}
	})
	t.Run("is the last", func(t *testing.T) {
		for name, tc := range map[string]struct {
			content string
			kind    Kind
		}{
			"schema": {`{"tldr":["One.","Two."],"summary":"short","projects":[],"similar_tech":[]}`, KindSchema},
			"prose":  {"The page is about coverage.", KindInvalidJSON},
		} {
			t.Run(name, func(t *testing.T) {
				s := &server{answer: always(says(tc.content))}
				a, _, _ := analyst(t, s, nil)
				o, err := a.Analyze(t.Context(), page(t, "coverage"))
				if kindOf(err) != tc.kind || o.Calls != 2 || o.Repaired || o.Result != nil || !permanent(err) {
					t.Errorf("%v after %d calls", err, o.Calls)
				}
			})
		}
	})
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

func TestRetries(t *testing.T) {
	busy := func(status int, after string) reply {
		r := fails(status, "busy")
		r.header = http.Header{"Content-Type": {"application/json"}}
		if after != "" {
			r.header.Set("Retry-After", after)
		}
		return r
	}
	for name, tc := range map[string]struct {
		first  reply
		pauses []time.Duration
		ok     bool
		after  time.Duration
	}{
		"500 after half a second":         {busy(500, ""), []time.Duration{500 * time.Millisecond}, true, 0},
		"503 as it asks":                  {busy(503, "2"), []time.Duration{2 * time.Second}, true, 0},
		"429 as it asks":                  {busy(429, "1"), []time.Duration{time.Second}, true, 0},
		"429 with a long wait is left":    {busy(429, "60"), nil, false, time.Minute},
		"401 is final":                    {busy(401, "1"), nil, false, time.Second},
		"a broken connection":             {reply{err: fmt.Errorf("read: connection reset by peer")}, []time.Duration{500 * time.Millisecond}, true, 0},
		"an empty answer is not repeated": {reply{status: 200, body: `{"choices":[]}`}, nil, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: func(n int, _ string) reply {
				if n == 1 {
					return tc.first
				}
				return says(good)
			}}
			a, rec, pauses := analyst(t, s, nil)
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if (err == nil) != tc.ok || fmt.Sprint(*pauses) != fmt.Sprint(tc.pauses) || retry.After(err) != tc.after {
				t.Errorf("error %v, pauses %v, retry after %v", err, *pauses, retry.After(err))
			}
			if o.Calls != s.calls() || len(rec.Ended()) != s.calls() {
				t.Errorf("%d calls, %d told, %d spans", s.calls(), o.Calls, len(rec.Ended()))
			}
		})
	}
	t.Run("of the repair turn", func(t *testing.T) {
		s := &server{answer: func(n int, _ string) reply {
			switch n {
			case 1:
				return says("no JSON")
			case 2:
				return busy(500, "")
			}
			return says(good)
		}}
		a, _, pauses := analyst(t, s, nil)
		if o, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil || !o.Repaired || s.calls() != 3 || len(*pauses) != 1 {
			t.Errorf("%v after %d calls, pauses %v: an answer that was paid for is lost", err, s.calls(), *pauses)
		}
	})
	t.Run("none when there are none", func(t *testing.T) {
		s := &server{answer: always(busy(500, ""))}
		a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.MaxRetries = -1 })
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); !retry.Retryable(err) || s.calls() != 1 {
			t.Errorf("%v after %d calls", err, s.calls())
		}
	})
}

func TestNoCallWithoutEvidence(t *testing.T) {
	for name, ev := range map[string]*job.Evidence{
		"nil":    nil,
		"empty":  {URL: "https://example.org", Title: "Login", Coverage: job.CoveragePartial},
		"failed": {URL: "https://example.org", Text: "Just a moment...", Coverage: job.CoverageFailed},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(says(good))}
			online, _, _ := analyst(t, s, nil)
			for _, a := range []job.Analyst{online, NewOffline()} {
				o, err := a.Analyze(t.Context(), ev)
				if kindOf(err) != KindNoEvidence || !permanent(err) || o == nil || o.Result != nil || s.calls() != 0 {
					t.Errorf("%s: %v, %d calls", a.Describe().Analyst, err, s.calls())
				}
			}
		})
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  OpenAIConfig
		want string
	}{
		"no key for OpenAI": {OpenAIConfig{Model: "gpt-4o"}, "OPENAI_API_KEY"},
		"no model":          {OpenAIConfig{BaseURL: "http://127.0.0.1:1/v1"}, "MODEL is empty"},
		"no web address":    {OpenAIConfig{BaseURL: "127.0.0.1:8080", Model: "m"}, "OPENAI_BASE_URL"},
		"context too small": {OpenAIConfig{BaseURL: "http://127.0.0.1:1/v1", Model: "m", ContextTokens: 2048}, "MODEL_CONTEXT_TOKENS"},
		"prompt missing":    {OpenAIConfig{BaseURL: "http://127.0.0.1:1/v1", Model: "m", PromptFile: "testdata/none.yaml"}, "read prompt"},
		"context missing":   {OpenAIConfig{BaseURL: "http://127.0.0.1:1/v1", Model: "m", ContextFile: "testdata/none.yaml"}, "read project context"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewOpenAI(tc.cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	a, _, _ := analyst(t, &server{}, func(c *OpenAIConfig) { c.BaseURL = "https://user:secret@models.example/v1/" })
	d := a.Describe()
	if d.Analyst != "openai" || d.Model != "gpt-4o" || d.BaseURL != "https://models.example/v1" || d.ContextName != "default-team" || d.Language != "en" || d.MaxTokens != 2000 {
		t.Errorf("%+v", d)
	}
	if d := NewOffline().Describe(); d.Analyst != "offline" || d.Model != "offline" || d.Temperature != nil {
		t.Errorf("%+v", d)
	}
}

func TestProviders(t *testing.T) {
	for host, want := range map[string]string{
		"api.openai.com": "openai", "127.0.0.1": "openai", "team.openai.azure.com": "azure.ai.openai",
		"api.mistral.ai": "mistral_ai", "notapi.mistral.ai.evil.example": "openai",
	} {
		if got := provider(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}
