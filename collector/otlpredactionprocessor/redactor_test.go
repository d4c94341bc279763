package otlpredactionprocessor

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.yaml.in/yaml/v3"
)

// shipped is the section of the configuration that people start with.
func shipped(t testing.TB) *Config {
	t.Helper()
	text, err := os.ReadFile("../../otel-collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Processors map[string]map[string]any `yaml:"processors"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	cfg := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(doc.Processors["otlp_redaction"]).Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	if len(cfg.BlockedValues) == 0 {
		t.Fatal("otel-collector.yaml has no otlp_redaction")
	}
	for _, pattern := range cfg.BlockedValues {
		if strings.Contains(pattern, "${") || strings.Contains(pattern, "$$") {
			t.Fatalf("a Collector takes a part of %s for a variable, and does not start", pattern)
		}
	}
	return cfg
}

func TestTheShippedPatternsFindSecrets(t *testing.T) {
	r := testRedactor(t, shipped(t))
	long := strings.Repeat("Ab1", 20)
	for name, secret := range map[string]string{
		"OpenAI": "sk-" + long, "Slack": "xoxb-" + long, "GitHub": "ghp_" + long, "GitHub, new": "github_pat_" + long, "GitLab": "glpat-" + long,
		"Hugging Face": "hf_" + long, "AWS": "AKIA" + strings.Repeat("Q", 16), "Google": "AIza" + long[:35],
		"a JSON Web Token": "eyJ" + long + "." + long + "." + long, "a header": "Bearer " + long, "one in small letters": "bearer " + long,
		"a key": "-----BEGIN RSA PRIVATE KEY-----\n" + long + "\n-----END RSA PRIVATE KEY-----",
	} {
		if got := r.clean("a " + secret + " b"); strings.Contains(got, long[:12]) || got[:2] != "a " || got[len(got)-2:] != " b" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestValuesOfBlockedKeysGoWhateverTheyAre(t *testing.T) {
	r := testRedactor(t, shipped(t))
	m := pcommon.NewMap()
	if err := m.FromRaw(map[string]any{
		"http.request.header.authorization": []any{"Basic dXNlcjpwYXNz"}, "password": 1234,
		"db":   map[string]any{"secret": []byte{1}, "name": "n"},
		"list": []any{map[string]any{"api_key": "k"}}, "tokens": 7, "PASSWORD": "x",
	}); err != nil {
		t.Fatal(err)
	}
	s := &sweep{redactor: r}
	s.attributes(m)
	want := map[string]any{
		"http.request.header.authorization": "****", "password": "****", "db": map[string]any{"secret": "****", "name": "n"},
		"list": []any{map[string]any{"api_key": "****"}}, "tokens": int64(7), "PASSWORD": "****",
	}
	if got := m.AsRaw(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if s.masked != 5 {
		t.Errorf("%d masked", s.masked)
	}
}

// TestAMapOfValuesIsReadInProportionToIt: where each looked for its name among all keys, this would take an hour.
func TestAMapOfValuesIsReadInProportionToIt(t *testing.T) {
	m := pcommon.NewMap()
	const many = 300_000 // 6 MB on the wire
	list := make(map[string]any, many)
	for i := range many {
		list[strconv.Itoa(i)+"value"] = 1
	}
	if err := m.FromRaw(list); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	r := testRedactor(t, shipped(t))
	go func() {
		defer close(done)
		(&sweep{redactor: r}).attributes(m)
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatal("it takes more than two minutes")
	}
}

// TestAValueGoesWhoseNameIsTheValueOfAnother: of headers and of environments as lists of pairs.
func TestAValueGoesWhoseNameIsTheValueOfAnother(t *testing.T) {
	r := testRedactor(t, shipped(t))
	m := pcommon.NewMap()
	if err := m.FromRaw(map[string]any{
		"headers.0.name": "X-Api-Key", "headers.0.value": "hunter", "headers.1.name": "host", "headers.1.value": "h",
		"env":  []any{map[string]any{"value": map[string]any{"stringValue": "hunter"}, "key": "DB_PASSWORD"}, map[string]any{"Name": "Cookie", "Value": "hunter"}},
		"raw":  []any{[]any{[]byte("authorization"), []byte("hunter")}, []any{"host", "h"}},
		"list": []any{"password", "h"}, "name": "secret", "values": []any{"hunter"}, "KEY": "password", "VALUE": "hunter",
	}); err != nil {
		t.Fatal(err)
	}
	s := &sweep{redactor: r}
	s.attributes(m)
	want := map[string]any{
		"headers.0.name": "X-Api-Key", "headers.0.value": "****", "headers.1.name": "host", "headers.1.value": "h",
		"env":  []any{map[string]any{"value": "****", "key": "DB_PASSWORD"}, map[string]any{"Name": "Cookie", "Value": "****"}},
		"raw":  []any{[]any{[]byte("authorization"), "****"}, []any{"host", "h"}},
		"list": []any{"password", "h"}, "name": "secret", "values": "****", "KEY": "password", "VALUE": "****",
	}
	if got := m.AsRaw(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if s.masked != 6 {
		t.Errorf("%d masked", s.masked)
	}
}

func TestKeysThatBecomeTheSameAreKeptApart(t *testing.T) {
	r := testRedactor(t, &Config{BlockedValues: []string{`sk-[a-z]{3,}`}})
	m := pcommon.NewMap()
	m.PutStr("for sk-aaa", "1")
	m.PutStr("for sk-bbb", "2")
	m.PutStr("other", "3")
	(&sweep{redactor: r}).attributes(m)
	if got := fmt.Sprint(m.AsRaw()); got != "map[for ****:1 for ****_2:2 other:3]" {
		t.Error(got)
	}
}

func TestPatternsAreChecked(t *testing.T) {
	for _, c := range []Config{{BlockedValues: []string{"("}}, {BlockedKeyPatterns: []string{"["}}, {BlockedValues: []string{"x*"}}} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "[0]") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// BenchmarkTraces is one request of 500 spans of 1.4 kB.
func BenchmarkTraces(b *testing.B) {
	r := testRedactor(b, shipped(b))
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for i := range 500 {
		s := ss.Spans().AppendEmpty()
		s.SetName("chat gpt-4o")
		s.Attributes().PutStr("gen_ai.operation.name", "chat")
		s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
		s.Attributes().PutInt("gen_ai.usage.input_tokens", int64(i))
		s.Attributes().PutStr("gen_ai.input.messages", strings.Repeat("The high price of a thought is that somebody has to think it. ", 15))
		s.Attributes().PutStr("gen_ai.output.messages", strings.Repeat("Axes and bearers of eyes skip the half of it. ", 8))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.traces(b.Context(), td); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/500, "µs/span")
}
