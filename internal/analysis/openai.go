package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/genaihttp"
)

const defaultBaseURL = "https://api.openai.com/v1"

// OpenAIConfig says which model to call, and how. Zero fields take the defaults
// named beside them.
type OpenAIConfig struct {
	BaseURL      string // https://api.openai.com/v1; any compatible server
	APIKey       string // may be empty for any server but OpenAI's
	Organization string
	Project      string
	Provider     string // gen_ai.provider.name; from the host

	Model       string   // required
	Temperature *float64 // not sent
	Seed        *int     // not sent
	MaxTokens   int      // 2000, of the answer

	ContextTokens  int           // 16000: prompt, evidence and answer together
	EvidenceTokens int           // 6000, or less where the context is smaller
	Timeout        time.Duration // 120 s, of one call
	MaxRetries     int           // 1, of calls that failed in a way that may pass; negative: 0

	Language    string // en; ISO 639-1 code of the comment
	PromptFile  string // the built-in prompt
	ContextFile string // the built-in project context

	Prices *prices.Table // what calls cost; the built-in prices

	// FormFile keeps between processes what was learnt of servers; "": nothing
	// is kept. Several processes may share it. Its folder must exist.
	FormFile string

	HTTPClient     *http.Client         // a client on http.DefaultTransport
	Logger         *slog.Logger         // none
	TracerProvider trace.TracerProvider // the global one
	Spans          []genaihttp.Option   // such as genaihttp.WithContent
}

// openAIAnalyst is immutable once made, but for memory, which has a lock.
type openAIAnalyst struct {
	cfg     OpenAIConfig
	prompt  *job.Prompt
	context *ProjectContext
	prices  *prices.Table
	schemas schemaSet
	answers *openAIAnalyst // the same for questions; nil in an analyst of one
	asked   string         // the question that this one answers
	memory  *memory
	chat    openai.ChatCompletionService
	log     *slog.Logger
	now     func() time.Time
	shown   string // base URL without secrets
	host    string
	pause   func(context.Context, time.Duration) error
}

// NewOpenAI makes the analyst that calls a model. It reads the files that cfg
// names and makes no request.
// Settings that cannot work are errors here, not with the first job: no key for
// OpenAI, no model, an address that is none, files that do not parse, a context
// too small for prompt, answer and some evidence. Each names the variable to
// change.
func NewOpenAI(cfg OpenAIConfig) (job.Analyst, error) {
	return newOpenAI(cfg)
}

func newOpenAI(cfg OpenAIConfig) (*openAIAnalyst, error) {
	a := &openAIAnalyst{pause: retry.Sleep, now: time.Now}
	var err error
	if cfg, err = withDefaults(cfg); err != nil {
		return nil, err
	}
	// withDefaults has made sure that it parses.
	u, _ := url.Parse(cfg.BaseURL)
	a.host = u.Hostname()
	a.shown = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	if cfg.APIKey == "" && isOpenAI(a.host) {
		return nil, errors.New("OPENAI_API_KEY is empty: set it, or set OPENAI_BASE_URL to a server that needs no key, or MODEL to offline")
	}
	if cfg.Provider == "" {
		cfg.Provider = provider(a.host)
	}
	if a.prompt, err = LoadPrompt(cfg.PromptFile); err != nil {
		return nil, err
	}
	if a.context, err = LoadContext(cfg.ContextFile); err != nil {
		return nil, err
	}
	a.prices = cmp.Or(cfg.Prices, prices.BuiltIn())
	if a.schemas, err = newSchemaSet(cfg.MaxTokens); err != nil {
		return nil, err
	}
	a.cfg = cfg
	a.memory = &memory{known: knownForm(a.host, cfg.Model), key: formKey{Server: a.shown, Model: cfg.Model}}
	if cfg.FormFile != "" {
		a.memory.file = &formFile{path: cfg.FormFile}
		a.memory.load(a.now())
	}
	if err := a.fits("MODEL_MAX_TOKENS"); err != nil {
		return nil, err
	}
	a.log = cfg.Logger
	a.chat = openai.NewChatCompletionService(a.options()...)
	answers := *a
	answers.context = nil
	if answers.prompt, err = prompts.Parse(answerPrompt); err != nil {
		return nil, fmt.Errorf("read the prompt of answers: %w", err)
	}
	if answers.schemas, err = newAnswerSet(cfg.MaxTokens); err != nil {
		return nil, err
	}
	a.answers = &answers
	return a, nil
}

