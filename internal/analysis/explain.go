package analysis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
)

// maxComplaint bounds what an error quotes of a server's message, in bytes:
// errors are shown in a Slack thread and kept in the queue's database.
const maxComplaint = 240

// explain turns a failed call into one sentence.
// What the transport saw, x, comes before err: the client's own errors quote
// whole bodies, and lose the status of answers that are no JSON. The result has
// no cause besides context and network errors, so that no request, which
// carries the key, can be reached from it.
func (a *openAIAnalyst) explain(ctx context.Context, x *exchange, err error) *Error {
	at := "the model server " + a.shown
	if x.status == 0 {
		return a.explainTransport(ctx, at, x, err)
	}
	status, said, code := x.status, complaint(x.body), codeOf(x.body)
	if status < 400 {
		// Gateways report failures of what is behind them inside a 200.
		// An error with a status of its own is treated as that status; one
		// without is the gateway's failure.
		if !errors.Is(err, errInsideSuccess) {
			return a.explainBody(at, x, err)
		}
		status = http.StatusBadGateway
		if n := int(unlist(x.body).Get("error.code").Int()); n >= 400 && n < 600 {
			status = n
		}
	}
	if notice, ok := filterInError(status, x.body); ok {
		return a.filtered(notice, "request", status)
	}
	e := a.explainStatus(at, status, code, a.scrub(said))
	e.Status = status
	e.complaint = strings.ToLower(allWords(x.body))
	e.After = retryAfter(x.header, time.Now())
	if e.After > 0 && e.Retryable() {
		e.What += fmt.Sprintf(" and asks to wait %s", e.After.Round(time.Millisecond))
	}
	return e
}

// explainStatus maps a status and the server's words to a kind and a remedy.
// code and said are the server's, said already fit to be shown. The order
// matters: what is said about quota and context says more than the status
// it comes with.
func (a *openAIAnalyst) explainStatus(at string, status int, code, said string) *Error {
	quote := ""
	if said != "" {
		quote = fmt.Sprintf(", saying %q", said)
	}
	low := strings.ToLower(code + " " + said)
	switch {
	case status == http.StatusUnauthorized:
		return &Error{Kind: KindAuth, What: at + " does not accept the key (401)", Hint: "set OPENAI_API_KEY to a valid key of that server"}
	case status == http.StatusForbidden:
		return &Error{
			Kind: KindForbidden,
			What: fmt.Sprintf("%s forbids the use of model %s (403)%s", at, a.cfg.Model, quote),
			Hint: "give the key access to the model, or name another in MODEL",
		}
	case status == http.StatusPaymentRequired, status == http.StatusTooManyRequests && strings.Contains(low, "insufficient_quota"):
		return &Error{
			Kind: KindQuota,
			What: fmt.Sprintf("the account at %s has no credit left (%d)", at, status),
			Hint: "raise its limit, or use another key",
		}
	case status == http.StatusTooManyRequests:
		return &Error{Kind: KindRateLimited, What: at + " is asked too often (429)", Hint: "wait, or lower the number of jobs at once"}
	case contextTooSmall(low):
		return &Error{
			Kind: KindContextLength,
			What: fmt.Sprintf("prompt and answer do not fit into the context of model %s at %s (%d)%s", a.cfg.Model, a.shown, status, quote),
			Hint: "set MODEL_CONTEXT_TOKENS to the model's context window, or lower MODEL_MAX_TOKENS",
		}
	case status == http.StatusNotFound:
		return &Error{
			Kind: KindModelNotFound,
			What: fmt.Sprintf("%s has no model %s (404)%s", at, a.cfg.Model, quote),
			Hint: "correct MODEL, or OPENAI_BASE_URL, which for most servers ends in /v1",
		}
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return &Error{Kind: KindTimeout, What: fmt.Sprintf("%s took too long (%d)", at, status), Hint: "try again, or use a faster model"}
	case status >= 500 && status != http.StatusNotImplemented:
		return &Error{
			Kind: KindServer,
			What: fmt.Sprintf("%s failed (%d)%s", at, status, quote),
			Hint: "try again; if it goes on, look into the server's log",
		}
	}
	return &Error{
		Kind: KindBadRequest,
		What: fmt.Sprintf("%s refused the request (%d)%s", at, status, quote),
		Hint: "check MODEL and the MODEL_ settings against what the server supports",
	}
}

// contextWords are how OpenAI, llama.cpp, vLLM, Ollama and others say that a
// prompt is too long. There is no common code for it. low is in lower case.
var contextWords = lazyregexp.New(`context_length_exceeded|exceed_context_size|maximum context length|` +
	`context (size|window|length)|prompt is too long|too many tokens|max_model_len`)

func contextTooSmall(low string) bool { return contextWords.MatchString(low) }

