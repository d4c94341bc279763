package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/job"
)

// Error is a call that Slack did not do, or may not have done. It is a retry.Hint:
// [Error.Retryable] and [Error.RetryAfter] are what the pipeline and the queue ask. Unclear is
// for those who post: they look in Slack before they post again.
type Error struct {
	Method string
	Code   string // Slack's, or http_503, rate_limited, network
	Hint   string // what to do about it
	// Unclear says that the call may have taken effect all the same.
	Unclear bool

	retryable bool
	after     time.Duration
	answered  bool // by Slack itself, in so many words
	own       bool // not of Slack: something of ours has not happened yet
	cause     error
}

// Error says what failed and what to do about it; it holds no token and no response_url.
func (e *Error) Error() string {
	s := fmt.Sprintf("Slack %s: %s", e.Method, e.Code)
	if e.Code == codeNetwork && e.cause != nil {
		s = fmt.Sprintf("Slack %s: %v", e.Method, e.cause)
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

func (e *Error) Unwrap() error { return e.cause }

// Retryable tells whether the same call may succeed later.
func (e *Error) Retryable() bool { return e.retryable }

// RetryAfter is how long Slack asked to wait, or 0. Such a wait does not count as a failure of
// the link, which therefore outlasts long limits and tokens that somebody has to put right.
func (e *Error) RetryAfter() time.Duration { return e.after }

// Peer is job.PeerSlack where Slack is away, fails or asks to wait, and empty where it has refused
// the call for good.
func (e *Error) Peer() string {
	if !e.retryable || e.own {
		return ""
	}
	return job.PeerSlack
}

// IsCode tells whether err is an Error with one of the codes.
func IsCode(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

const (
	// Codes of our own, beside Slack's and http_ with a status.
	codeNetwork     = "network"
	codeRateLimited = "rate_limited"

	// responseURL stands for a method where an address that Slack gave was called.
	responseURL = "response_url"
)

// authPause is how long a job waits when the token is refused, or the workspace shut for the app: it takes a
// person to put that right, and the job shall still be there then.
const authPause = 10 * time.Minute

// known says what to do about Slack's error codes (docs.slack.dev/reference/methods). Codes
// that are not here are permanent. An error of Slack's inside is unclear: the message may have
// been stored before the answer failed.
var known = map[string]struct {
	hint      string
	retryable bool
	after     time.Duration
	unclear   bool
}{
	"channel_not_found": {
		hint: "there is no such channel for this bot: check TECHNOSHARE_CHANNEL_ID, and invite the bot if the channel is private",
	},
	"not_in_channel":                        {hint: "the bot is not in the channel: type /invite @ and its name there"},
	"is_archived":                           {hint: "the channel is archived, nothing can be posted there"},
	"thread_not_found":                      {hint: "the message to answer is gone"},
	"message_not_found":                     {hint: "the message is gone"},
	"cant_update_message":                   {hint: "the message belongs to somebody else"},
	"cant_delete_message":                   {hint: "the message belongs to somebody else, or a setting of the workspace keeps it"},
	"compliance_exports_prevent_deletion":   {hint: "a setting of the workspace keeps messages from being deleted"},
	"edit_window_closed":                    {hint: "the message is too old to be changed"},
	"msg_too_long":                          {hint: "the comment is longer than Slack takes; it is whole in the run"},
	"msg_blocks_too_long":                   {hint: "the comment is longer than Slack takes; it is whole in the run"},
	"too_many_attachments":                  {hint: "the comment has more parts than Slack takes; it is whole in the run"},
	"invalid_blocks":                        {hint: "Slack does not take the comment's form; it is whole in the run"},
	"invalid_blocks_format":                 {hint: "Slack does not take the comment's form; it is whole in the run"},
	"no_text":                               {hint: "the comment was empty"},
	"restricted_action":                     {hint: "a setting of the workspace forbids apps to post there"},
	"restricted_action_read_only_channel":   {hint: "the channel is read only for apps"},
	"restricted_action_thread_only_channel": {hint: "the channel takes replies in threads only"},
	"missing_scope":                         {hint: "add the scope to the app and install it again"},
	"not_allowed_token_type":                {hint: "the token is of the wrong kind: SLACK_BOT_TOKEN must be xoxb-…, SLACK_APP_TOKEN xapp-…"},
	"method_not_supported_for_channel_type": {hint: "this kind of conversation does not allow it"},

	"invalid_auth": {hint: "Slack refuses the token: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN", retryable: true, after: authPause},
	"not_authed":   {hint: "no token was sent: set SLACK_BOT_TOKEN", retryable: true, after: authPause},
	"account_inactive": {
		hint:      "the token's account or app was removed: install the app again and set SLACK_BOT_TOKEN",
		retryable: true, after: authPause,
	},
	"token_revoked": {hint: "the token was revoked: install the app again and set SLACK_BOT_TOKEN", retryable: true, after: authPause},
	"token_expired": {hint: "the token has expired: install the app again and set SLACK_BOT_TOKEN", retryable: true, after: authPause},

	"accesslimited": {
		hint:      "a setting of the workspace keeps this network out: have its address allowed",
		retryable: true, after: authPause,
	},
	"ekm_access_denied": {hint: "administrators have suspended posts in the workspace", retryable: true, after: authPause},
	"team_access_not_granted": {
		hint:      "the organisation has not granted the app access to the workspace",
		retryable: true, after: authPause,
	},
	"two_factor_setup_required": {
		hint:      "the workspace wants two-factor authentication of who installed the app",
		retryable: true, after: authPause,
	},

	"ratelimited":            {retryable: true, after: 10 * time.Second},
	"rate_limited":           {retryable: true, after: 10 * time.Second},
	"message_limit_exceeded": {hint: "the workspace has reached its limit of messages", retryable: true, after: time.Minute},
	"internal_error":         {retryable: true, unclear: true},
	"fatal_error":            {retryable: true, unclear: true},
	"service_unavailable":    {retryable: true, unclear: true},
	"request_timeout":        {retryable: true, unclear: true},
	"team_added_to_org":      {hint: "the workspace is being moved into an organisation", retryable: true, after: time.Minute},
	"org_login_required":     {hint: "the workspace is being moved into an organisation", retryable: true, after: time.Minute},
	"external_channel_migrating": {
		hint:      "the channel is being moved between workspaces",
		retryable: true, after: time.Minute,
	},
}

// refusedToken are the codes that end a connection for good.
var refusedToken = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}

// wrap types what slack-go returns. It returns nil for nil. Whatever is neither a limit, a
// status nor an answer of Slack is taken for the network's fault and tried again, answers that
// are no JSON included.
func wrap(method string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Method: method, cause: err}
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var answer slack.SlackErrorResponse
	switch {
	case errors.As(err, &limited):
		e.Code, e.retryable, e.after = codeRateLimited, true, max(limited.RetryAfter, time.Second)
		e.Hint = fmt.Sprintf("it asks to wait %s", e.after)
		e.Unclear = errors.Is(err, errForeign)
	case errors.As(err, &status):
		e.Code = fmt.Sprintf("http_%d", status.Code)
		e.retryable = mayPass(method, status.Code)
		e.Unclear = true // who answered in Slack's place may have handed the call on before
		if status.Code >= 300 && status.Code < 400 {
			e.Hint = "something between leads elsewhere, as a proxy does to its login"
		}
	case errors.As(err, &answer):
		k := known[answer.Err]
		e.answered = true
		e.Code, e.Hint, e.retryable, e.after, e.Unclear = answer.Err, k.hint, k.retryable, k.after, k.unclear
		if answer.Err == "missing_scope" && answer.Needed != "" {
			e.Hint = fmt.Sprintf("add the scope %s to the app and install it again", answer.Needed)
		}
	default:
		e.Code, e.retryable = codeNetwork, true
		e.Unclear = !neverSent(err)
		e.cause = withoutURL(err)
	}
	return e
}

// mayPass tells whether the same call may get another status later. Slack's methods answer with 200 and
// say there what they refuse (docs.slack.dev/apis/web-api, "Evaluating responses"), or with 429, so
// other statuses are those of what stands between, such as a proxy that wants its login again. Only
// what it has against the request itself stays. A response_url has statuses of its own.
func mayPass(method string, status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusLengthRequired, http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusRequestHeaderFieldsTooLarge:
		return false
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 || method != responseURL
}

// isFinal tells whether Slack itself has refused the call, for good or until a person has put the
// token right. Whatever else failed, the network or what stands between, may pass.
func isFinal(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.answered && (!e.retryable || refused(err))
}

// neverSent tells whether the request certainly did not reach Slack. Only what failed before
// there was a connection is certain. A connection that broke later may have carried the whole
// request.
func neverSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// withoutURL takes the address out of an HTTP error: it says nothing new and
// may hold a secret.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("no answer in time: %w", u.Err)
		}
		return u.Err
	}
	return err
}
