package fakeslack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/fakeslack"
)

const secret = "signing-secret"

type request struct {
	header http.Header
	body   []byte
}

// httpApp is an app with a request URL; it checks each signature with slack-go.
func httpApp(t *testing.T, failures int32) (url string, requests chan request) {
	t.Helper()
	requests = make(chan request, 100)
	var left atomic.Int32
	left.Store(failures)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		v, err := slack.NewSecretsVerifier(r.Header, secret)
		if err == nil {
			_, _ = v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		var o struct{ Type, Challenge string }
		if json.Unmarshal(body, &o) == nil && o.Type == "url_verification" {
			_, _ = w.Write([]byte(o.Challenge))
			return
		}
		requests <- request{r.Header, body}
		if left.Add(-1) >= 0 {
			http.Error(w, "busy", http.StatusInternalServerError)
			return
		}
		if r.Header.Get("Content-Type") != "application/json" {
			_, _ = w.Write([]byte("taken"))
		}
	}))
	t.Cleanup(app.Close)
	return app.URL, requests
}

func TestHTTPEventsAreSignedAndComeAgain(t *testing.T) {
	s := start(t, fakeslack.WithTimeScale(0.0001))
	app, requests := httpApp(t, 2)
	if err := s.SetRequestURL(t.Context(), app, "wrong secret"); err == nil {
		t.Fatal("the handshake succeeded with a wrong secret")
	}
	if err := s.SetRequestURL(t.Context(), app, secret); err != nil {
		t.Fatal(err)
	}
	p := say(t, s, "x")
	for i, want := range []struct{ num, reason string }{{"", ""}, {"1", "http_error"}, {"2", "http_error"}} {
		r := <-requests
		var o struct {
			Type, EventID string `json:"-"`
			Kind          string `json:"type"`
			ID            string `json:"event_id"`
		}
		if err := json.Unmarshal(r.body, &o); err != nil {
			t.Fatal(err)
		}
		if o.Kind != "event_callback" || o.ID != p.EventID || r.header.Get("X-Slack-Retry-Num") != want.num || r.header.Get("X-Slack-Retry-Reason") != want.reason {
			t.Errorf("request %d: %v %s", i, r.header, r.body)
		}
	}
	if err := s.WaitFor(within(t, patience), func(s *fakeslack.Server) bool { return s.Stats().Acked == 1 && s.Stats().Pending == 0 }); err != nil {
		t.Errorf("%v: %+v", err, s.Stats())
	}
}

func TestHTTPCommandsAndInteractionsAreForms(t *testing.T) {
	app, requests := httpApp(t, 0)
	s := start(t, fakeslack.WithRequestURL(app, secret))
	res, err := s.SendCommand(t.Context(), fakeslack.Command{Command: "/technoshare", Text: "status now"})
	if err != nil || res.Payload["text"] != "taken" {
		t.Fatalf("response %+v, %v", res, err)
	}
	form, err := url.ParseQuery(string((<-requests).body))
	if err != nil || form.Get("command") != "/technoshare" || form.Get("text") != "status now" || form.Get("trigger_id") != res.TriggerID {
		t.Errorf("command %v", form)
	}
	ts := say(t, s, "x").TS
	<-requests
	if _, err := s.Interact(t.Context(), fakeslack.Interaction{Type: "message_action", CallbackID: "comment", MessageTS: ts}); err != nil {
		t.Fatal(err)
	}
	form, err = url.ParseQuery(string((<-requests).body))
	if err != nil {
		t.Fatal(err)
	}
	var payload map[string]any
	if err := json.Unmarshal([]byte(form.Get("payload")), &payload); err != nil || payload["callback_id"] != "comment" {
		t.Errorf("interaction %v, %v", form, err)
	}
}

func TestCloseDoesNotWaitForASlowApp(t *testing.T) {
	slow := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-slow }))
	s := fakeslack.New(fakeslack.WithRequestURL(app.URL, secret), fakeslack.WithAckTimeout(time.Minute))
	for range 100 {
		say(t, s, "x")
	}
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > patience {
		t.Errorf("closing took %s", d)
	}
	close(slow)
	app.Close()
}