// withDefaults trims and completes a configuration. After it BaseURL parses, is
// http or https and has no slash at its end.
func withDefaults(cfg OpenAIConfig) (OpenAIConfig, error) {
	cfg.BaseURL = strings.TrimRight(strings.TrimSpace(cfg.BaseURL), "/")
	cfg.APIKey = strings.TrimSpace(cfg.APIKey)
	cfg.Model = strings.TrimSpace(cfg.Model)
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if u, err := url.Parse(cfg.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return cfg, errors.New("OPENAI_BASE_URL is not a web address: write it like http://127.0.0.1:8080/v1")
	}
	if cfg.Model == "" {
		return cfg, errors.New("MODEL is empty: name a model of the server, or offline for none")
	}
	if cfg.MaxTokens == 0 {
		cfg.MaxTokens = 2000
	}
	if cfg.ContextTokens == 0 {
		cfg.ContextTokens = 16000
	}
	if cfg.EvidenceTokens == 0 {
		cfg.EvidenceTokens = 6000
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 120 * time.Second
	}
	// A negative number stays: retrying makes a first attempt whatever it is.
	if cfg.MaxRetries == 0 {
		cfg.MaxRetries = 1
	}
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{}
	}
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	return cfg, nil
}

// options of the client. The service is made without openai.NewClient, which
// would read a second set of settings from the environment.
func (a *openAIAnalyst) options() []option.RequestOption {
	opts := []option.RequestOption{
		option.WithHTTPClient(a.recorded()),
		option.WithBaseURL(a.cfg.BaseURL),
		option.WithRequestTimeout(a.cfg.Timeout),
		option.WithMaxRetries(0), // retried here, so that each call has its span
	}
	if a.cfg.APIKey != "" {
		opts = append(opts, option.WithAPIKey(a.cfg.APIKey))
	}
	if a.cfg.Organization != "" {
		opts = append(opts, option.WithOrganization(a.cfg.Organization))
	}
	if a.cfg.Project != "" {
		opts = append(opts, option.WithProject(a.cfg.Project))
	}
	return opts
}

// recorded is the client of the settings, whose calls have spans.
func (a *openAIAnalyst) recorded() *http.Client {
	client := *a.cfg.HTTPClient
	opts := append([]genaihttp.Option{genaihttp.WithTracerProvider(a.cfg.TracerProvider), genaihttp.WithMaxContent(maxBody)}, a.cfg.Spans...)
	client.Transport = genaihttp.NewTransport(client.Transport, opts...)
	return &client
}

// room is how many tokens of the page fit beside everything else, with a tenth
// of the context in reserve for what the estimate misses. It may be negative;
// newOpenAI refuses settings for which it is less than minEvidenceTokens.
func (a *openAIAnalyst) room(f form) int {
	system := estimateTokens(f.system(systemOf(a.prompt, a.context, a.cfg.Language), &a.schemas))
	longer := max(0, estimateTokens(templateOf(a.prompt))-estimateTokens(prompts.DefaultUser)) // than what wrapTokens counts
	return min(a.cfg.ContextTokens*9/10-a.cfg.MaxTokens-system-longer-wrapTokens-estimateTokens(a.asked), a.cfg.EvidenceTokens)
}

// fits refuses a prompt that leaves no room for a page. The text form has the longest, since the
// schema stands in it. limit is what bounds the answer.
func (a *openAIAnalyst) fits(limit string) error {
	room := a.room(form{Rung: rungText})
	if room >= minEvidenceTokens {
		return nil
	}
	return fmt.Errorf("MODEL_CONTEXT_TOKENS %d leaves %d tokens for the page beside the prompt and an answer of %s %d: "+
		"raise the first (at least %d) or lower the second",
		a.cfg.ContextTokens, max(room, 0), limit, a.cfg.MaxTokens, a.cfg.ContextTokens+minEvidenceTokens-room)
}

// with is the analyst with another prompt, and with what that says of the call. What was learnt of the
// server is shared.
func (a *openAIAnalyst) with(p *job.Prompt) (*openAIAnalyst, error) {
	other, limit := *a, "MODEL_MAX_TOKENS"
	other.prompt = p
	if p.Temperature != nil {
		other.cfg.Temperature = p.Temperature
	}
	if p.MaxTokens > 0 {
		limit = "max_tokens of the prompt,"
		var err error
		other.cfg.MaxTokens = p.MaxTokens
		if other.schemas, err = newSchemaSet(p.MaxTokens); err != nil {
			return &other, err
		}
	}
	return &other, other.fits(limit)
}

// CheckPrompt says why a prompt can't be used with this model and these settings; nil where it can.
func (a *openAIAnalyst) CheckPrompt(p *job.Prompt) error {
	err := prompts.Check(p)
	if err == nil {
		_, err = a.with(p)
	}
	return err
}

// Describe returns the settings that are the same for all analyses; see
// [job.Analyst].
func (a *openAIAnalyst) Describe() job.AnalystSettings {
	return job.AnalystSettings{
		Analyst: job.AnalystOpenAI, Provider: a.cfg.Provider, Model: a.cfg.Model, BaseURL: a.shown,
		Temperature: a.cfg.Temperature, MaxTokens: a.cfg.MaxTokens,
		PromptName: a.prompt.Name, PromptVersion: a.prompt.Version,
		ContextName: a.context.Name, Language: a.cfg.Language,
	}
}

