package mlflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/plaintext"
	"github.com/technoshare/commentator/otel/internal/retry"
)

// APIError is an answer of the server outside 2xx.
type APIError struct {
	Method, Path string        // Path without host, prefix and query
	Status       int           // of HTTP
	Code         string        // MLflow's error_code, such as RESOURCE_DOES_NOT_EXIST
	Message      string        // the server's words, shortened, without the client's credentials
	Wait         time.Duration // that the server asked for before another try; 0: none
	HTML         bool          // a page, as of a proxy or for an unknown path; MLflow's own answers are JSON
	Sent         int64         // bytes of the request's body

	stranger bool // it has neither MLflow's error_code nor the detail of its FastAPI routes
}

var (
	_ retry.Hint = (*APIError)(nil)
	_ retry.Hint = (*NotMLflowError)(nil)
	_ retry.Hint = (*DeletedExperimentError)(nil)
	_ retry.Hint = (*SpansStoredError)(nil)
	_ retry.Hint = (*unreadError)(nil)
)

// Error names the request and the answer, and where the person who runs the
// program can help, how.
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
	if h := e.advice(); h != "" {
		b.WriteString(" (" + h + ")")
	}
	return b.String()
}

// Retryable reports whether the same request can succeed later: the server is
// overloaded or restarting, two writes met, or a person can put it right from
// outside (credentials, the address, a proxy).
func (e *APIError) Retryable() bool {
	switch {
	case e.Status == http.StatusNotImplemented:
		return false
	case e.Status >= 500, e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly, e.Status == http.StatusTooManyRequests:
		return true
	case e.Status == http.StatusRequestEntityTooLarge:
		return false // the same request is as large the next time
	case e.Status < 400, e.foreign(), e.HTML, e.stranger:
		return true // another server, or what stands in front of it: it says nothing about the data
	case e.noWorkspace():
		return true // until somebody makes it
	}
	return e.unauthorized() || e.uniqueViolation() || e.rowChanged()
}

// RetryAfter returns the wait that the server asked for, 0 when it did not.
func (e *APIError) RetryAfter() time.Duration { return e.Wait }

// foreign reports whether the answer is a 404 of something that is not MLflow,
// whose own has an error_code.
func (e *APIError) foreign() bool { return e.Status == http.StatusNotFound && e.Code == "" }

func (e *APIError) unauthorized() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// uniqueViolation goes by the words of SQLite, PostgreSQL and MySQL, which MLflow
// passes on.
func (e *APIError) uniqueViolation() bool {
	return e.Status == http.StatusBadRequest && e.Code == "BAD_REQUEST" &&
		(strings.Contains(e.Message, "UNIQUE") || strings.Contains(e.Message, "UniqueViolation") ||
			strings.Contains(e.Message, "Duplicate entry"))
}

// rowChanged reports whether a row was taken away between MLflow's look and its write, as
// when a tag is set and deleted at the same time. It goes by the words of SQLAlchemy
// (StaleDataError in sqlalchemy/orm/persistence.py of 2.0), which MLflow passes on for every
// database: "UPDATE statement on table 'tags' expected to update 1 row(s); 0 were matched."
func (e *APIError) rowChanged() bool {
	return e.Status == http.StatusBadRequest && e.Code == "BAD_REQUEST" &&
		strings.Contains(e.Message, " statement on table ") && strings.Contains(e.Message, " were matched")
}

// inactive reports whether MLflow refuses a write because the thing is deleted
// (_check_run_is_active and _check_experiment_is_active of its stores).
func (e *APIError) inactive(thing string) bool {
	m := strings.ToLower(e.Message)
	return strings.Contains(m, thing) && strings.Contains(m, "must be in the 'active' state")
}

// noRun reports whether MLflow does not know the run of the request. It goes by the
// words of its stores, that of a database and that of files.
func (e *APIError) noRun() bool {
	return e.Code == "RESOURCE_DOES_NOT_EXIST" && strings.HasSuffix(e.Message, " not found") &&
		(strings.HasPrefix(e.Message, "Run with id=") || strings.HasPrefix(e.Message, "Run '"))
}

// noAlias reports whether MLflow does not know the alias of a prompt, by the words of its
// stores.
func (e *APIError) noAlias() bool {
	return e.Code == "INVALID_PARAMETER_VALUE" && strings.HasPrefix(e.Message, "Registered model alias ") &&
		strings.HasSuffix(e.Message, " not found.")
}

// noWorkspace reports whether the workspace that the request named is missing, or
// the server has none at all (mlflow/server/workspace_helpers.py of 3.17.2).
func (e *APIError) noWorkspace() bool {
	return e.Code == "FEATURE_DISABLED" && strings.HasPrefix(e.Message, "Workspace APIs are not available") ||
		e.Code == "RESOURCE_DOES_NOT_EXIST" && strings.HasPrefix(e.Message, "Workspace '")
}

