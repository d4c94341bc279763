package fakeslack

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A method is one Web API method: the kind of token and the scope it needs, and
// what it does. run returns the fields of the answer, or an *apiError.
type method struct {
	token string // "bot", "app" or "" for none
	scope string
	run   func(s *Server, c *apiCall) (object, error)
}

// apiCall is one call, its body decoded.
type apiCall struct {
	method string
	args   object
	token  string
	kind   string // bot, app, user, none, unknown
	base   string // scheme and host that the client used
	bad    string // error code when the body could not be read
}

// str is an argument's text.
func (c *apiCall) str(key string) string { return str(c.args, key) }

// apiError is an answer with ok:false, or with an HTTP status when status is set.
type apiError struct {
	code       string
	extra      object
	status     int
	retryAfter int
}

func (e *apiError) Error() string { return e.code }

// fail is the error answer code, with pairs of further fields.
func fail(code string, extra ...any) error { return &apiError{code: code, extra: with(nil, extra...)} }

// methods is the Web API as far as it exists here.
func methods() map[string]method {
	return map[string]method{
		"api.test":                     {"", "", apiTest},
		"auth.test":                    {"any", "", authTest},
		"apps.connections.open":        {"app", "", appsConnectionsOpen},
		"bots.info":                    {"bot", "users:read", botsInfo},
		"team.info":                    {"bot", "team:read", teamInfo},
		"users.info":                   {"bot", "users:read", usersInfo},
		"users.list":                   {"bot", "users:read", usersList},
		"users.conversations":          {"bot", "channels:read", usersConversations},
		"views.open":                   {"bot", "", viewsOpen},
		"views.publish":                {"bot", "", viewsPublish},
		"chat.postMessage":             {"bot", "chat:write", chatPostMessage},
		"chat.postEphemeral":           {"bot", "chat:write", chatPostEphemeral},
		"chat.update":                  {"bot", "chat:write", chatUpdate},
		"chat.delete":                  {"bot", "chat:write", chatDelete},
		"chat.getPermalink":            {"bot", "", chatGetPermalink},
		"chat.unfurl":                  {"bot", "links:write", chatUnfurl},
		"reactions.add":                {"bot", "reactions:write", reactionsAdd},
		"reactions.remove":             {"bot", "reactions:write", reactionsRemove},
		"reactions.get":                {"bot", "reactions:read", reactionsGet},
		"conversations.info":           {"bot", "channels:read", conversationsInfo},
		"conversations.list":           {"bot", "channels:read", conversationsList},
		"conversations.members":        {"bot", "channels:read", conversationsMembers},
		"conversations.join":           {"bot", "channels:join", conversationsJoin},
		"conversations.history":        {"bot", "channels:history", conversationsHistory},
		"conversations.replies":        {"bot", "channels:history", conversationsReplies},
		"files.getUploadURLExternal":   {"bot", "files:write", filesGetUploadURL},
		"files.completeUploadExternal": {"bot", "files:write", filesCompleteUpload},
	}
}

// serveAPI answers one Web API call. Everything but a limit or an injected status is HTTP 200,
// as with Slack. A fault takes the place of the answer and, unless it says otherwise, of the
// effect. The call is noted before the answer is sent, so that a test that has its answer
// finds it among the calls.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := s.cfg.now()
	c, warning, err := s.readCall(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, err.Error(), status)
		return
	}
	fault := s.faults.take(c.method)
	var res object
	// A fault that only delays lets the call take effect like one that loses the answer.
	effect := fault == nil || fault.DropResponse || fault.AfterEffect || (fault.Status == 0 && fault.Error == "")
	if effect {
		res, err = s.call(c)
	}
	call := Call{Time: start, Method: c.method, Token: c.kind, Fault: fault != nil, Args: shorten(with(c.args, "token", nil))}
	if fault != nil {
		wait(r, time.Duration(fault.DelayMS)*time.Millisecond)
		call.Dropped = fault.DropResponse
		switch {
		case fault.DropResponse:
		case fault.Status == http.StatusTooManyRequests:
			err = &apiError{code: "ratelimited", status: fault.Status, retryAfter: fault.RetryAfter}
		case fault.Status != 0:
			err = &apiError{code: orElse(fault.Error, "internal_error"), status: fault.Status, retryAfter: fault.RetryAfter}
		case fault.Error != "":
			err = fail(fault.Error)
		}
	}
	call.Duration = float64(s.cfg.now().Sub(start).Microseconds()) / 1000
	ae, _ := errors.AsType[*apiError](err)
	call.Status = http.StatusOK
	if ae != nil {
		call.Error = ae.code
		if ae.status != 0 {
			call.Status = ae.status
		}
	}
	s.calls.add(call)
	s.ws.notify()
	if call.Dropped {
		panic(http.ErrAbortHandler) // the connection closes without a byte of answer
	}
	s.answer(w, c, res, ae, warning)
}