// explainBody is for answers of status 200 that are no chat completion.
// Each of its cases is a server that is not what the settings take it for, or
// that broke off.
func (a *openAIAnalyst) explainBody(at string, x *exchange, err error) *Error {
	switch {
	case x.large:
		return &Error{
			Kind: KindNotAPI, Status: x.status,
			What: fmt.Sprintf("%s sent more than %d MiB", at, maxBody>>20),
			Hint: "check that OPENAI_BASE_URL is a model server",
		}
	case errors.Is(err, errNoChoice):
		return &Error{
			Kind: KindNoChoice, Status: x.status,
			What: at + " answered without any choice, as servers do whose filter stopped the answer without a word",
			Hint: "this page cannot be commented on with this model; try another MODEL, or look into the server's log",
		}
	case strings.TrimSpace(string(x.body)) == "":
		return &Error{
			Kind: KindEmpty, Status: x.status,
			What: at + " answered with an empty body",
			Hint: "try again; if it stays empty, look into the server's log",
		}
	case strings.HasPrefix(strings.TrimSpace(string(x.body)), "{") && !json.Valid(x.body):
		return &Error{
			Kind: KindServer, Status: x.status,
			What: at + " sent half an answer: its JSON is cut off",
			Hint: "try again; if it goes on, look for a proxy that cuts connections",
		}
	}
	return &Error{
		Kind: KindNotAPI, Status: x.status,
		What: at + " does not answer like an OpenAI-compatible server",
		Hint: "correct OPENAI_BASE_URL, which for most servers ends in /v1",
	}
}

// explainTransport is for calls that got no answer. ctx is the caller's: its
// end is told apart from the timeout of the one call, which the client adds to
// it.
func (a *openAIAnalyst) explainTransport(ctx context.Context, at string, x *exchange, err error) *Error {
	if x.err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		err = x.err
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &Error{Kind: KindCanceled, What: "the analysis was stopped before " + at + " answered", cause: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &Error{
			Kind: KindTimeout, What: fmt.Sprintf("%s did not answer within %s", at, a.cfg.Timeout),
			Hint: "raise MODEL_TIMEOUT, lower MODEL_MAX_TOKENS, or use a faster model", cause: context.DeadlineExceeded,
		}
	}
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		plain   tls.RecordHeaderError
	)
	// The usual causes by name, each with what to do; only the rest quotes the
	// error.
	hint := "start it, or correct OPENAI_BASE_URL"
	var why string
	var cause error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		why, cause = "connection refused", syscall.ECONNREFUSED
	case errors.As(err, &dns):
		why, hint = "its name is not known", "correct the host in OPENAI_BASE_URL, or check the name server"
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		why, hint = "its certificate is not trusted", "correct OPENAI_BASE_URL, or add the authority to the system's certificates"
	case errors.As(err, &plain):
		why, hint = "it does not speak TLS", "write http:// instead of https:// in OPENAI_BASE_URL"
	default:
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which may hold a password
		}
		why = a.scrub(err.Error())
		hint = "check that it runs and that the network lets it through"
	}
	return &Error{Kind: KindUnreachable, What: fmt.Sprintf("no connection to %s (%s)", at, why), Hint: hint, cause: cause}
}

// keyLike finds what looks like a key of a known vendor ("sk-…", "hf_…",
// "Bearer …") or a JSON web token. It is for secrets that are not ours to know,
// such as that of a gateway's own upstream.
var keyLike = lazyregexp.New(`(?i)\b(sk|xox[a-z]|xapp|ghp|gho|hf|gsk|pk|key|bearer)[-_ ][\w\-*.]{8,}|\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*`)

// scrub makes a foreign message fit to be shown: one line, bounded, without
// anything that looks like a secret.
func (a *openAIAnalyst) scrub(s string) string {
	for _, secret := range a.secrets() {
		s = strings.ReplaceAll(s, secret, "[secret]")
	}
	s = keyLike.ReplaceAllString(s, "[secret]")
	return text.Clip(text.OneLine(clean(s)), maxComplaint)
}

// secrets are what the server gets to see, and may repeat: the key, and the
// password of the base address, plain and as basic authentication carries it.
func (a *openAIAnalyst) secrets() []string {
	var out []string
	if a.cfg.APIKey != "" {
		out = append(out, a.cfg.APIKey)
	}
	if u, err := url.Parse(a.cfg.BaseURL); err == nil {
		if password, ok := u.User.Password(); ok && password != "" {
			basic := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
			out = append(out, basic, password)
		}
	}
	return out
}

// retryAfter reads Retry-After (seconds or date) and the millisecond form that
// OpenAI sends beside it. Values beyond a day are taken as a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return retry.ParseAfter(strconv.FormatFloat(ms/1000, 'f', -1, 64), now)
	}
	return retry.ParseAfter(h.Get("Retry-After"), now)
}

func statusName(status int) string { return strconv.Itoa(status) }
