package fakeslack_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// recorded is a recorded payload, or the body of a recorded answer.
func recorded(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", name))
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	if r, ok := o["response"].(map[string]any); ok && strings.HasSuffix(name, ".http.json") {
		o = nil
		if err := json.Unmarshal([]byte(r["body"].(string)), &o); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// missing lists fields of a recorded object that the other one lacks.
func missing(at string, want, got any, but ...string) (out []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{at}
		}
		for k, v := range w {
			path := strings.TrimPrefix(at+"."+k, ".")
			if slices.Contains(but, path) {
				continue
			}
			if _, ok := g[k]; !ok {
				out = append(out, path)
				continue
			}
			out = append(out, missing(path, v, g[k], but...)...)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) > 0 && len(g) == 0 {
			return []string{at}
		}
		if len(w) > 0 {
			out = missing(at+"[]", w[0], g[0], but...)
		}
	}
	slices.Sort(out)
	return out
}

func TestAnswersHaveTheFieldsOfRecordedOnes(t *testing.T) {
	s := start(t)
	all := thread(t, s, 3)
	r := dial(t, s, "")
	hello(t, r)
	button := map[string]any{"type": "button", "action_id": "a", "value": "v", "text": map[string]any{"type": "plain_text", "text": "Click", "emoji": true}}
	pressed := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x", "blocks": []any{map[string]any{"type": "actions", "elements": []any{button}}}}).str("ts")
	r.ack(t, r.next(t))
	opening := make(chan fakeslack.Response, 1)
	go func() {
		res, err := s.Interact(t.Context(), fakeslack.Interaction{Type: "block_actions", MessageTS: pressed, ActionID: "a"})
		if err != nil {
			t.Error(err)
		}
		opening <- res
	}()
	pressing := r.next(t)
	r.ack(t, pressing)
	trigger := (<-opening).TriggerID
	for _, c := range []struct {
		file, method string
		args         map[string]any
		but          []string
	}{
		{"auth.test.http.json", "auth.test", nil, nil},
		{"users.info.http.json", "users.info", map[string]any{"user": fakeslack.DefaultUser}, []string{
			"user.profile.avatar_hash", "user.profile.bot_id", "user.profile.fields", "user.profile.first_name", "user.profile.last_name", "user.profile.is_custom_image",
			"user.profile.image_24", "user.profile.image_32", "user.profile.image_48", "user.profile.image_72", "user.profile.image_192", "user.profile.image_512", "user.profile.image_original",
			"user.profile.phone", "user.profile.skype", "user.profile.status_emoji_display_info", "user.profile.status_expiration", "user.profile.status_text_canonical"}},
		{"conversations.info.http.json", "conversations.info", map[string]any{"channel": channel}, []string{ // of a group message
			"channel.is_open", "channel.last_read", "channel.latest", "channel.members", "channel.unread_count", "channel.unread_count_display"}},
		{"conversations.history.json", "conversations.history", map[string]any{"channel": channel}, nil},
		{"conversations.replies.json", "conversations.replies", map[string]any{"channel": channel, "ts": all[0], "limit": 2}, []string{"messages[].last_read", "messages[].unread_count", "messages[].subscribed"}},
		{"chat.postMessage.in_thread.json", "chat.postMessage", map[string]any{"channel": channel, "thread_ts": all[0], "text": "x"}, nil},
		{"chat.getPermalink.json", "chat.getPermalink", map[string]any{"channel": channel, "message_ts": all[0]}, nil},
		{"bots.info.json", "bots.info", nil, nil},
		{"reactions.add.json", "reactions.add", map[string]any{"channel": channel, "timestamp": all[0], "name": "eyes"}, nil},
		{"invalid_blocks.json", "chat.postMessage", map[string]any{"channel": channel, "blocks": []any{map[string]any{"type": "x"}}}, nil},
		{"views.open.invalid_arguments.http.json", "views.open", map[string]any{"trigger_id": "x", "view": map[string]any{}}, nil},
		{"views.open.json", "views.open", map[string]any{"trigger_id": trigger, "view": map[string]any{"type": "modal", "title": map[string]any{"type": "plain_text", "text": "Q"},
			"submit": map[string]any{"type": "plain_text", "text": "Go"}, "blocks": []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "x"}}}}},
			[]string{"view.callback_id", "view.clear_on_close", "view.external_id", "view.notify_on_close", "view.private_metadata", "view.blocks[].element", "view.blocks[].label", "view.blocks[].optional"}},
	} {
		got := call(t, s, botToken, c.method, c.args).body
		if m := missing("", recorded(t, "api/"+c.file), got, c.but...); len(m) > 0 {
			t.Errorf("%s: %s lacks %v", c.method, c.file, m)
		}
	}
	if m := missing("", recorded(t, "socket/interactive_block_actions.json"), pressing); len(m) > 0 {
		t.Errorf("block_actions lack %v", m)
	}
}

