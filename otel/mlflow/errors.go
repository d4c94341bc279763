package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// APIError is an answer of the server outside 2xx.
type APIError struct {
	Method, Path string // Path without host, prefix and query
	Status       int
	Code         string // MLflow's error_code, such as RESOURCE_DOES_NOT_EXIST
	Message      string // the server's words, shortened
	RetryAfter   time.Duration
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "MLflow answered %d", e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	fmt.Fprintf(&b, " to %s %s", e.Method, e.Path)
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if h := e.hint(); h != "" {
		b.WriteString(" (" + h + ")")
	}
	return b.String()
}

// hint says how to mend what the person who runs the program can mend.
func (e *APIError) hint() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
	case e.Status == http.StatusForbidden && strings.Contains(e.Message, "Invalid Host"):
		return "start the server with --allowed-hosts naming the host of MLFLOW_TRACKING_URI"
	case e.Status == http.StatusForbidden:
		return "the user or token of MLFLOW_TRACKING_* may not do this"
	case e.Status >= 300 && e.Status < 400:
		return "set MLFLOW_TRACKING_URI to the address it redirects to"
	case e.Status == http.StatusNotFound && e.Code == "":
		return "check host and path of MLFLOW_TRACKING_URI"
	}
	return ""
}

const maxMessage = 600

func newAPIError(method, path string, resp *http.Response, body []byte) *APIError {
	e := &APIError{Method: method, Path: path, Status: resp.StatusCode, RetryAfter: parseRetryAfter(resp.Header.Get("Retry-After"))}
	var j struct {
		Code    string          `json:"error_code"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"` // FastAPI routes
	}
	text := string(body)
	if json.Unmarshal(body, &j) == nil && (j.Code != "" || j.Message != "" || len(j.Detail) > 0) {
		e.Code, text = j.Code, j.Message
		if text == "" {
			text = strings.Trim(string(j.Detail), `"`)
		}
	} else if strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = "an HTML page" // a proxy's error page says nothing in a log line
	}
	// SQLAlchemy appends the statement with its values, which are the user's
	// content; the first line says it all.
	text, _, _ = strings.Cut(text, "\n[SQL:")
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxMessage {
		text = string(r[:maxMessage]) + "…"
	}
	if loc := resp.Header.Get("Location"); loc != "" && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		text = "redirects to " + stripQuery(loc)
	}
	e.Message = text
	return e
}

func stripQuery(u string) string {
	u, _, _ = strings.Cut(u, "?")
	if scheme, rest, ok := strings.Cut(u, "://"); ok {
		if at := strings.LastIndex(strings.SplitN(rest, "/", 2)[0], "@"); at >= 0 {
			rest = rest[at+1:]
		}
		return scheme + "://" + rest
	}
	return u
}

// parseRetryAfter reads both forms of RFC 9110 §10.2.3, bounded to an hour.
func parseRetryAfter(v string) time.Duration {
	if v == "" {
		return 0
	}
	var d time.Duration
	if s, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		d = time.Duration(min(max(s, 0), 3600)) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = time.Until(t)
	}
	return min(max(d, 0), time.Hour)
}

func asAPI(err error) (*APIError, bool) {
	var e *APIError
	ok := errors.As(err, &e)
	return e, ok
}

// IsNotFound: the experiment, run, trace or model does not exist.
func IsNotFound(err error) bool {
	e, ok := asAPI(err)
	return ok && (e.Status == http.StatusNotFound || e.Code == "RESOURCE_DOES_NOT_EXIST")
}

// IsAlreadyExists: a resource of that name is there.
func IsAlreadyExists(err error) bool {
	e, ok := asAPI(err)
	return ok && e.Code == "RESOURCE_ALREADY_EXISTS"
}

// IsUnauthorized: the credentials are missing, wrong or too weak.
func IsUnauthorized(err error) bool {
	e, ok := asAPI(err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// IsUniqueViolation: two equal writes met. MLflow answers 400 BAD_REQUEST with
// the database's words; the same write sent again succeeds.
func IsUniqueViolation(err error) bool {
	e, ok := asAPI(err)
	return ok && e.Status == http.StatusBadRequest && e.Code == "BAD_REQUEST" &&
		(strings.Contains(e.Message, "UNIQUE") || strings.Contains(e.Message, "UniqueViolation") || strings.Contains(e.Message, "Duplicate entry"))
}

// IsParamConflict: a param is there already with another value.
func IsParamConflict(err error) bool {
	e, ok := asAPI(err)
	return ok && e.Code == "INVALID_PARAMETER_VALUE" && strings.Contains(e.Message, "Changing param values")
}

// IsUnsupported: this server does not have that call (an older version, or a
// store that cannot do it). Only meaningful for calls whose path holds no id.
func IsUnsupported(err error) bool {
	e, ok := asAPI(err)
	return ok && (e.Status == http.StatusNotImplemented || e.Status == http.StatusMethodNotAllowed || e.Code == "ENDPOINT_NOT_FOUND" ||
		e.Status == http.StatusNotFound && e.Code == "")
}

// NotMLflowError: something answered that does not speak MLflow's API.
type NotMLflowError struct {
	URI string // without credentials
	Err error
}

func (e *NotMLflowError) Error() string {
	return fmt.Sprintf("what answers at %s does not look like an MLflow server, check MLFLOW_TRACKING_URI: %v", e.URI, e.Err)
}
func (e *NotMLflowError) Unwrap() error { return e.Err }

// IsRetryable: the same call with the same data can succeed later. Those are the
// network, an overloaded or restarting server, equal writes that met, and what
// somebody will mend outside: refused credentials, a wrong address, a deleted
// experiment.
func IsRetryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var deleted *DeletedExperimentError
	var foreign *NotMLflowError
	if errors.As(err, &deleted) || errors.As(err, &foreign) {
		return true
	}
	if e, ok := asAPI(err); ok {
		switch {
		case e.Status == http.StatusNotImplemented:
			return false
		case e.Status >= 500, e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly, e.Status == http.StatusTooManyRequests:
			return true
		case e.Status < 400, e.Status == http.StatusNotFound && e.Code == "":
			return true // another server, or the wrong path in front of it
		}
		return IsUnauthorized(err) || IsUniqueViolation(err)
	}
	return isNetwork(err)
}

// IsAmbiguous: the request may have been processed although no answer came, so
// a create must not be repeated before a search.
func IsAmbiguous(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := asAPI(err); ok { // the server's or a gateway's own failure after handing on
		return e.Status >= 500 && e.Status != http.StatusNotImplemented
	}
	return !notSent(err)
}

// IsUnreachable: no connection, so surely nothing was processed.
func IsUnreachable(err error) bool { _, api := asAPI(err); return err != nil && !api && notSent(err) }

func notSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || (errors.As(err, &op) && op.Op == "dial")
}

// isNetwork covers everything between the sockets: http.Client.Do gives such
// errors as *url.Error, reading a body gives them bare.
func isNetwork(err error) bool {
	var n net.Error // *url.Error is one
	return errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}

// RetryAfter is the wait the server asked for, 0 when it did not.
func RetryAfter(err error) time.Duration {
	if e, ok := asAPI(err); ok {
		return e.RetryAfter
	}
	return 0
}
