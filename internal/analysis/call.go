package analysis

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"
)

// maxBody bounds what is read of one answer, in bytes. An answer has a few
// kilobytes; what is larger comes from a server that is no model server, or
// from a loop.
const maxBody = 4 << 20

// answer is what one call brought, with its span still open: judge decides how
// it ends. Whoever holds an answer must call end, once.
type answer struct {
	span     *genai.Chat
	response genai.ChatResponse

	content, refusal, finish string
}

// exchange is what went over the wire in one call, as far as errors need it. It
// belongs to one call and is not shared. status is 0 while no answer has come.
type exchange struct {
	status int
	header http.Header
	body   []byte // at most maxBody
	large  bool   // it was longer
	err    error  // of the transport
}

// observe reads the whole answer here, bounded, because the client would read
// without a bound, and would lose the status of errors whose body is no JSON.
// It is a middleware of the client, around its one request.
func (x *exchange) observe(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	res, err := next(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	// One byte more than allowed tells a body that is too long from one that
	// just fits.
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	_ = res.Body.Close()
	if err != nil {
		x.err = err
		return nil, err
	}
	if len(body) > maxBody {
		body, x.large = body[:maxBody], true
	}
	x.status, x.header, x.body = res.StatusCode, res.Header, body
	res.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		// Some servers label their JSON as text; the client goes by the label.
		res.Header = res.Header.Clone()
		res.Header.Set("Content-Type", "application/json")
	}
	return res, nil
}

// call makes one HTTP call, in its own span, and adds its use to o. On success
// the span stays open in the answer; on failure it is ended here. Fields of o
// that tell of the last call only (mode, raw answer, finish reason) are
// overwritten, counts and cost add up.
func (a *openAIAnalyst) call(ctx context.Context, f form, o *job.Analysis) (*answer, *Error) {
	params := f.params(&a.cfg, &a.schemas, o.Messages)
	o.Mode, o.Calls = f.rung.mode(), o.Calls+1
	o.TemperatureSent = a.cfg.Temperature != nil && !f.noTemperature
	o.Raw, o.FinishReason = "", ""
	req := genai.ChatRequest{
		Provider: a.cfg.Provider, Model: a.cfg.Model, MaxTokens: a.cfg.MaxTokens,
		Messages: spanMessages(o.Messages), ResponseFormat: "json", ServerAddress: a.host, ServerPort: a.port,
		PromptName: a.prompt.Name, PromptVersion: a.prompt.Version,
	}
	if f.rung == rungText {
		req.ResponseFormat = "text"
	}
	if o.TemperatureSent {
		req.Temperature = a.cfg.Temperature
	}
	if a.cfg.Seed != nil && !f.noSeed {
		req.Seed = a.cfg.Seed
	}
	ctx, span := genai.StartChat(ctx, a.tracer, req, a.cfg.GenAI...)
	// Filled in by the middleware while New runs, and read after it.
	var x exchange
	completion, err := a.chat.New(ctx, params, option.WithMiddleware(x.observe))
	if err == nil && len(completion.Choices) == 0 {
		err = errNoChoice
	}
	if err != nil {
		e := a.explain(ctx, &x, err)
		span.Fail(e, e.typeName())
		return nil, e
	}
	ans := &answer{span: span}
	ans.read(completion)
	a.account(ans, o)
	return ans, nil
}

// read takes over what the first choice says. A refusal without content is
// recorded as content, so that the trace shows what the model said.
func (ans *answer) read(c *openai.ChatCompletion) {
	choice := c.Choices[0]
	ans.content, ans.refusal, ans.finish = choice.Message.Content, choice.Message.Refusal, choice.FinishReason
	ans.response = genai.ChatResponse{
		ID: c.ID, Model: c.Model, Content: ans.content,
		HasUsage:        c.JSON.Usage.Valid(),
		InputTokens:     int(c.Usage.PromptTokens),
		OutputTokens:    int(c.Usage.CompletionTokens),
		CachedTokens:    int(c.Usage.PromptTokensDetails.CachedTokens),
		ReasoningTokens: int(c.Usage.CompletionTokensDetails.ReasoningTokens),
	}
	if ans.refusal != "" && ans.content == "" {
		ans.response.Content = ans.refusal
	}
	if ans.finish != "" {
		ans.response.FinishReasons = []string{ans.finish}
	}
}