func TestEnvelopesHaveTheFieldsOfRecordedOnes(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	if m := missing("", recorded(t, "socket/hello.1.json"), any(hello(t, r))); len(m) > 0 {
		t.Errorf("hello lacks %v", m)
	}
	say(t, s, "@alice")
	if m := missing("", recorded(t, "socket/events_api_message_retry1.json"), any(r.next(t))); len(m) > 0 {
		t.Errorf("events_api lacks %v", m)
	}
	go func() { _, _ = s.SendCommand(t.Context(), fakeslack.Command{Command: "/hi"}) }()
	m := r.next(t)
	r.ack(t, m)
	if m := missing("", recorded(t, "socket/slash_command.1.json"), any(m)); len(m) > 0 {
		t.Errorf("slash_commands lacks %v", m)
	}
	if err := s.Inject(fakeslack.Fault{Socket: "disconnect", Reason: "warning"}); err != nil {
		t.Fatal(err)
	}
	if m := missing("", recorded(t, "socket/disconnect_warning.json"), any(r.next(t))); len(m) > 0 {
		t.Errorf("disconnect lacks %v", m)
	}
}

func TestRecordedEventsAreReplayedUnchanged(t *testing.T) {
	files, err := filepath.Glob("testdata/recorded/events/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			s := start(t)
			r := dial(t, s, "")
			hello(t, r)
			sent := recorded(t, "events/"+name)
			if a := control(t, s, "event", sent); a.status != http.StatusOK || a.str("event_id") == "" {
				t.Fatalf("HTTP %d %v", a.status, a.body)
			}
			inner := sent
			if e, ok := sent["event"].(map[string]any); ok {
				inner = e
			}
			got := event(r.next(t))
			for k, v := range inner {
				if k == "event_ts" || k == "event_id" {
					continue
				}
				want, _ := json.Marshal(v)
				have, _ := json.Marshal(got[k])
				if string(want) != string(have) {
					t.Errorf("%s became %s", k, have)
				}
			}
		})
	}
}

