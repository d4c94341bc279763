package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/prompts/webhook"
)

const secret = "of the test"

// delivery is a request as MLflow sends it.
func delivery(body string, at time.Time, with string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/mlflow/webhook", strings.NewReader(body))
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(with))
	mac.Write([]byte("d-1." + stamp + "." + body))
	r.Header.Set("X-MLflow-Delivery-Id", "d-1")
	r.Header.Set("X-MLflow-Timestamp", stamp)
	r.Header.Set("X-MLflow-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return r
}

func TestOnlyFreshDeliveriesWithTheSecretAreBelieved(t *testing.T) {
	const body = `{"entity": "prompt_alias", "action": "created"}`
	chunked := func(r *http.Request) {
		r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader(strings.Repeat("x", webhook.MaxBody+1)))
	}
	for name, c := range map[string]struct {
		secret string // of the receiver
		age    time.Duration
		change func(*http.Request)
		want   int
	}{
		"as MLflow sends it":        {secret, 0, nil, 204},
		"four minutes old":          {secret, 4 * time.Minute, nil, 204},
		"from a fast clock":         {secret, -4 * time.Minute, nil, 204},
		"six minutes old":           {secret, 6 * time.Minute, nil, 401},
		"from the future":           {secret, -6 * time.Minute, nil, 401},
		"another secret":            {"another", 0, nil, 401},
		"no secret is set":          {"", 0, nil, 401},
		"another body":              {secret, 0, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{}`)) }, 401},
		"another id":                {secret, 0, func(r *http.Request) { r.Header.Set("X-MLflow-Delivery-Id", "d-2") }, 401},
		"another time":              {secret, time.Minute, func(r *http.Request) { r.Header.Set("X-MLflow-Timestamp", strconv.FormatInt(time.Now().Unix(), 10)) }, 401},
		"no id":                     {secret, 0, func(r *http.Request) { r.Header.Del("X-MLflow-Delivery-Id") }, 401},
		"no time":                   {secret, 0, func(r *http.Request) { r.Header.Del("X-MLflow-Timestamp") }, 401},
		"no signature":              {secret, 0, func(r *http.Request) { r.Header.Del("X-MLflow-Signature") }, 401},
		"a signature of a new kind": {secret, 0, func(r *http.Request) { r.Header.Set("X-MLflow-Signature", "v2"+r.Header.Get("X-MLflow-Signature")[2:]) }, 401},
		"half a signature":          {secret, 0, func(r *http.Request) { r.Header.Set("X-MLflow-Signature", r.Header.Get("X-MLflow-Signature")[:23]) }, 401},
		"no base64":                 {secret, 0, func(r *http.Request) { r.Header.Set("X-MLflow-Signature", "v1,???") }, 401},
		"not posted":                {secret, 0, func(r *http.Request) { r.Method = http.MethodPut }, 405},
		"too long, and says so":     {secret, 0, func(r *http.Request) { r.ContentLength = webhook.MaxBody + 1 }, 413},
		"too long, and hides it":    {secret, 0, chunked, 413},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				woken := 0
				h := webhook.New(c.secret, func() { woken++ }, slog.New(slog.DiscardHandler))
				r := delivery(body, time.Now().Add(-c.age), secret)
				if c.change != nil {
					c.change(r)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				want := webhook.Counts{Refused: 1}
				if c.want == 204 {
					want = webhook.Counts{Accepted: 1}
				}
				if w.Code != c.want || h.Counts() != want || woken != int(want.Accepted) {
					t.Errorf("%d %s, %+v, woken %d times", w.Code, w.Body, h.Counts(), woken)
				}
				if got := w.Header().Get("Allow"); (got == http.MethodPost) != (c.want == http.StatusMethodNotAllowed) {
					t.Errorf("%d allows %q", w.Code, got)
				}
			})
		})
	}
}

func TestRefusalsDoNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h := webhook.New(secret, func() {}, slog.New(slog.NewTextHandler(&log, nil)))
		for range 100 {
			h.ServeHTTP(httptest.NewRecorder(), delivery("{}", time.Now(), "another"))
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "another secret") {
			t.Errorf("the log after a burst:\n%s", got)
		}
		time.Sleep(time.Minute)
		h.ServeHTTP(httptest.NewRecorder(), delivery("{}", time.Now(), "another"))
		if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "refused=101") {
			t.Errorf("the log a minute later:\n%s", got)
		}
	})
}
