package fakeslack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

func TestFaultsHitTheirMethodInOrder(t *testing.T) {
	s := start(t)
	post := func() answer {
		return call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x"})
	}
	for _, f := range []map[string]any{
		{"method": "chat.postMessage", "skip": 1, "count": 2, "status": 429, "retry_after": 3},
		{"method": "chat.postMessage", "status": 503},
		{"method": "chat.postMessage", "error": "fatal_error"},
		{"method": "chat.postMessage", "status": 500, "after_effect": true},
		{"method": "*", "error": "token_revoked", "count": -1},
	} {
		if a := control(t, s, "faults", f); a.status != http.StatusOK {
			t.Fatalf("fault %v: %v", f, a.body)
		}
	}
	// The first fault lets one call through to the next fault that fits.
	want := []struct {
		status int
		code   string
	}{{503, "internal_error"}, {429, "ratelimited"}, {429, "ratelimited"}, {200, "fatal_error"}, {500, "internal_error"}, {200, "token_revoked"}, {200, "token_revoked"}}
	for i, w := range want {
		a := post().want(t, w.code)
		if a.status != w.status {
			t.Errorf("call %d: HTTP %d, want %d", i, a.status, w.status)
		}
		if w.status == 429 && a.header.Get("Retry-After") != "3" {
			t.Errorf("call %d: Retry-After %q", i, a.header.Get("Retry-After"))
		}
	}
	if n := len(s.Messages("")); n != 1 {
		t.Errorf("%d messages, want the one of the fault after the effect", n)
	}
	call(t, s, botToken, "auth.test", nil).want(t, "token_revoked")
	do(t, http.MethodDelete, s.URL()+"/_control/faults", "", "", nil)
	post().want(t, "")
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	s := start(t)
	for _, f := range []map[string]any{{}, {"method": "chat.postMessage"}, {"method": "x", "status": 99}, {"socket": "melt"}, {"method": "x", "delay_ms": -1}} {
		if a := control(t, s, "faults", f); a.status != http.StatusBadRequest || a.str("error") == "" {
			t.Errorf("fault %v: HTTP %d %v", f, a.status, a.body)
		}
	}
}

func TestCallsAreKeptWithoutTokens(t *testing.T) {
	s := start(t, fakeslack.WithBounds(0, 3, 0))
	for i := range 5 {
		call(t, s, botToken, "chat.postMessage", map[string]any{"token": botToken, "channel": channel, "text": fmt.Sprint(i) + strings.Repeat("x", 3000)})
	}
	calls := s.Calls()
	if len(calls) != 3 || calls[0].Seq != 3 || calls[2].Seq != 5 {
		t.Fatalf("calls %+v", calls)
	}
	data, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(botToken)) || len(data) > 10_000 {
		t.Errorf("%d bytes of calls, with the token: %v", len(data), bytes.Contains(data, []byte(botToken)))
	}
}

func TestOldestMessagesGoWhenAChannelIsFull(t *testing.T) {
	s := start(t, fakeslack.WithBounds(3, 0, 0))
	all := thread(t, s, 4)
	got := []string{}
	for _, m := range s.Messages("") {
		got = append(got, m["ts"].(string))
	}
	if fmt.Sprint(got) != fmt.Sprint(all[2:]) || s.Stats().Evicted != 2 {
		t.Errorf("kept %v of %v, evicted %d", got, all, s.Stats().Evicted)
	}
}

func TestSlowCallsTakeTheirTime(t *testing.T) {
	s := start(t)
	if err := s.Inject(fakeslack.Fault{Method: "auth.test", DelayMS: 60}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	call(t, s, botToken, "auth.test", nil).want(t, "")
	if d := time.Since(begin); d < 60*time.Millisecond {
		t.Errorf("answered after %s", d)
	}
}