func TestEventsChangeTheStoredChannel(t *testing.T) {
	s := start(t)
	post := func(e map[string]any) answer {
		t.Helper()
		a := control(t, s, "event", e)
		if a.status != http.StatusOK {
			t.Fatalf("HTTP %d %v", a.status, a.body)
		}
		return a
	}
	first := post(map[string]any{"type": "message", "text": "one <https://example.com/>"})
	if first.str("channel") != channel || first.str("ts") == "" || !strings.HasPrefix(first.str("event_id"), "Ev") {
		t.Fatalf("answer %v", first.body)
	}
	fixed := post(map[string]any{"type": "message", "text": "two", "ts": "1700000000.000200", "event_id": "Ev0FIXED01", "user": "U0CAROL03", "channel": "C0ELSEWHERE"})
	if fixed.str("ts") != "1700000000.000200" || fixed.str("event_id") != "Ev0FIXED01" || fixed.str("channel") != "C0ELSEWHERE" {
		t.Fatalf("answer %v", fixed.body)
	}
	post(map[string]any{"type": "reaction_added", "reaction": "+1", "user": "U0BOBBY02", "item": map[string]any{"type": "message", "channel": channel, "ts": first.str("ts")}})
	post(map[string]any{"type": "message", "subtype": "message_changed", "message": map[string]any{"ts": first.str("ts"), "user": fakeslack.DefaultUser, "text": "edited", "edited": map[string]any{"user": fakeslack.DefaultUser, "ts": "1700000001.000000"}}})
	got := s.Messages("")
	if len(got) != 1 || got[0]["text"] != "edited" || fmt.Sprint(got[0]["reactions"]) != "[map[count:1 name:+1 users:[U0BOBBY02]]]" {
		t.Fatalf("stored %v", got)
	}
	post(map[string]any{"type": "reaction_removed", "reaction": "+1", "user": "U0BOBBY02", "item": map[string]any{"ts": first.str("ts")}})
	if got := s.Messages(""); fmt.Sprint(got[0]["reactions"]) != "[]" {
		t.Errorf("reactions %v", got[0]["reactions"])
	}
	post(map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": first.str("ts")})
	if got := s.Messages(""); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
	post(map[string]any{"type": "channel_archive", "channel": "C0ELSEWHERE"})
	call(t, s, botToken, "chat.postMessage", map[string]any{"channel": "C0ELSEWHERE", "text": "x"}).want(t, "is_archived")
}

func TestBadControlRequestsSayHowToMendThem(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		path, want string
		body       any
	}{
		{"event", `event needs "type"`, map[string]any{"text": "x"}},
		{"event", "is no Slack timestamp", map[string]any{"type": "message", "ts": "now"}},
		{"event", "deleted_ts", map[string]any{"type": "message", "subtype": "message_deleted"}},
		{"event", "times must be 0 to 100", map[string]any{"type": "message", "deliver": map[string]any{"times": 1000}}},
		{"event", `"deliver" must be`, map[string]any{"type": "message", "deliver": map[string]any{"times": "x"}}},
		{"event", "must be an Events API event object", []int{1}},
		{"command", `must begin with "/"`, map[string]any{"command": "x"}},
		{"interaction", "is unknown", map[string]any{"type": "x"}},
		{"interaction", "there is no message", map[string]any{"type": "block_actions", "message_ts": "1.1"}},
		{"edit", "there is no message", map[string]any{"ts": "1.1"}},
	} {
		if a := control(t, s, c.path, c.body); a.status != http.StatusBadRequest || !strings.Contains(a.str("error"), c.want) {
			t.Errorf("%s %v: HTTP %d %q, want %q", c.path, c.body, a.status, a.str("error"), c.want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/_control/event", strings.NewReader(`{"type":"message"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://evil.example")
	if status := statusOf(t, req); status != http.StatusForbidden || len(s.Messages("")) != 0 {
		t.Errorf("a page elsewhere could post: HTTP %d", status)
	}
	// The same page, whose name was made to lead here.
	req.Host, req.Body = "evil.example", io.NopCloser(strings.NewReader(`{"type":"message"}`))
	req.Header.Set("Origin", "http://evil.example")
	if status := statusOf(t, req); status != http.StatusMisdirectedRequest || len(s.Messages("")) != 0 {
		t.Errorf("a page under a rebound name could post: HTTP %d", status)
	}
}

func statusOf(t *testing.T, req *http.Request) int {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestCommandsAnswerInTheChannel(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	type result struct {
		res fakeslack.Response
		err error
	}
	done := make(chan result, 1)
	go func() {
		res, err := s.SendCommand(t.Context(), fakeslack.Command{Command: "/technoshare", Text: "mute example.com"})
		done <- result{res, err}
	}()
	m := r.next(t)
	p, _ := m["payload"].(map[string]any)
	if m["type"] != "slash_commands" || m["accepts_response_payload"] != true || p["text"] != "mute example.com" || p["channel_id"] != channel {
		t.Fatalf("got %v", m)
	}
	if err := r.conn.WriteJSON(map[string]any{"envelope_id": m["envelope_id"], "payload": map[string]any{"text": "muted"}}); err != nil {
		t.Fatal(err)
	}
	got := <-done
	if got.err != nil || !got.res.Acked || got.res.Payload["text"] != "muted" {
		t.Fatalf("response %+v", got)
	}
	if m := s.Messages(""); len(m) != 1 || m[0]["text"] != "muted" || m[0]["only_for"] != fakeslack.DefaultUser {
		t.Fatalf("shown %v", m)
	}
	hook := func(body string) int {
		return do(t, http.MethodPost, got.res.ResponseURL, "application/json", "", []byte(body)).status
	}
	if code := hook(`{"text":"for all","response_type":"in_channel"}`); code != http.StatusOK {
		t.Fatalf("response_url: HTTP %d", code)
	}
	if m := s.Messages(""); len(m) != 2 || m[1]["text"] != "for all" || m[1]["only_for"] != nil {
		t.Errorf("shown %v", m)
	}
	for range 4 {
		hook(`{"text":"again"}`)
	}
	if code := hook(`{"text":"a sixth time"}`); code != http.StatusNotFound {
		t.Errorf("sixth use: HTTP %d", code)
	}
}

func TestCommandsThatNobodyTakesFail(t *testing.T) {
	s := start(t, fakeslack.WithAckTimeout(20*time.Millisecond))
	if a := control(t, s, "command", map[string]any{"command": "/technoshare"}); a.status != http.StatusBadRequest || !strings.Contains(a.str("error"), "no app is connected") {
		t.Errorf("without a socket: HTTP %d %v", a.status, a.body)
	}
	r := dial(t, s, "")
	hello(t, r)
	if a := control(t, s, "command", map[string]any{"command": "/technoshare"}); a.status != http.StatusBadRequest {
		t.Errorf("without an acknowledgement: HTTP %d %v", a.status, a.body)
	}
	r.next(t)
	if st := s.Stats(); st.Sent != 1 || st.Retried != 0 || st.Pending != 0 {
		t.Errorf("a command that failed is still under way: %+v", st)
	}
}

func TestButtonsAndShortcutsReachTheApp(t *testing.T) {
	s := start(t)
	root := say(t, s, "https://example.com/").TS
	button := map[string]any{"type": "button", "action_id": "again", "value": "v1", "text": map[string]any{"type": "plain_text", "text": "Again"}}
	ts := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x", "thread_ts": root, "blocks": []any{map[string]any{"type": "actions", "block_id": "b1", "elements": []any{button}}}}).str("ts")
	s2 := dial(t, s, "")
	hello(t, s2)
	send := func(in fakeslack.Interaction) map[string]any {
		t.Helper()
		done := make(chan error, 1)
		go func() { _, err := s.Interact(t.Context(), in); done <- err }()
		m := s2.next(t)
		s2.ack(t, m)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		p, _ := m["payload"].(map[string]any)
		return p
	}
	p := send(fakeslack.Interaction{Type: "block_actions", MessageTS: ts, ActionID: "again", User: "U0BOBBY02"})
	action := p["actions"].([]any)[0].(map[string]any)
	container := p["container"].(map[string]any)
	if action["value"] != "v1" || action["block_id"] != "b1" || container["message_ts"] != ts || container["thread_ts"] != root || p["user"].(map[string]any)["id"] != "U0BOBBY02" {
		t.Errorf("pressed %v", p)
	}
	if code := do(t, http.MethodPost, p["response_url"].(string), "application/json", "", []byte(`{"text":"done","replace_original":true}`)).status; code != http.StatusOK {
		t.Errorf("response_url: HTTP %d", code)
	}
	if got := s.Messages("")[1]; got["text"] != "done" || got["blocks"] != nil {
		t.Errorf("replaced by %v", got)
	}
	s2.ack(t, s2.next(t)) // message_changed
	p = send(fakeslack.Interaction{Type: "message_action", MessageTS: root, CallbackID: "comment"})
	if p["callback_id"] != "comment" || p["message_ts"] != root || p["message"].(map[string]any)["text"] != "<https://example.com/>" {
		t.Errorf("shortcut %v", p)
	}
	view := map[string]any{"type": "modal", "title": map[string]any{"type": "plain_text", "text": "Why?"}, "blocks": []any{map[string]any{"type": "divider"}}}
	open := func() answer {
		return call(t, s, botToken, "views.open", map[string]any{"trigger_id": p["trigger_id"], "view": view})
	}
	open().want(t, "")
	open().want(t, "exchanged_trigger_id")
	call(t, s, botToken, "views.open", map[string]any{"trigger_id": "1.2.x", "view": view}).want(t, "invalid_trigger_id")
	if len(s.Views()) != 1 {
		t.Errorf("views %v", s.Views())
	}
	p = send(fakeslack.Interaction{Payload: map[string]any{"type": "view_submission", "view": s.Views()[0]}})
	if p["type"] != "view_submission" || p["trigger_id"] == nil {
		t.Errorf("submission %v", p)
	}
}

func TestPermalinksLeadToThePage(t *testing.T) {
	s := start(t)
	ts := say(t, s, "x").TS
	link := call(t, s, botToken, "chat.getPermalink", map[string]any{"channel": channel, "message_ts": ts}).want(t, "").str("permalink")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	client.CloseIdleConnections()
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Query().Get("channel") != channel || u.Fragment != "p"+strings.Replace(ts, ".", "", 1) {
		t.Errorf("permalink leads to %q", resp.Header.Get("Location"))
	}
}

func TestPermalinksNameThePublicAddress(t *testing.T) {
	s := start(t, fakeslack.WithPublicURL("http://127.0.0.1:7777/"))
	ts := say(t, s, "x").TS
	link := call(t, s, botToken, "chat.getPermalink", map[string]any{"channel": channel, "message_ts": ts}).want(t, "").str("permalink")
	if !strings.HasPrefix(link, "http://127.0.0.1:7777/archives/") {
		t.Errorf("permalink %q", link)
	}
	if u := call(t, s, botToken, "auth.test", nil).want(t, "").str("url"); u != "http://127.0.0.1:7777/" {
		t.Errorf("workspace %q", u)
	}
}