// advice says how to put right what the person who runs the program can.
func (e *APIError) advice() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
	case e.Status == http.StatusForbidden && strings.Contains(e.Message, "Invalid Host"):
		return "start the server with --allowed-hosts naming the host of MLFLOW_TRACKING_URI"
	case e.Status == http.StatusForbidden:
		return "the user or token of MLFLOW_TRACKING_* may not do this"
	case e.Status >= 300 && e.Status < 400:
		return "set MLFLOW_TRACKING_URI to the address it redirects to"
	case e.Status == http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("the request has %d bytes; raise the limit of the proxy in front of the server, in nginx client_max_body_size", e.Sent)
	case e.noWorkspace() && e.Status == http.StatusNotFound:
		return "check MLFLOW_WORKSPACE, or make the workspace"
	case e.noWorkspace():
		return "unset MLFLOW_WORKSPACE, or start the server with --enable-workspaces"
	case e.foreign() && e.Path == otlpPath: // all else has been reached by the same address
		return "let the proxy in front of the server forward /v1/traces beside /api, and start the server without --gunicorn-opts"
	case e.foreign():
		return "check host and path of MLFLOW_TRACKING_URI"
	case e.HTML && e.Status == http.StatusBadRequest:
		return "this is a proxy's answer: check http or https in MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_CLIENT_CERT_PATH"
	case e.stranger && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusMethodNotAllowed: // MLflow has a page for that
		return "this is not MLflow's answer, but that of a proxy or firewall in front of it"
	}
	return ""
}

// Bounds, in characters, of what is kept of a server's words, and of its error_code.
const (
	maxMessage = 600
	maxCode    = 60
)

func newAPIError(method, path string, resp *http.Response, body []byte) *APIError {
	e := &APIError{
		Method: method, Path: path, Status: resp.StatusCode,
		Wait: retry.ParseRetryAfter(resp.Header.Get("Retry-After"), time.Now()),
	}
	if resp.Request != nil {
		e.Sent = max(resp.Request.ContentLength, 0)
	}
	var j struct {
		Code    string          `json:"error_code"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"` // FastAPI routes
	}
	text := string(body)
	e.stranger = true
	if json.Unmarshal(body, &j) == nil && (j.Code != "" || j.Message != "" || len(j.Detail) > 0) {
		e.Code, text, e.stranger = plaintext.Line(j.Code, maxCode), j.Message, j.Code == "" && len(j.Detail) == 0
		if text == "" {
			text = strings.Trim(string(j.Detail), `"`)
		}
	} else if title, isPage := pageTitle(body); isPage {
		e.HTML, text = true, pageWords(title)
	}
	// SQLAlchemy appends the statement with its values, which are the user's
	// content; the first line says it all.
	text, _, _ = strings.Cut(text, "\n[SQL:")
	text = plaintext.Line(text, maxMessage)
	if loc := resp.Header.Get("Location"); loc != "" && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		text = "redirects to " + plaintext.Line(stripQuery(loc), maxMessage)
	}
	e.Message = text
	return e
}

// pageWords says that an answer is a page, of which only the title fits into a line.
func pageWords(title string) string {
	if title == "" {
		return "an HTML page"
	}
	return fmt.Sprintf("an HTML page, %q", title)
}

// stripQuery removes what may hold secrets from an address: user, query, fragment, in
// which a login hands over tokens, and parameters of the path such as ;jsessionid=.
func stripQuery(u string) string {
	if i := strings.IndexAny(u, "?#;"); i >= 0 {
		u = u[:i]
	}
	if scheme, rest, ok := strings.Cut(u, "://"); ok {
		if at := strings.LastIndex(strings.SplitN(rest, "/", 2)[0], "@"); at >= 0 {
			rest = rest[at+1:]
		}
		return scheme + "://" + rest
	}
	return u
}

// NotMLflowError says that something answered that does not speak MLflow's API.
type NotMLflowError struct {
	URI string // without credentials
	Err error
}

func (e *NotMLflowError) Error() string {
	return fmt.Sprintf("what answers at %s does not look like an MLflow server, check MLFLOW_TRACKING_URI: %v", e.URI, e.Err)
}

// Unwrap gives why the answer could not be read.
func (e *NotMLflowError) Unwrap() error { return e.Err }

// Retryable reports true: the right server may answer there again.
func (e *NotMLflowError) Retryable() bool { return true }

// RetryAfter returns 0: nobody said when.
func (e *NotMLflowError) RetryAfter() time.Duration { return 0 }
