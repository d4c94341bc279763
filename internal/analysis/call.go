package analysis

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/genaihttp"
)

// maxBody bounds the text of one answer, in bytes. An answer has a few
// kilobytes; what is larger comes from a server that is no model server, or
// from a loop.
const maxBody = 4 << 20

// answer is what one call brought, with its span still open: judge decides how
// it ends. Whoever holds an answer must call end, once.
type answer struct {
	*completion
	span     *genaihttp.Held
	response genai.ChatResponse
}

// exchange is what went over the wire in one call. It belongs to one call and is
// not shared. status is 0 while no answer has come.
type exchange struct {
	status int
	header http.Header
	body   []byte // at most maxBody; of a stream, the answer that it makes
	large  bool   // it was longer
	err    error  // of the transport
}

// observe reads the whole answer here, bounded, because the client would read
// without a bound, and would lose the status of errors whose body is no JSON,
// and answers whose content is no text. It is a middleware of the client, around
// its one request.
func (x *exchange) observe(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	res, err := next(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	err = x.read(res.Header.Get("Content-Type"), res.Body)
	_ = res.Body.Close()
	if err != nil {
		x.err = err
		return nil, err
	}
	x.status, x.header = res.StatusCode, res.Header
	// The client gets an empty object to decode, or an error without words.
	res.Header = http.Header{"Content-Type": {"application/json"}}
	res.Body = io.NopCloser(strings.NewReader("{}"))
	return res, nil
}

// read takes in a body: in one piece, or event by event where the server
// streams although nobody asked for it.
func (x *exchange) read(contentType string, r io.Reader) (err error) {
	buffered := bufio.NewReader(r)
	start, err := buffered.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if isStream(contentType, start) {
		x.body, x.large, err = joinStream(buffered)
		return err
	}
	// One byte more than allowed tells a body that is too long from one that
	// just fits.
	x.body, err = io.ReadAll(io.LimitReader(buffered, maxBody+1))
	if len(x.body) > maxBody {
		x.body, x.large = x.body[:maxBody], true
	}
	return err
}

// call makes one HTTP call, whose span the client's transport starts, and adds its use to o. On success
// the span stays open in the answer; on failure it is ended here. Fields of o
// that tell of the last call only (mode, raw answer, finish reason) are
// overwritten, counts and cost add up.
func (a *openAIAnalyst) call(ctx context.Context, f form, o *job.Analysis) (*answer, *Error) {
	params, opts := f.params(&a.cfg, &a.schemas, o.Messages)
	o.Mode, o.Calls = f.Rung.mode(), o.Calls+1
	o.TemperatureSent = a.cfg.Temperature != nil && !f.NoTemperature
	o.Raw, o.FinishReason = "", ""
	format := "json"
	if f.Rung == rungText {
		format = "text"
	}
	ctx, span := genaihttp.Hold(ctx, genai.ProviderNameKey.String(a.cfg.Provider), genai.OutputTypeKey.String(format),
		genai.PromptNameKey.String(a.prompt.Name), genai.PromptVersionKey.String(a.prompt.Version))
	began := a.now()
	// Filled in by the middleware while New runs, and read after it.
	var x exchange
	_, err := a.chat.New(ctx, params, append(opts, option.WithMiddleware(x.observe))...)
	var c *completion
	if err == nil {
		c, err = readCompletion(x.body)
	} else if generated, ok := failedGeneration(x.body); ok {
		c, err = generated, nil
	}
	if err != nil {
		e := a.explain(ctx, &x, err)
		span.End(e, e.typeName())
		return nil, e
	}
	ans := newAnswer(span, c)
	a.account(ans, began, o)
	return ans, nil
}

// newAnswer joins a completion with the span of its call.
func newAnswer(span *genaihttp.Held, c *completion) *answer {
	ans := &answer{span: span, completion: c, response: genai.ChatResponse{
		ID: c.id, Model: c.model, Content: c.content,
		HasUsage: c.hasUsage, InputTokens: c.inputTokens, OutputTokens: c.outputTokens,
		CachedTokens: c.cachedTokens, CacheWriteTokens: c.cacheWriteTokens, ReasoningTokens: c.reasonTokens,
	}}
	if c.refusal != "" && c.content == "" {
		ans.response.Content = c.refusal
	}
	return ans
}

// account adds the call to the outcome. Servers that report no usage leave
// tokens and cost unknown rather than zero. The cost is nil until a call's
// price is known.
func (a *openAIAnalyst) account(ans *answer, began time.Time, o *job.Analysis) {
	r := &ans.response
	o.Raw, o.FinishReason, o.ResponseModel = r.Content, ans.finish, r.Model
	if !r.HasUsage {
		return
	}
	o.HasUsage = true
	o.InputTokens += r.InputTokens
	o.OutputTokens += r.OutputTokens
	o.CachedTokens += r.CachedTokens
	// Models are looked up by their names alone: behind one address may be any of them.
	cost, known := a.prices.Cost(prices.Call{
		Server: a.host, Answered: r.Model, Asked: a.cfg.Model, ServiceTier: ans.tier, Time: began,
		Usage: prices.Usage{
			Input: int64(r.InputTokens), CachedInput: int64(r.CachedTokens), CacheWrite: int64(r.CacheWriteTokens),
			Output: int64(r.OutputTokens), Reasoning: int64(r.ReasoningTokens),
		},
	})
	if known {
		usd := cost.Total()
		r.CostUSD, r.OutputCostUSD = &usd, &cost.Output
		total := *r.CostUSD
		if o.CostUSD != nil {
			total += *o.CostUSD
		}
		o.CostUSD = &total
	}
}

// end ends the span of a call, as failed when the answer was of no use.
func (ans *answer) end(fault *Error) {
	var cost []attribute.KeyValue
	if r := &ans.response; r.CostUSD != nil {
		cost = append(cost, genai.Cost(*r.CostUSD, r.OutputCostUSD))
	}
	if fault != nil {
		ans.span.End(fault, fault.typeName(), cost...)
		return
	}
	ans.span.End(nil, "", cost...)
}
