// Package webhook takes in what MLflow's webhooks post. In goes an HTTP request, out comes the one thing
// that it is believed in: that something has happened. What has is for the caller to ask of MLflow.
//
// MLflow (for prompts 3.5 and newer; mlflow/webhooks/delivery.py of 3.17.2) signs a delivery with HMAC-SHA256 over its
// id, a dot, the time in seconds, a dot, and the body, in the manner of standardwebhooks.com.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Headers of a delivery.
const (
	SignatureHeader = "X-MLflow-Signature" // v1, and the MAC in base64
	TimestampHeader = "X-MLflow-Timestamp" // Unix time, in seconds
	DeliveryHeader  = "X-MLflow-Delivery-Id"
)

const (
	// MaxBody bounds a delivery, in bytes. The longest that MLflow has, of a new version, holds its text of at
	// most 100,000 characters, as JSON.
	MaxBody = 1 << 20
	// MaxAge is how far a delivery's time may be from ours, either way, so that one that was overheard is
	// of no use later. MLflow tries one again for some seconds, under the first time.
	MaxAge = 5 * time.Minute
	// quiet is the least time between two lines of the log about deliveries that are refused: anybody can
	// send such.
	quiet = time.Minute
)

// Counts are the deliveries so far.
type Counts struct {
	Accepted int64
	Refused  int64 // for whatever reason
}

// Receiver is the handler of deliveries. It is safe for concurrent use.
type Receiver struct {
	secret []byte
	wake   func()
	log    *slog.Logger

	mu     sync.Mutex
	counts Counts
	told   time.Time // when the log was last told of a refusal
}

// New makes a handler that calls wake after each delivery that was signed with the secret, and answers 204.
// wake must return at once. Any other request is answered 401, 405 or 413, and is a line of the log, one a
// minute at most. An empty secret accepts nothing.
func New(secret string, wake func(), log *slog.Logger) *Receiver {
	return &Receiver{secret: []byte(secret), wake: wake, log: log}
}

// Counts are the deliveries since the start.
func (r *Receiver) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// refusal says why a request is no delivery of ours.
type refusal struct {
	status int
	why    string
}

var (
	wrongMethod = &refusal{http.StatusMethodNotAllowed, "MLflow posts here"}
	tooLong     = &refusal{http.StatusRequestEntityTooLarge, "the delivery is too long, or was not sent to its end in time"}
	notSigned   = &refusal{http.StatusUnauthorized, "the delivery is not signed: give MLflow's webhook the secret of this worker"}
	tooOld      = &refusal{http.StatusUnauthorized, "the delivery says a time more than 5 minutes from ours: it is old, or a clock is wrong"}
	forged      = &refusal{http.StatusUnauthorized, "the delivery is signed with another secret than this worker has"}
)

// ServeHTTP implements [http.Handler].
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	no := r.check(w, req)
	r.note(no)
	if no != nil {
		if no == wrongMethod {
			w.Header().Set("Allow", http.MethodPost)
		}
		http.Error(w, no.why, no.status)
		return
	}
	r.wake()
	w.WriteHeader(http.StatusNoContent)
}

// check is nil for a delivery of MLflow's. Nothing of the body is kept.
func (r *Receiver) check(w http.ResponseWriter, req *http.Request) *refusal {
	id, at := req.Header.Get(DeliveryHeader), req.Header.Get(TimestampHeader)
	signature, found := strings.CutPrefix(req.Header.Get(SignatureHeader), "v1,")
	given, decodeErr := base64.StdEncoding.DecodeString(signature)
	seconds, timeErr := strconv.ParseInt(at, 10, 64)
	switch {
	case req.Method != http.MethodPost:
		return wrongMethod
	case req.ContentLength > MaxBody:
		return tooLong
	case !found, decodeErr != nil, timeErr != nil, id == "", len(r.secret) == 0:
		return notSigned
	case time.Since(time.Unix(seconds, 0)).Abs() > MaxAge:
		return tooOld
	}
	mac := hmac.New(sha256.New, r.secret)
	_, _ = io.WriteString(mac, id+"."+at+".")
	if _, err := io.Copy(mac, http.MaxBytesReader(w, req.Body, MaxBody)); err != nil {
		return tooLong
	}
	if !hmac.Equal(mac.Sum(nil), given) {
		return forged
	}
	return nil
}

// note counts a request, and tells the log of refusals.
func (r *Receiver) note(no *refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if no == nil {
		r.counts.Accepted++
		return
	}
	r.counts.Refused++
	if now := time.Now(); r.told.IsZero() || now.Sub(r.told) >= quiet {
		r.told = now
		r.log.Warn("a delivery of MLflow's webhook is refused; more are not named for a minute", "error", no.why, "refused", r.counts.Refused)
	}
}