// Analyze makes the call. Its course: the call in the form the server is known
// to take, in simpler ones while the server refuses the form; then, if the
// answer breaks the schema, one more with the list of faults.
// What was sent and received is in the returned analysis in any case, for the
// trace. At most one repair is tried, since each call is paid for.
func (a *openAIAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	var unfit error
	if p := job.PromptOf(ctx); p != nil && a.asked == "" {
		a, unfit = a.with(p)
	}
	o := &job.Analysis{
		Analyst: job.AnalystOpenAI, Model: a.cfg.Model, Question: a.asked, Language: cmp.Or(job.LanguageOf(ctx), a.cfg.Language),
		PromptName: a.prompt.Name, PromptVersion: a.prompt.Version, MaxTokens: a.cfg.MaxTokens,
	}
	if a.cfg.Temperature != nil {
		o.Temperature = *a.cfg.Temperature
	}
	if unfit != nil {
		return o, &Error{
			Kind: KindContextLength, What: fmt.Sprintf("prompt %s, version %s, can't be used: %v", a.prompt.Name, a.prompt.Version, unfit),
		}
	}
	if err := usable(ev); err != nil {
		return o, err
	}
	ans, f, failure := a.ask(ctx, ev, o)
	if failure != nil {
		return o, failure
	}
	res, fault := a.judgeAndEnd(ans)
	// The rejected answer and its faults are shown to the model in the form
	// that the server took the first time.
	if fault != nil && fault.repairable() {
		// The same reserve as in room, now with the first call's messages in
		// the context.
		room := a.cfg.ContextTokens*9/10 - a.cfg.MaxTokens - estimateMessages(o.Messages)
		o.Messages = repairMessages(o.Messages, strings.TrimSpace(ans.content), fault.faults(), room)
		if ans, failure = a.retrying(ctx, f, o, a.cfg.MaxRetries, true); failure != nil {
			return o, failure
		}
		res, fault = a.judgeAndEnd(ans)
		o.Repaired = fault == nil
	}
	if fault != nil {
		return o, fault
	}
	o.Result = res
	return o, nil
}

// Answer answers a question by the same course, with a prompt and a schema of
// its own. What was learnt of the server is shared.
func (a *openAIAnalyst) Answer(ctx context.Context, ev *job.Evidence, question string) (*job.Analysis, error) {
	answering := *a.answers
	answering.asked = question
	return answering.Analyze(ctx, ev)
}

// estimateMessages is the estimate of whole messages, with the chat template.
func estimateMessages(ms []job.ChatMessage) int {
	n := wrapTokens
	for _, m := range ms {
		n += estimateTokens(m.Content)
	}
	return n
}

// usable refuses evidence that would make a model invent: none, that of a
// failed retrieval, and that without text, snippets and description.
func usable(ev *job.Evidence) *Error {
	if ev == nil || ev.Coverage == job.CoverageFailed || strings.TrimSpace(bodyOf(ev)+ev.Description) == "" {
		return &Error{
			Kind: KindNoEvidence,
			What: "there is no text of the page to analyse",
			Hint: "see what retrieval reported, and share a page whose text can be read without a login",
		}
	}
	return nil
}

// isOpenAI reports whether host is OpenAI's own, or one of its regions.
func isOpenAI(host string) bool {
	return host == "api.openai.com" || strings.HasSuffix(host, ".api.openai.com")
}

// provider is the well-known gen_ai.provider.name of a host. The conventions
// (v1.41.1, gen-ai-spans) ask for "openai" where a server merely speaks
// OpenAI's protocol; server.address tells them apart.
func provider(host string) string { return cmp.Or(vendor(host), "openai") }

// vendor is the name of who runs a host, as the conventions write it, or "".
func vendor(host string) string {
	// Hosts and those below them.
	known := []struct{ suffix, name string }{
		{"api.openai.com", "openai"},
		{"openai.azure.com", "azure.ai.openai"},
		{"services.ai.azure.com", "azure.ai.inference"},
		{"api.groq.com", "groq"},
		{"api.mistral.ai", "mistral_ai"},
		{"api.deepseek.com", "deepseek"},
		{"api.perplexity.ai", "perplexity"},
		{"api.x.ai", "x_ai"},
		{"api.anthropic.com", "anthropic"},
		{"generativelanguage.googleapis.com", "gcp.gemini"},
	}
	for _, k := range known {
		if host == k.suffix || strings.HasSuffix(host, "."+k.suffix) {
			return k.name
		}
	}
	return ""
}
