package mlflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// A request counts as processed when the answer is one that MLflow gives to it. A login,
// a captive portal, a cache or an empty backend answers 200 too, in front of a server that
// got nothing, and what was sent would be gone.

// reply is an answer inside 2xx.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// mediaType is the type of the body without parameters, in lower case; "" for none.
func (r reply) mediaType() string {
	kind, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil && kind == "" {
		return ""
	}
	return kind
}

func (r reply) isJSON() bool {
	kind := r.mediaType()
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// isPage reports whether an answer is a page for people.
func (r reply) isPage() bool {
	_, page := pageTitle(r.body)
	kind := r.mediaType()
	return page || kind == "text/html" || kind == "application/xhtml+xml"
}

// foreign is the error for an answer that MLflow does not give. It names what a person
// recognizes the sender by.
func (c *Client) foreign(method, path string, r reply, what string) error {
	hint := ""
	if r.isPage() {
		title, _ := pageTitle([]byte(maskSecrets(string(r.body), c.auth.secrets())))
		what, hint = pageWords(title), ", as a login in front of the server does"
	}
	if server := r.header.Get("Server"); server != "" {
		what += fmt.Sprintf(" (Server: %s)", plaintext.Line(server, 60))
	}
	text := fmt.Sprintf("%s %s answered %d with %s%s", method, path, r.status, what, hint)
	return &NotMLflowError{URI: c.URI(), Err: errors.New(maskSecrets(text, c.auth.secrets()))}
}

// object decodes the JSON object of an answer into out; nil means that MLflow's has no
// members. An object of which out takes no member, although it has some, is not MLflow's.
func (c *Client) object(method, path string, r reply, out any) error {
	switch {
	case r.isPage():
		return c.foreign(method, path, r, "")
	case len(bytes.TrimSpace(r.body)) == 0:
		return c.foreign(method, path, r, "nothing, where MLflow answers JSON")
	case !r.isJSON():
		return c.foreign(method, path, r, fmt.Sprintf("the content type %q, where MLflow answers JSON", r.header.Get("Content-Type")))
	}
	if len(r.body) > maxValues && countValues(r.body) > maxValues {
		return c.foreign(method, path, r, fmt.Sprintf("more than %d values", maxValues))
	}
	if out != nil {
		if err := json.Unmarshal(r.body, out); err != nil {
			return c.foreign(method, path, r, "other data than MLflow does: "+plaintext.Line(err.Error(), 200))
		}
		if !reflect.ValueOf(out).Elem().IsZero() {
			return nil
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &members); err != nil || members == nil {
		return c.foreign(method, path, r, "no JSON object, where MLflow answers one")
	}
	if len(members) > 0 && !takesAny(out, members) {
		return c.foreign(method, path, r, "JSON that is not MLflow's, with "+memberNames(members))
	}
	return nil
}

// takesAny reports whether a member is one of the fields of out, whatever its value:
// 0 traces that were deleted are an answer too.
func takesAny(out any, members map[string]json.RawMessage) bool {
	t := reflect.TypeOf(out)
	if t == nil || t.Elem().Kind() != reflect.Struct {
		return false
	}
	for i := range t.Elem().NumField() {
		name, _, _ := strings.Cut(t.Elem().Field(i).Tag.Get("json"), ",")
		if _, there := members[name]; there {
			return true
		}
	}
	return false
}

// memberNames names up to five members of an object.
func memberNames(members map[string]json.RawMessage) string {
	names := slices.Sorted(maps.Keys(members))
	more := ""
	if len(names) > 5 {
		names, more = names[:5], " and others"
	}
	for i, n := range names {
		names[i] = fmt.Sprintf("%q", plaintext.Line(n, 40))
	}
	return strings.Join(names, ", ") + more
}

// other is the error for an answer that has MLflow's form and speaks of something else,
// as one out of a cache does.
func (c *Client) other(method, path, what, got, want string) error {
	return &NotMLflowError{URI: c.URI(), Err: fmt.Errorf("%s %s answered with the %s %q instead of %q, as a cache in front of the server does",
		method, path, what, plaintext.Line(got, 200), plaintext.Line(want, 200))}
}

// file checks the answer to an upload: {} of releases that serve it by Flask, nothing of
// later ones (seen on 3.17.2).
func (c *Client) file(method, path string, r reply) error {
	if len(bytes.TrimSpace(r.body)) == 0 && !r.isPage() {
		return nil
	}
	return c.object(method, path, r, nil)
}

// spans checks the answer to spans, and returns it as OTLP writes it: an
// ExportTraceServiceResponse, which is empty when all were taken. MLflow 3.4 to 3.6 write
// it as JSON and label it as protobuf.
func (c *Client) spans(method, path string, r reply) ([]byte, error) {
	var answer coltracepb.ExportTraceServiceResponse
	body := bytes.TrimSpace(r.body)
	kind := r.mediaType()
	switch {
	case r.isPage():
		return nil, c.foreign(method, path, r, "")
	case kind != "application/x-protobuf" && !r.isJSON():
		return nil, c.foreign(method, path, r, fmt.Sprintf("the content type %q, where MLflow answers application/x-protobuf",
			r.header.Get("Content-Type")))
	case len(body) == 0 && !r.isJSON():
		return nil, nil
	case bytes.HasPrefix(body, []byte("{")), r.isJSON():
		if err := protojson.Unmarshal(body, &answer); err != nil {
			return nil, c.foreign(method, path, r, "JSON that is not that of OTLP")
		}
		return proto.Marshal(&answer)
	}
	if err := proto.Unmarshal(r.body, &answer); err != nil {
		return nil, c.foreign(method, path, r, "what is not OTLP")
	}
	return r.body, nil
}

// readReply reads the body of an answer up to limit bytes. A refusal counts by its status, so
// that what cannot be read of its body is left out: a server that finds a body too large may
// hang up after its first words.
func readReply(resp *http.Response, limit int64) (reply, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	r := reply{status: resp.StatusCode, header: resp.Header, body: body}
	refused := resp.StatusCode < 200 || resp.StatusCode > 299
	if err == nil || refused && (resp.Request == nil || resp.Request.Context().Err() == nil) {
		return r, nil
	}
	return r, &unreadError{plaintext.Error(err)}
}

// unreadError says that an answer broke off, or is not encoded as it says. What the parsers of
// HTTP and gzip call it is nobody's business: it is trouble on the way, and says nothing of
// the request.
type unreadError struct{ err error }

func (e *unreadError) Error() string { return e.err.Error() }

// Unwrap gives why.
func (e *unreadError) Unwrap() error { return e.err }

// Retryable reports true: the next answer may come whole.
func (e *unreadError) Retryable() bool { return true }

// RetryAfter returns 0: nobody said when.
func (e *unreadError) RetryAfter() time.Duration { return 0 }