// account adds the call to the outcome. Servers that report no usage leave
// tokens and cost unknown rather than zero. The cost is nil until a call's
// price is known.
func (a *openAIAnalyst) account(ans *answer, o *job.Analysis) {
	r := &ans.response
	o.Raw, o.FinishReason, o.ResponseModel = r.Content, ans.finish, r.Model
	if !r.HasUsage {
		return
	}
	o.HasUsage = true
	o.InputTokens += r.InputTokens
	o.OutputTokens += r.OutputTokens
	o.CachedTokens += r.CachedTokens
	r.CostUSD = a.prices.Cost(r.InputTokens, r.CachedTokens, r.OutputTokens, r.Model, a.cfg.Model)
	if r.CostUSD != nil {
		total := *r.CostUSD
		if o.CostUSD != nil {
			total += *o.CostUSD
		}
		o.CostUSD = &total
	}
}

// end ends the span of a call, as failed when the answer was of no use.
func (ans *answer) end(fault *Error) {
	if fault != nil {
		ans.span.FailWith(ans.response, fault, fault.typeName())
		return
	}
	ans.span.End(ans.response)
}

// declines recognises a refusal in prose, which asking again does not change:
// "I'm sorry, but I can't …", "As an AI …". It is asked only where there is no
// JSON, and matches at the start only, since a comment may quote such words.
var declines = regexp.MustCompile(`(?i)^\W*(i['’]?m (very )?sorry|i am sorry|sorry,|i can(['’]t|not|not) |` +
	`i['’]m (unable|not able) to|i am (unable|not able) to|as an ai\b)`)

// judge takes the result out of an answer, or says what is wrong with it. The
// order of the checks matters: a cut answer is called cut before it is called
// invalid, because the remedy is another.
func (a *openAIAnalyst) judge(ans *answer) (*job.Comment, *Error) {
	at := fmt.Sprintf("model %s at %s", a.cfg.Model, a.shown)
	content := strings.TrimSpace(ans.content)
	switch {
	case content == "" && ans.refusal != "":
		return nil, refused(at)
	case ans.finish == "content_filter":
		return nil, &Error{
			Kind: KindFiltered,
			What: at + " withheld its answer because of a content filter",
			Hint: "this page cannot be commented on with this model; try another MODEL",
		}
	case content == "" && ans.finish != "length":
		return nil, &Error{
			Kind: KindEmpty,
			What: at + " returned an empty answer",
			Hint: "try again; if it stays empty, look into the server's log",
		}
	}
	// A cut answer may still hold a complete object; only if it does not is the
	// limit reported.
	cut := &Error{
		Kind: KindTruncated,
		What: fmt.Sprintf("%s stopped in the middle of its answer, at the limit of %d tokens", at, a.cfg.MaxTokens),
		Hint: "raise MODEL_MAX_TOKENS (reasoning counts as well), or use a model that does not repeat itself",
	}
	object, ok := ExtractJSON(content, "tldr", "summary", "projects", "similar_tech")
	if !ok {
		switch {
		case ans.finish == "length":
			return nil, cut
		case declines.MatchString(content):
			return nil, refused(at)
		}
		return nil, &Error{
			Kind: KindInvalidJSON,
			What: at + " did not answer with a JSON object",
			Hint: "use a model or server that supports structured output, or adapt the prompt",
		}
	}
	res, issues := check(a.schemas.answer, object)
	if len(issues) == 0 {
		return res, nil
	}
	if ans.finish == "length" {
		return nil, cut
	}
	return nil, &Error{
		Kind: KindSchema, Issues: issues,
		What: fmt.Sprintf("%s gave an answer that breaks the result schema (%s)", at, strings.Join(issues, "; ")),
		Hint: "use a model or server that supports structured output, or adapt the prompt",
	}
}

// refused is the error for a model that declined in either way, at says where.
func refused(at string) *Error {
	return &Error{Kind: KindRefusal, What: at + " refused to comment on this page", Hint: "comment by hand, or try another MODEL"}
}

// repairable reports whether one more turn with the list of faults may help:
// where the model wrote something, but not the object asked for.
func (e *Error) repairable() bool { return e.Kind == KindInvalidJSON || e.Kind == KindSchema }

// faults lists what the model is told about its rejected answer; never empty.
func (e *Error) faults() []string {
	if len(e.Issues) > 0 {
		return e.Issues
	}
	return []string{"it holds no complete JSON object"}
}

// spanMessages are the messages as the span of the call shows them.
func spanMessages(ms []job.ChatMessage) []genai.Message {
	out := make([]genai.Message, len(ms))
	for i, m := range ms {
		out[i] = genai.Message(m)
	}
	return out
}
