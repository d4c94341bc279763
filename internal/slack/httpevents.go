package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// maxHTTPBody bounds a request of Slack, in bytes. Recorded events have up to 67 kB; a longer
// request is refused before it is read whole.
const maxHTTPBody = 1 << 20

// maxRequestAge is how far the time that a request says may be from ours, either way. It is
// Slack's own advice, and slack-go's bound.
const maxRequestAge = 5 * time.Minute

// Handler takes Slack's HTTP requests instead of a socket: events, slash commands and
// interactions, all at the same address. Requests without a valid signature are refused. Slack
// delivers again what is not answered with 200 within three seconds, up to three times
// (docs.slack.dev/apis/events-api).
func (b *Bot) Handler() (http.Handler, error) {
	if b.cfg.SigningSecret == "" {
		return nil, &SettingsError{"SLACK_SIGNING_SECRET", "is not set: copy the Signing Secret from the app's page Basic Information"}
	}
	return http.HandlerFunc(b.serve), nil
}

// serve answers one request. The signature covers the body byte for byte, so it is checked
// before anything is decoded.
func (b *Bot) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "Slack posts here", http.StatusMethodNotAllowed)
		return
	}
	// What can't be Slack's is refused before a byte of its body is kept.
	if err := b.plausible(r); err != nil {
		status := http.StatusUnauthorized
		if errors.Is(err, errTooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, err.Error(), status)
		return
	}
	control := http.NewResponseController(w)
	body, release, err := b.bodies.read(http.MaxBytesReader(w, r.Body, maxHTTPBody), func() { _ = control.SetReadDeadline(time.Now()) })
	defer release()
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests are being read", http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, "the request is too long, or was not sent to its end in time", http.StatusRequestEntityTooLarge)
		return
	}
	if err := b.verify(r.Header, body); err != nil {
		http.Error(w, "the request is not signed by Slack", http.StatusUnauthorized)
		return
	}
	e, err := httpEnvelope(r.Header, body)
	if err != nil {
		http.Error(w, "the request can't be read", http.StatusBadRequest)
		return
	}
	var cb callback
	if e.kind == "events_api" && json.Unmarshal(e.payload, &cb) == nil && cb.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, cb.Challenge)
		return
	}
	self, err := b.who(r.Context())
	if err != nil {
		b.log.Error("an event has to wait: the bot does not know itself yet", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	a := b.handle(r.Context(), self, e)
	switch {
	// Slack delivers again what is not answered with a status of success.
	case !a.ack:
		http.Error(w, "not stored", http.StatusServiceUnavailable)
	case a.payload != nil:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a.payload)
	case a.then != nil:
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		a.then(context.WithoutCancel(r.Context()))
	}
}

// errTooLong says that a request is longer than Slack's are.
var errTooLong = errors.New("the request is too long")

// plausible reports what of a request's headers shows that it is not Slack's, before its body is
// read: Slack says how long the body is, and signs it in two headers of a fixed form
// (docs.slack.dev/authentication/verifying-requests-from-slack).
func (b *Bot) plausible(r *http.Request) error {
	if r.ContentLength > maxHTTPBody {
		return errTooLong
	}
	at, err := strconv.ParseInt(r.Header.Get("X-Slack-Request-Timestamp"), 10, 64)
	signature, ok := strings.CutPrefix(r.Header.Get("X-Slack-Signature"), "v0=")
	if age := b.now().Sub(time.Unix(at, 0)).Abs(); err != nil || !ok || len(signature) != hex.EncodedLen(sha256.Size) || age > maxRequestAge {
		return errors.New("the request is not signed by Slack")
	}
	return nil
}

// verify checks Slack's signature. slack-go also refuses timestamps more than five minutes away,
// which keeps a request that was overheard from being sent again.
func (b *Bot) verify(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, b.cfg.SigningSecret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// httpEnvelope tells the three kinds of requests apart. Events come as JSON, interactions as a
// form whose field payload is JSON, and commands as a form whose fields are the payload, which
// is made JSON here, as a socket would deliver it.
func httpEnvelope(h http.Header, body []byte) (envelope, error) {
	e := envelope{kind: "events_api", payload: body, reason: h.Get("X-Slack-Retry-Reason")}
	e.attempt, _ = strconv.Atoi(h.Get("X-Slack-Retry-Num")) // absent on the first
	if !strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return e, nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return e, err
	}
	if p := form.Get("payload"); p != "" {
		e.kind, e.payload = "interactive", []byte(p)
		return e, nil
	}
	if form.Get("ssl_check") == "1" { // Slack looks at the certificate, and at nothing of ours but the status
		e.kind = "ssl_check"
		return e, nil
	}
	if form.Get("command") == "" {
		return e, errors.New("neither a command nor an interaction")
	}
	flat := make(map[string]string, len(form))
	for k := range form {
		flat[k] = form.Get(k)
	}
	e.kind = "slash_commands"
	e.payload, err = json.Marshal(flat)
	return e, err
}
