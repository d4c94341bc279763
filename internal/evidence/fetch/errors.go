package fetch

import (
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/redact"
)

// Reason classifies a failure for callers that branch on it, and for metrics.
type Reason string

// Reasons of this package and, further down, of the packages that read what it
// fetched; kept in one list so that a reason means the same everywhere.
const (
	NotAURL        Reason = "not_a_url"
	WrongScheme    Reason = "wrong_scheme"
	PrivateAddress Reason = "private_address"
	ForbiddenPort  Reason = "forbidden_port"
	DNS            Reason = "dns"
	Connect        Reason = "connect"
	TLS            Reason = "tls"
	Proxy          Reason = "proxy"
	Timeout        Reason = "timeout"
	Canceled       Reason = "canceled"
	NotFound       Reason = "not_found"
	LoginNeeded    Reason = "login_needed"
	Forbidden      Reason = "forbidden"
	RateLimited    Reason = "rate_limited"
	ServerError    Reason = "server_error"
	HTTPStatus     Reason = "http_status"
	RedirectLoop   Reason = "redirect_loop"
	TooManyHops    Reason = "too_many_redirects"
	BadRedirect    Reason = "bad_redirect"
	TooLarge       Reason = "too_large"
	Bomb           Reason = "decompression_bomb"
	BadEncoding    Reason = "bad_encoding"
	Robots         Reason = "robots"

	NotText      Reason = "not_text"
	Empty        Reason = "empty"
	SoftNotFound Reason = "soft_not_found"
	BotCheck     Reason = "bot_check"
	ConsentWall  Reason = "consent_wall"
	// RedirectNotice is a page on the way to another that does not say plainly to which.
	RedirectNotice Reason = "redirect_notice"
	Paywall        Reason = "paywall"
	NeedsScript    Reason = "needs_javascript"
	ParserTimeout  Reason = "parser_timeout"
	ParserFailed   Reason = "parser_failed"
	TooComplex     Reason = "too_complex"
	Encrypted      Reason = "encrypted"
	Scanned        Reason = "scanned"
	Broken         Reason = "broken"
	// NoProcess is a machine on which no process could be started that reads the page, or none was left to
	// read it to its end.
	NoProcess Reason = "no_process"
)

// Error is a retrieval that gave nothing usable. Its text is one sentence.
type Error struct {
	Reason Reason
	URL    string        // as asked for, secrets replaced
	Detail string        // what happened
	Hint   string        // how to repair it
	Status int           // HTTP status, 0 when there was none
	After  time.Duration // wait that the server asked for; 0: none
	Err    error         // cause; its text is not part of Error(), it may carry secrets
}

// Error returns the sentence: where, what, how to repair it.
func (e *Error) Error() string {
	s := e.Detail
	if e.URL != "" {
		s = fmt.Sprintf("%s: %s", e.URL, e.Detail)
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same request may succeed later. Everything else is a property
// of the page or the link, which the next attempt would find again.
func (e *Error) Retryable() bool {
	switch e.Reason {
	case DNS, Connect, Timeout, RateLimited, ServerError, Proxy, NoProcess:
		return true
	}
	return false
}

// RetryAfter is how long the server asked to wait, or 0.
func (e *Error) RetryAfter() time.Duration { return e.After }

// Counted reports true: the server of a page may ask for a wait, but each attempt
// counts, so that people hear of the failure in time.
func (e *Error) Counted() bool { return true }

// ErrorType is the low-cardinality error.type of the stage's span.
func (e *Error) ErrorType() string { return string(e.Reason) }

// ReasonOf returns the reason of err, or "" when err carries none.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// NewError builds an Error about rawURL and removes the secrets from it.
func NewError(reason Reason, rawURL, detail, hint string) *Error {
	return &Error{Reason: reason, URL: redact.Line(rawURL), Detail: detail, Hint: hint}
}
