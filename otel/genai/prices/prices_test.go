package prices

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// million of input alone, so that the cost is the price.
var million = Usage{Input: 1e6}

func mustParse(t *testing.T, text string) *Table {
	t.Helper()
	table, err := Parse("own.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// unknown stands for no cost.
const unknown = -1

func input(t *Table, c Call) float64 {
	c.Usage = Usage{Input: 1000} // short of every tier
	cost, ok := t.Cost(c)
	if !ok {
		return unknown
	}
	return math.Round(cost.Input*1e9) / 1e6
}

func TestNamesAreMatchedByRulesAlone(t *testing.T) {
	table := BuiltIn()
	for name, c := range map[string]struct {
		call Call
		want float64 // of a million tokens of input
	}{
		"as it stands":                     {Call{Provider: "openai", Answered: "gpt-4o"}, 2.5},
		"in capitals":                      {Call{Provider: "OpenAI", Answered: "GPT-4o "}, 2.5},
		"a snapshot":                       {Call{Provider: "openai", Answered: "gpt-4o-2024-08-06"}, 2.5},
		"a snapshot of its own price":      {Call{Provider: "openai", Answered: "gpt-4o-2024-05-13"}, 5},
		"month and day":                    {Call{Provider: "openai", Answered: "gpt-4-0613"}, 30},
		"Anthropic's date":                 {Call{Provider: "anthropic", Answered: "claude-sonnet-4-5-20250929"}, 3},
		"a date that is none":              {Call{Provider: "openai", Answered: "gpt-4o-20241399"}, unknown},
		"Mistral's year and month":         {Call{Provider: "mistral_ai", Answered: "mistral-medium-2312"}, unknown},
		"Vertex's date":                    {Call{Provider: "anthropic", Answered: "claude-sonnet-4@20250514"}, 3},
		"dots for hyphens":                 {Call{Provider: "anthropic", Answered: "claude-sonnet-4.5"}, 3},
		"a longer name":                    {Call{Provider: "openai", Answered: "gpt-4o-turbo"}, unknown},
		"a shorter name":                   {Call{Provider: "openai", Answered: "gpt"}, unknown},
		"fine-tuned, of a known model":     {Call{Provider: "openai", Asked: "gpt-4o", Answered: "ft:gpt-4o-2024-08-06:acme::7q"}, unknown},
		"fine-tuned, behind a gateway":     {Call{Provider: "openrouter", Asked: "gpt-4o", Answered: "openai/ft:gpt-4o-2024-08-06:acme::7q"}, unknown},
		"asked for a fine-tuned one":       {Call{Provider: "openai", Asked: "ft:gpt-4o-2024-08-06:acme::7q", Answered: "gpt-4o-2024-08-06"}, unknown},
		"audio":                            {Call{Provider: "openai", Answered: "gpt-4o-audio-preview"}, unknown},
		"fine-tuned":                       {Call{Provider: "openai", Answered: "ft:gpt-4o-mini-2024-07-18:acme::7q"}, unknown},
		"the one that answered":            {Call{Provider: "openai", Answered: "gpt-4o-mini", Asked: "gpt-4o"}, 0.15},
		"asked for, of an unknown answer":  {Call{Provider: "openai", Answered: "x", Asked: "gpt-4o"}, 2.5},
		"a vendor in front":                {Call{Answered: "openai/gpt-4o"}, 2.5},
		"two in front":                     {Call{Answered: "openrouter/anthropic/claude-sonnet-4.5"}, 3},
		"another vendor than the SDK's":    {Call{Provider: "openai", Answered: "anthropic/claude-opus-4-5"}, 5},
		"somebody unknown in front":        {Call{Answered: "acme/gpt-4o"}, unknown},
		"a vendor without that model":      {Call{Answered: "anthropic/gpt-4o"}, unknown},
		"a variant that costs nothing":     {Call{Provider: "openrouter", Answered: "openai/gpt-4o:free"}, unknown},
		"Gemini's resource":                {Call{Provider: "gcp.gemini", Answered: "models/gemini-2.5-pro"}, 1.25},
		"Vertex's resource":                {Call{Provider: "gcp.vertex_ai", Answered: "projects/p/locations/eu/publishers/google/models/gemini-2.5-pro"}, 1.25},
		"another publisher on Vertex":      {Call{Provider: "gcp.vertex_ai", Answered: "publishers/anthropic/models/claude-sonnet-4-5"}, unknown},
		"Claude on Vertex, by its region":  {Call{Provider: "gcp.vertex_ai", Answered: "claude-sonnet-4-5@20250929"}, unknown},
		"a maker in front on Vertex":       {Call{Provider: "vertex_ai", Answered: "google/gemini-2.5-flash"}, 0.3},
		"Bedrock in the US":                {Call{Provider: "aws.bedrock", Answered: "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}, 3.3},
		"Bedrock anywhere":                 {Call{Provider: "aws.bedrock", Answered: "global.anthropic.claude-sonnet-4-5-20250929-v1:0"}, 3},
		"Bedrock in a geography unknown":   {Call{Provider: "aws.bedrock", Answered: "zz.anthropic.claude-sonnet-4-5-20250929-v1:0"}, unknown},
		"Bedrock's name of Anthropic":      {Call{Provider: "aws.bedrock", Answered: "claude-sonnet-4-5"}, unknown},
		"Bedrock's id without its service": {Call{Answered: "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}, 3.3},
		"an ARN": {Call{Provider: "aws.bedrock",
			Answered: "arn:aws:bedrock:us-east-1:1234:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0"}, 3.3},
		"an ARN of one's own profile":                 {Call{Answered: "arn:aws:bedrock:us-east-1:1234:application-inference-profile/a1b2"}, unknown},
		"an ARN of another service":                   {Call{Answered: "arn:aws:sagemaker:us-east-1:1234:endpoint/gpt-4o"}, unknown},
		"a deployment on Azure":                       {Call{Provider: "azure.ai.openai", Asked: "gpt-4o", Answered: "gpt-4o-2024-08-06"}, unknown},
		"a deployment on Azure, by the SDK of OpenAI": {Call{Provider: "openai", Server: "acme.openai.azure.com", Asked: "gpt-4o"}, unknown},
		"a whole address on Azure":                    {Call{Provider: "openai", Server: "https://acme.openai.azure.com:443/", Asked: "gpt-4o"}, unknown},
		"a server of Azure's US government cloud":     {Call{Provider: "openai", Server: "acme.openai.azure.us", Asked: "gpt-4o"}, unknown},
		"a server of Azure in China":                  {Call{Provider: "openai", Server: "acme.openai.azure.cn", Asked: "gpt-4o"}, unknown},
		"OpenAI's protocol at Bedrock": {Call{Provider: "openai", Server: "bedrock-runtime.us-west-2.amazonaws.com",
			Asked: "gpt-4o"}, unknown},
		"a model of Bedrock, by the SDK of OpenAI": {Call{Provider: "openai", Server: "bedrock-runtime.us-west-2.amazonaws.com",
			Asked: "openai.gpt-oss-20b-1:0"}, 0.07},
		"Bedrock within a VPC":                      {Call{Provider: "openai", Server: "vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com", Asked: "gpt-4o"}, unknown},
		"Bedrock's other server":                    {Call{Provider: "openai", Server: "bedrock-mantle.us-east-1.api.aws", Asked: "gpt-4o"}, unknown},
		"a server of one's own at Amazon":           {Call{Provider: "openai", Server: "lb-1.elb.amazonaws.com", Asked: "gpt-4o"}, 2.5},
		"Groq, by the SDK of OpenAI":                {Call{Provider: "openai", Server: "api.groq.com", Answered: "openai/gpt-oss-20b"}, 0.075},
		"Gemini, by the SDK of OpenAI":              {Call{Provider: "openai", Server: "https://generativelanguage.googleapis.com/v1beta/openai", Asked: "gemini-2.5-flash"}, 0.3},
		"Claude on Vertex, by the SDK of Anthropic": {Call{Provider: "anthropic", Server: "us-east5-aiplatform.googleapis.com", Asked: "claude-sonnet-4-5@20250929"}, unknown},
		"a name like that of a vendor's server":     {Call{Provider: "openai", Server: "notapi.groq.com", Asked: "gpt-4o"}, 2.5},
		"a maker in front on Azure":                 {Call{Provider: "azure", Answered: "openai/gpt-4o"}, unknown},
		"the SDK's own word for a provider":         {Call{Provider: "openai.responses", Answered: "gpt-4o"}, 2.5},
		"the SDK's own word for Azure":              {Call{Provider: "azure-openai.chat", Answered: "gpt-4o"}, unknown},
		"a server of one's own":                     {Call{Provider: "ollama", Answered: "gpt-4o"}, unknown},
		"a server of one's own, a maker in front":   {Call{Provider: "vllm", Answered: "openai/gpt-4o"}, unknown},
		"no provider":                               {Call{Answered: "gpt-4o"}, 2.5},
		"no provider, vendors agree":                {Call{Answered: "gemini-2.5-pro"}, 1.25},
		"no provider, a reseller's name":            {Call{Answered: "openai/gpt-oss-20b"}, unknown},
		"a reseller's name":                         {Call{Provider: "groq", Answered: "openai/gpt-oss-20b"}, 0.075},
		"nothing in front of a slash":               {Call{Answered: "/gpt-4o"}, unknown},
		"no model":                                  {Call{Provider: "openai"}, unknown},
		"the standard tier":                         {Call{Provider: "openai", Answered: "gpt-4o", ServiceTier: "default"}, 2.5},
		"another tier":                              {Call{Provider: "openai", Answered: "gpt-4o", ServiceTier: "flex"}, unknown},
		"Vertex's standard tier":                    {Call{Provider: "gcp.vertex_ai", Answered: "gemini-3.5-flash", ServiceTier: "ON_DEMAND"}, 1.5},
		"another of Vertex":                         {Call{Provider: "gcp.vertex_ai", Answered: "gemini-3.5-flash", ServiceTier: "ON_DEMAND_PRIORITY"}, unknown},
	} {
		if got := input(table, c.call); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestVendorsThatDisagreeLeaveTheCostUnknown(t *testing.T) {
	table := mustParse(t, "vendor: acme\nproviders: [acme]\nmodels:\n  gpt-4o: {input: 1, output: 1}\n")
	for provider, want := range map[string]float64{"": unknown, "acme": 1, "openai": 2.5, "acme.chat": 1, "litellm": unknown} {
		if got := input(table, Call{Provider: provider, Answered: "gpt-4o"}); got != want {
			t.Errorf("%q: %v, want %v", provider, got, want)
		}
	}
}

func TestEntriesOfOnesOwn(t *testing.T) {
	table := mustParse(t, `dated: 2026-11-30
models:
  Local: {input: 1, output: 2}
  gpt-4o: {input: 7, output: 8}
---
vendor: azure
models:
  deployment-7: {input: 4, output: 5}
---
vendor: x_ai  # xai by another of its names
models:
  grok-4.7: {input: 9, output: 9}
`)
	for name, c := range map[string]struct {
		call Call
		want float64
	}{
		"of any provider":                 {Call{Provider: "ollama", Answered: "local"}, 1},
		"instead of the built-in one":     {Call{Provider: "openai", Answered: "gpt-4o-2024-08-06"}, 7},
		"with a vendor in front":          {Call{Answered: "openai/gpt-4o"}, 7},
		"of a vendor":                     {Call{Provider: "azure.ai.openai", Asked: "deployment-7"}, 4},
		"not of another one":              {Call{Provider: "openai", Asked: "deployment-7"}, unknown},
		"of a vendor by its other name":   {Call{Provider: "xai", Asked: "grok-4.7"}, 9},
		"what the file does not speak of": {Call{Provider: "openai", Answered: "gpt-4o-mini"}, 0.15},
	} {
		if got := input(table, c.call); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if cost, _ := table.Cost(Call{Answered: "local"}); cost.Source != "own.yaml 2026-11-30" {
		t.Errorf("source %q", cost.Source)
	}
	if got := input(BuiltIn(), Call{Answered: "local"}); got != unknown {
		t.Errorf("a file changed the built-in table: %v", got)
	}
}

func TestCostIsSummedByParts(t *testing.T) {
	table := mustParse(t, `models:
  plain: {input: 2, output: 8}
  parts: {input: 2, cached_input: 0.5, cache_write: 3, output: 8, reasoning: 16}
  free: {input: 0, output: 0}
  tiers:
    input: 2
    cached_input: 0.5
    output: 8
    above:
      - {tokens: 2000000, input: 20, cached_input: 5}
      - {tokens: 1000000, input: 4, output: 12}
`)
	const m = 1_000_000
	for name, c := range map[string]struct {
		model         string
		usage         Usage
		input, output float64
	}{
		"input and output":            {"plain", Usage{Input: 2 * m, Output: m}, 4, 8},
		"parts at the price of all":   {"plain", Usage{Input: 2 * m, CachedInput: m, CacheWrite: m, Output: m, Reasoning: m}, 4, 8},
		"parts at their own":          {"parts", Usage{Input: 3 * m, CachedInput: m, CacheWrite: m, Output: 2 * m, Reasoning: m}, 5.5, 24},
		"more cached than all":        {"parts", Usage{Input: m, CachedInput: 3 * m}, 0.5, 0},
		"more written than is left":   {"parts", Usage{Input: 2 * m, CachedInput: m, CacheWrite: 5 * m}, 3.5, 0},
		"more reasoning than output":  {"parts", Usage{Output: m, Reasoning: 5 * m}, 0, 16},
		"less than nothing":           {"parts", Usage{Input: -m, CachedInput: -m, Output: -m}, 0, 0},
		"nothing used is zero":        {"plain", Usage{}, 0, 0},
		"free is zero, and known":     {"free", Usage{Input: m}, 0, 0},
		"at the bound of a tier":      {"tiers", Usage{Input: m, Output: m}, 2, 8},
		"above it, all of the call":   {"tiers", Usage{Input: 2 * m, Output: m}, 8, 12},
		"a part as below the tier":    {"tiers", Usage{Input: 2 * m, CachedInput: m}, 4.5, 0},
		"above two, whatever order":   {"tiers", Usage{Input: 3 * m, CachedInput: m, Output: m}, 45, 12},
		"output does not make a tier": {"tiers", Usage{Input: m, Output: 5 * m}, 2, 40},
	} {
		got, ok := table.Cost(Call{Answered: c.model, Usage: c.usage})
		if !ok || math.Abs(got.Input-c.input) > 1e-9 || math.Abs(got.Output-c.output) > 1e-9 {
			t.Errorf("%s: %v, %v, want %v and %v", name, got, ok, c.input, c.output)
		}
		if got.Total() != got.Input+got.Output {
			t.Errorf("%s: total %v", name, got.Total())
		}
	}
}

func TestLoad(t *testing.T) {
	if table, err := Load(""); err != nil || table != BuiltIn() {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "prices.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "read prices: ") {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("models:\n  a: {input: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if table, err := Load(path); err != nil || input(table, Call{Answered: "a"}) != 1 {
		t.Errorf("a file: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "has more than the 4194304 bytes that are read: is it the right file?") {
		t.Errorf("a large file: %v", err)
	}
}

// Every document of the built-in table has a source, a day and prices within reason: of a slip by a factor of a thousand.
func TestBuiltInTable(t *testing.T) {
	files, _ := fs.Glob(builtIn, "table/*.yaml")
	for _, name := range files {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(strings.NewReader(string(text)))
		for {
			var doc struct{ Vendor, Source, Dated string }
			if dec.Decode(&doc) != nil {
				break
			}
			if doc.Vendor != strings.TrimSuffix(filepath.Base(name), ".yaml") || !strings.HasPrefix(doc.Source, "https://") {
				t.Errorf("%s: vendor %q, source %q", name, doc.Vendor, doc.Source)
			}
			if _, err := time.Parse(time.DateOnly, doc.Dated); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	table, models := BuiltIn(), 0
	for vendor, entries := range table.vendors {
		for name, e := range entries {
			models++
			first, e := e, e.prices[0]
			if name != fold(name) {
				t.Errorf("%s of %s would not be found", name, vendor)
			}
			for _, later := range first.prices[1:] {
				if later.from > "2027-12-31" || later.input > 4*e.input || later.output > 4*e.output || (later.cachedInput == nil) != (e.cachedInput == nil) {
					t.Errorf("%s of %s: %+v comes after %+v", name, vendor, later, e)
				}
			}
			if e.input < 0.005 || e.input > 200 || e.output > 700 || or(e.cachedInput, 0) > e.input ||
				or(e.cacheWrite, e.input) > 2*e.input || e.output > 0 && e.output < e.input*0.9 {
				t.Errorf("%s of %s: %+v", name, vendor, e)
			}
			for _, tier := range e.above {
				if tier.tokens < 32_000 || or(tier.input, e.input) < e.input || or(tier.output, e.output) < e.output {
					t.Errorf("%s of %s above %d tokens", name, vendor, tier.tokens)
				}
			}
		}
	}
	if models < 300 {
		t.Errorf("%d models", models)
	}
}

func TestLongCallsCostWhatTheirTierDoes(t *testing.T) {
	for _, c := range []struct {
		input int64
		want  float64
	}{{200_000, 0.25}, {200_001, 0.5000025}} {
		got, ok := BuiltIn().Cost(Call{Provider: "gcp.gemini", Answered: "gemini-2.5-pro", Usage: Usage{Input: c.input}})
		if !ok || math.Abs(got.Input-c.want) > 1e-9 {
			t.Errorf("%d tokens: %v, want %v", c.input, got.Input, c.want)
		}
	}
}

func FuzzNamesHaveOneCost(f *testing.F) {
	for _, name := range []string{"openai/gpt-4o", "arn:aws:bedrock:x:y/z", "publishers/google/models/gemini-2.5-pro", "models/", "gpt-4o-2024-08-06", "a//b"} {
		f.Add("openai", name)
	}
	f.Fuzz(func(t *testing.T, provider, name string) {
		a, ok := BuiltIn().Cost(Call{Provider: provider, Answered: name, Usage: million})
		b, again := BuiltIn().Cost(Call{Provider: provider, Answered: name, Usage: million})
		if a != b || ok != again || a.Input < 0 {
			t.Fatalf("%v, then %v", a, b)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("models:\n  a: {input: 1, above: [{tokens: 2, input: 3}]}\n---\nvendor: x\nproviders: [y]\n")
	f.Add("models:\n  a: [{input: 1}, {from: 2026-12-01, input: 2}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := Parse("own.yaml", []byte(text))
		if err != nil {
			return
		}
		for name := range table.own {
			if cost, ok := table.Cost(Call{Answered: name, Usage: million}); ok && !(cost.Input >= 0) {
				t.Fatalf("%q costs %v", name, cost)
			}
		}
	})
}

func BenchmarkCost(b *testing.B) {
	c := Call{Provider: "openai", Answered: "gpt-4o-2024-08-06", Usage: Usage{Input: 1000, Output: 100}}
	BuiltIn()
	for b.Loop() {
		BuiltIn().Cost(c)
	}
}