// answer writes a result, or an error when ae is set, with the headers that SDKs read.
func (s *Server) answer(w http.ResponseWriter, c *apiCall, res object, ae *apiError, warning string) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	// Slack's edge writes header names in lower case, and slack_sdk looks them up so.
	h["x-slack-req-id"] = []string{strings.ToLower(newID("", 32))}
	if c.kind == "bot" {
		h["x-oauth-scopes"] = []string{strings.Join(s.cfg.scopes, ",")}
		if m, ok := s.methods[c.method]; ok && m.scope != "" {
			h["x-accepted-oauth-scopes"] = []string{m.scope}
		}
	}
	status := http.StatusOK
	body := with(res, "ok", true)
	if ae != nil {
		body = with(ae.extra, "ok", false, "error", ae.code)
		if ae.status != 0 {
			status = ae.status
		}
		if ae.status == http.StatusTooManyRequests || ae.retryAfter > 0 {
			h["retry-after"] = []string{strconv.Itoa(max(ae.retryAfter, 1))}
		}
	}
	if warning != "" {
		body["warning"] = warning
		md := with(sub(body, "response_metadata"), "warnings", []any{warning})
		body["response_metadata"] = md
	}
	data, err := encode(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that went away is no concern of ours
}

// wait sleeps, unless the client goes away.
func wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

// orElse is a, or b where a is empty.
func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// call checks the token and runs the method. An unknown method is said even without a token, and
// the token comes before the scope.
func (s *Server) call(c *apiCall) (object, error) {
	m, ok := s.methods[c.method]
	switch {
	case c.bad != "":
		return nil, fail(c.bad)
	case !ok:
		return nil, fail("unknown_method", "req_method", c.method)
	}
	if m.token != "" {
		switch c.kind {
		case "none":
			return nil, fail("not_authed")
		case "unknown":
			return nil, fail("invalid_auth")
		}
		if m.token != "any" && m.token != c.kind {
			return nil, fail("not_allowed_token_type")
		}
	}
	if m.scope != "" && !s.scopes[m.scope] {
		return nil, fail("missing_scope", "needed", m.scope, "provided", strings.Join(s.cfg.scopes, ","))
	}
	return m.run(s, c)
}

// jsonArgs are the arguments that a form carries as JSON text.
func jsonArgs(key string) bool {
	switch key {
	case "blocks", "attachments", "metadata", "unfurls", "view", "files":
		return true
	}
	return false
}

// readCall decodes query, form or JSON body. The warning is the one Slack gives for
// JSON without a charset.
func (s *Server) readCall(w http.ResponseWriter, r *http.Request) (c *apiCall, warning string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, s.cfg.maxBody)
	c = &apiCall{method: strings.TrimPrefix(r.URL.Path, "/api/"), args: object{}, base: baseURL(r)}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	addForm(c.args, r.URL.Query())
	switch kind {
	case "application/json":
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, "", err
		}
		var body object
		if len(data) > 0 {
			if err := decode(data, &body); err != nil {
				c.bad = "invalid_json"
			}
		}
		for k, v := range body {
			if text, ok := v.(string); ok && jsonArgs(k) {
				v = parseJSONArg(text)
			}
			c.args[k] = v
		}
		if params["charset"] == "" {
			warning = "missing_charset"
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(s.cfg.maxBody); err != nil {
			return nil, "", err
		}
		addForm(c.args, r.MultipartForm.Value)
	default:
		if err := r.ParseForm(); err != nil {
			return nil, "", err
		}
		addForm(c.args, r.PostForm)
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.token = strings.TrimSpace(bearer)
	}
	if c.token == "" {
		c.token = c.str("token")
	}
	c.kind = s.tokenKind(c.token)
	return c, warning, nil
}

// addForm adds the first value of each field.
func addForm(args object, form url.Values) {
	for k, vs := range form {
		if len(vs) == 0 {
			continue
		}
		if jsonArgs(k) {
			args[k] = parseJSONArg(vs[0])
			continue
		}
		args[k] = vs[0]
	}
}

// badJSON marks an argument that should have been JSON.
type badJSON string

// parseJSONArg decodes an argument of a form. What is no JSON stays as badJSON, for the method
// to refuse by its own code.
func parseJSONArg(text string) any {
	if text == "" {
		return nil
	}
	var v any
	if err := decode([]byte(text), &v); err != nil {
		return badJSON(text)
	}
	return v
}

func (b badJSON) MarshalJSON() ([]byte, error) { return json.Marshal(string(b)) }

// tokenKind is what a token is good for, by its prefix and, where tokens are set, by its value.
func (s *Server) tokenKind(token string) string {
	switch {
	case token == "":
		return "none"
	case strings.HasPrefix(token, "xoxb-") && (s.cfg.botToken == "" || s.cfg.botToken == token):
		return "bot"
	case strings.HasPrefix(token, "xapp-") && (s.cfg.appToken == "" || s.cfg.appToken == token):
		return "app"
	case strings.HasPrefix(token, "xoxp-") && s.cfg.botToken == "":
		return "user"
	}
	return "unknown"
}

// address is where people open the page: by default where the client reached it.
func (s *Server) address(base string) string {
	if s.cfg.publicURL != "" {
		return s.cfg.publicURL
	}
	return base
}

// baseURL is how the client has reached the server.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// limitArg reads a page size. None and 0 take fallback, more than most is most.
func (c *apiCall) limitArg(fallback, most int) (int, error) {
	text := c.str("limit")
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fail("invalid_limit")
	}
	if n == 0 {
		return fallback, nil
	}
	return min(n, most), nil
}
