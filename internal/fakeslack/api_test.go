package fakeslack_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
)

func TestCallsNeedTheRightTokenAndScope(t *testing.T) {
	s := start(t, fakeslack.WithScopes("chat:write", "channels:read"))
	for _, c := range []struct{ name, token, method, code string }{
		{"no token", "", "chat.postMessage", "not_authed"},
		{"a token of no kind", "hello", "chat.postMessage", "invalid_auth"},
		{"the app token for a bot's method", appToken, "chat.postMessage", "not_allowed_token_type"},
		{"the bot token for the socket", botToken, "apps.connections.open", "not_allowed_token_type"},
		{"a scope that was not granted", botToken, "reactions.add", "missing_scope"},
		{"a method that isn't", botToken, "chat.shout", "unknown_method"},
		{"the test method without any", "", "api.test", ""},
		{"the right ones", botToken, "auth.test", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := call(t, s, c.token, c.method, map[string]any{"channel": channel, "text": "x"}).want(t, c.code)
			if a.status != http.StatusOK {
				t.Errorf("HTTP %d, want 200", a.status)
			}
			if c.code == "missing_scope" && (a.str("needed") != "reactions:write" || a.str("provided") != "chat:write,channels:read") {
				t.Errorf("missing scope told as %v", a.body)
			}
		})
	}
	if got := call(t, s, botToken, "auth.test", nil).header.Get("X-Oauth-Scopes"); got != "chat:write,channels:read" {
		t.Errorf("X-OAuth-Scopes is %q", got)
	}
}

func TestOnlyConfiguredTokensAreAccepted(t *testing.T) {
	s := start(t, fakeslack.WithTokens("xoxb-right", "xapp-right"))
	call(t, s, "xoxb-wrong", "auth.test", nil).want(t, "invalid_auth")
	call(t, s, "xapp-wrong", "apps.connections.open", nil).want(t, "invalid_auth")
	call(t, s, "xoxb-right", "auth.test", nil).want(t, "")
	call(t, s, "xapp-right", "apps.connections.open", nil).want(t, "")
}

func TestBodiesMayBeFormsOrJSON(t *testing.T) {
	s := start(t)
	blocks := `[{"type":"section","text":{"type":"mrkdwn","text":"a"}}]`
	form := url.Values{"token": {botToken}, "channel": {channel}, "text": {"form"}, "blocks": {blocks}}
	var multi bytes.Buffer
	w := multipart.NewWriter(&multi)
	for k, v := range map[string]string{"channel": channel, "text": "multipart", "blocks": blocks} {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for _, c := range []struct{ name, kind, token, body, warning string }{
		{"form with the token in it", "application/x-www-form-urlencoded", "", form.Encode(), ""},
		{"multipart", w.FormDataContentType(), botToken, multi.String(), ""},
		{"JSON", "application/json; charset=utf-8", botToken, `{"channel":"` + channel + `","text":"j","blocks":` + blocks + `}`, ""},
		{"JSON without charset", "application/json", botToken, `{"channel":"` + channel + `","text":"j","blocks":` + blocks + `}`, "missing_charset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, http.MethodPost, s.APIURL()+"chat.postMessage", c.kind, c.token, []byte(c.body)).want(t, "")
			if a.str("warning") != c.warning {
				t.Errorf("warning %q, want %q", a.str("warning"), c.warning)
			}
			got := s.Messages("")
			if b, _ := got[len(got)-1]["blocks"].([]any); len(b) != 1 {
				t.Errorf("stored %v", got[len(got)-1])
			}
		})
	}
	do(t, http.MethodPost, s.APIURL()+"chat.postMessage", "application/json", botToken, []byte(`{"channel"`)).want(t, "invalid_json")
	big := do(t, http.MethodPost, s.APIURL()+"chat.postMessage", "application/json", botToken, bytes.Repeat([]byte(" "), 2<<20))
	if big.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB were answered with HTTP %d", big.status)
	}
}

func TestPostsAreRefusedAsSlackDoes(t *testing.T) {
	s := start(t, fakeslack.WithChannel(fakeslack.Channel{ID: channel}), fakeslack.WithChannel(fakeslack.Channel{ID: "C0ARCHIVE", Archived: true}),
		fakeslack.WithChannel(fakeslack.Channel{ID: "C0WITHOUT", NoBot: true}), fakeslack.WithChannel(fakeslack.Channel{ID: "C0SECRET1", Private: true, NoBot: true}))
	section := func(text string) []any {
		return []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text}}}
	}
	many := func(n int) (out []any) {
		for range n {
			out = append(out, section("x")...)
		}
		return out
	}
	for _, c := range []struct {
		name, code string
		args       map[string]any
	}{
		{"no text", "no_text", map[string]any{}},
		{"unknown channel", "channel_not_found", map[string]any{"channel": "C0NOWHERE", "text": "x"}},
		{"private channel without the bot", "channel_not_found", map[string]any{"channel": "C0SECRET1", "text": "x"}},
		{"archived", "is_archived", map[string]any{"channel": "C0ARCHIVE", "text": "x"}},
		{"not a member", "not_in_channel", map[string]any{"channel": "C0WITHOUT", "text": "x"}},
		{"40,001 characters", "msg_too_long", map[string]any{"text": strings.Repeat("ä", 40_001)}},
		{"40,000 characters", "", map[string]any{"text": strings.Repeat("ä", 40_000)}},
		{"51 blocks", "invalid_blocks", map[string]any{"blocks": many(51)}},
		{"50 blocks", "", map[string]any{"blocks": many(50)}},
		{"13,201 characters of blocks", "msg_blocks_too_long", map[string]any{"blocks": append(append(append(append(section(strings.Repeat("a", 3000)), section(strings.Repeat("a", 3000))...), section(strings.Repeat("a", 3000))...), section(strings.Repeat("a", 3000))...), section(strings.Repeat("a", 1201))...)}},
		{"blocks that are no list", "invalid_blocks_format", map[string]any{"blocks": "[{"}},
		{"a thread that isn't", "thread_not_found", map[string]any{"text": "x", "thread_ts": "1700000000.000001"}},
		{"a thread_ts of another kind", "invalid_thread_ts", map[string]any{"text": "x", "thread_ts": "yesterday"}},
		{"metadata without payload", "invalid_metadata_format", map[string]any{"text": "x", "metadata": map[string]any{"event_type": "a"}}},
		{"metadata too large", "metadata_too_large", map[string]any{"text": "x", "metadata": map[string]any{"event_type": "a", "event_payload": map[string]any{"k": strings.Repeat("a", 17_000)}}}},
		{"101 attachments", "too_many_attachments", map[string]any{"attachments": make([]any, 101)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := map[string]any{"channel": channel}
			for k, v := range c.args {
				args[k] = v
			}
			before := len(s.Messages(channel))
			call(t, s, botToken, "chat.postMessage", args).want(t, c.code)
			if n := len(s.Messages(channel)) - before; (n == 1) != (c.code == "") {
				t.Errorf("%d messages were stored", n)
			}
		})
	}
}

func TestInvalidBlocksAreToldByPointer(t *testing.T) {
	s := start(t)
	text := func(kind string, n int) map[string]any {
		return map[string]any{"type": kind, "text": strings.Repeat("a", n)}
	}
	button := func(n int) any {
		return map[string]any{"type": "button", "action_id": fmt.Sprint(n), "text": text("plain_text", 5)}
	}
	buttons := func(n int) (out []any) {
		for i := range n {
			out = append(out, button(i))
		}
		return out
	}
	for _, c := range []struct {
		name  string
		block map[string]any
		want  string // empty: valid
	}{
		{"emoji in mrkdwn", map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "a", "emoji": true}}, "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"section of 3001", map[string]any{"type": "section", "text": text("mrkdwn", 3001)}, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"section of 3000", map[string]any{"type": "section", "text": text("mrkdwn", 3000)}, ""},
		{"empty section text", map[string]any{"type": "section", "text": text("mrkdwn", 0)}, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"section of nothing", map[string]any{"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"},
		{"header in mrkdwn", map[string]any{"type": "header", "text": text("mrkdwn", 5)}, "failed to match all allowed schemas [json-pointer:/blocks/0/text]"},
		{"header of 151", map[string]any{"type": "header", "text": text("plain_text", 151)}, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"eleven in a context", map[string]any{"type": "context", "elements": []any{text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1), text("mrkdwn", 1)}}, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"26 buttons", map[string]any{"type": "actions", "elements": buttons(26)}, "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
		{"25 buttons", map[string]any{"type": "actions", "elements": buttons(25)}, ""},
		{"markdown of 12001", map[string]any{"type": "markdown", "text": strings.Repeat("a", 12_001)}, "must be less than 12001 characters [json-pointer:/blocks/0/text]"},
		{"unknown block", map[string]any{"type": "marquee"}, "unsupported type: marquee [json-pointer:/blocks/0]"},
		{"rich text", map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": "a"}}}}}, ""},
		{"image without alt", map[string]any{"type": "image", "image_url": "https://example.com/a.png"}, "missing required field: alt_text [json-pointer:/blocks/0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := "invalid_blocks"
			if c.want == "" {
				code = ""
			}
			a := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x", "blocks": []any{c.block}}).want(t, code)
			if errs, _ := a.body["errors"].([]any); c.want != "" && (len(errs) == 0 || errs[0] != c.want) {
				t.Errorf("errors %v, want %q", errs, c.want)
			}
		})
	}
}

func TestTimestampsAreNeverHandedOutTwice(t *testing.T) {
	s := start(t)
	const posters, each = 8, 25
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range posters {
		wg.Go(func() {
			for range each {
				a := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x"})
				mu.Lock()
				seen[a.str("ts")] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != posters*each {
		t.Fatalf("%d different ts for %d posts", len(seen), posters*each)
	}
	last := ""
	for _, m := range s.Messages(channel) {
		if ts := m["ts"].(string); ts <= last {
			t.Fatalf("%s is stored after %s", ts, last)
		} else {
			last = ts
		}
	}
}

func TestOwnMessagesAreUpdatedAndDeleted(t *testing.T) {
	s := start(t)
	all := thread(t, s, 1)
	call(t, s, botToken, "chat.update", map[string]any{"channel": channel, "ts": all[1], "text": "better"}).want(t, "")
	call(t, s, botToken, "chat.update", map[string]any{"channel": channel, "ts": all[0], "text": "x"}).want(t, "cant_update_message")
	call(t, s, botToken, "chat.update", map[string]any{"channel": channel, "ts": "1700000000.000001", "text": "x"}).want(t, "message_not_found")
	got := s.Messages(channel)[1]
	if got["text"] != "better" || got["edited"] == nil || got["metadata"] == nil {
		t.Errorf("updated message %v", got)
	}
	call(t, s, botToken, "chat.delete", map[string]any{"channel": channel, "ts": all[0]}).want(t, "cant_delete_message")
	call(t, s, botToken, "chat.delete", map[string]any{"channel": channel, "ts": all[1]}).want(t, "")
	if n := len(s.Messages(channel)); n != 1 {
		t.Errorf("%d messages after the deletion", n)
	}
}

func TestReactionsAreCountedOncePerUser(t *testing.T) {
	s := start(t)
	ts := say(t, s, "x").TS
	args := map[string]any{"channel": channel, "timestamp": ts, "name": "eyes"}
	call(t, s, botToken, "reactions.add", args).want(t, "")
	call(t, s, botToken, "reactions.add", args).want(t, "already_reacted")
	if _, err := s.PostEvent(map[string]any{"type": "reaction_added", "reaction": "eyes", "item": map[string]any{"ts": ts}}); err != nil {
		t.Fatal(err)
	}
	a := call(t, s, botToken, "reactions.get", map[string]any{"channel": channel, "timestamp": ts}).want(t, "")
	m, _ := a.body["message"].(map[string]any)
	if got := fmt.Sprint(m["reactions"]); got != "[map[count:2 name:eyes users:[U0COMMENT U0ALICE01]]]" {
		t.Errorf("reactions %s", got)
	}
	call(t, s, botToken, "reactions.remove", args).want(t, "")
	call(t, s, botToken, "reactions.remove", args).want(t, "no_reaction")
	call(t, s, botToken, "reactions.add", map[string]any{"channel": channel, "timestamp": "1700000000.000001", "name": "eyes"}).want(t, "message_not_found")
	call(t, s, botToken, "reactions.add", map[string]any{"channel": channel, "timestamp": ts, "name": "two words"}).want(t, "invalid_name")
}

func TestChannelsAndPeopleAreLookedUp(t *testing.T) {
	s := start(t, fakeslack.WithChannel(fakeslack.Channel{ID: channel, Name: "general"}), fakeslack.WithChannel(fakeslack.Channel{ID: "C0OTHER01", Name: "other", NoBot: true}))
	a := call(t, s, botToken, "conversations.info", map[string]any{"channel": "C0OTHER01"}).want(t, "")
	if ch, _ := a.body["channel"].(map[string]any); ch["name"] != "other" || ch["is_member"] != false {
		t.Errorf("info %v", a.body)
	}
	call(t, s, botToken, "conversations.history", map[string]any{"channel": "C0OTHER01"}).want(t, "not_in_channel")
	call(t, s, botToken, "conversations.join", map[string]any{"channel": "C0OTHER01"}).want(t, "")
	call(t, s, botToken, "conversations.history", map[string]any{"channel": "C0OTHER01"}).want(t, "")
	if a := call(t, s, botToken, "conversations.join", map[string]any{"channel": "C0OTHER01"}).want(t, ""); a.str("warning") != "already_in_channel" {
		t.Errorf("second join %v", a.body)
	}
	first := call(t, s, botToken, "conversations.list", map[string]any{"limit": 1}).want(t, "")
	second := call(t, s, botToken, "conversations.list", map[string]any{"limit": 1, "cursor": cursor(first)}).want(t, "")
	if cursor(first) == "" || cursor(second) != "" || fmt.Sprint(first.body["channels"]) == fmt.Sprint(second.body["channels"]) {
		t.Errorf("pages %v and %v", first.body, second.body)
	}
	mine := call(t, s, botToken, "users.conversations", nil).want(t, "")
	if chs, _ := mine.body["channels"].([]any); len(chs) != 2 {
		t.Errorf("users.conversations %v", mine.body)
	}
	who := call(t, s, botToken, "users.info", map[string]any{"user": fakeslack.DefaultUser}).want(t, "")
	if u, _ := who.body["user"].(map[string]any); u["real_name"] != "Alice Example" || u["is_bot"] != false {
		t.Errorf("user %v", who.body)
	}
	call(t, s, botToken, "users.info", map[string]any{"user": "U0NOBODY1"}).want(t, "user_not_found")
	members := call(t, s, botToken, "conversations.members", map[string]any{"channel": channel}).want(t, "")
	if got := fmt.Sprint(members.body["members"]); got != "[U0ALICE01 U0BOBBY02 U0COMMENT]" {
		t.Errorf("members %s", got)
	}
	call(t, s, botToken, "bots.info", map[string]any{"bot": "B0COMMENT"}).want(t, "")
	call(t, s, botToken, "team.info", nil).want(t, "")
}

func TestPostsBeyondTheRateAreLimitedPerChannel(t *testing.T) {
	s := start(t, fakeslack.WithPostRate(0.001, 2), fakeslack.WithChannel(fakeslack.Channel{ID: channel}), fakeslack.WithChannel(fakeslack.Channel{ID: "C0OTHER01"}))
	post := func(ch string) answer {
		return call(t, s, botToken, "chat.postMessage", map[string]any{"channel": ch, "text": "x"})
	}
	post(channel).want(t, "")
	post(channel).want(t, "")
	a := post(channel).want(t, "ratelimited")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "1000" {
		t.Errorf("HTTP %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	post("C0OTHER01").want(t, "")
	if n := len(s.Messages(channel)); n != 2 {
		t.Errorf("%d messages were stored", n)
	}
}

func TestEphemeralMessagesStayOutOfTheAPI(t *testing.T) {
	s := start(t)
	call(t, s, botToken, "chat.postEphemeral", map[string]any{"channel": channel, "user": fakeslack.DefaultUser, "text": "psst"}).want(t, "")
	call(t, s, botToken, "chat.postEphemeral", map[string]any{"channel": channel, "user": "U0NOBODY1", "text": "psst"}).want(t, "user_not_in_channel")
	if a := call(t, s, botToken, "conversations.history", map[string]any{"channel": channel}); len(messages(a)) != 0 {
		t.Errorf("history has %v", messages(a))
	}
	if got := s.Messages(channel); len(got) != 1 || got[0]["only_for"] != fakeslack.DefaultUser {
		t.Errorf("stored %v", got)
	}
}

func TestUnfurlsNeedALinkOfTheMessage(t *testing.T) {
	s := start(t)
	ts := say(t, s, "see https://example.com/a?b=1&c=2").TS
	unfurl := func(url string) answer {
		return call(t, s, botToken, "chat.unfurl", map[string]any{"channel": channel, "ts": ts, "unfurls": map[string]any{url: map[string]any{"text": "hi"}}})
	}
	unfurl("https://example.org/").want(t, "cannot_unfurl_url")
	unfurl("https://example.com/a?b=1&c=2").want(t, "")
	if atts, _ := s.Messages("")[0]["attachments"].([]any); len(atts) != 1 {
		t.Errorf("stored %v", s.Messages("")[0])
	}
}

func TestFilesAreUploadedInSlacksThreeSteps(t *testing.T) {
	s := start(t)
	a := call(t, s, botToken, "files.getUploadURLExternal", map[string]any{"filename": "long.md", "length": "3"}).want(t, "")
	if got := do(t, http.MethodPost, a.str("upload_url"), "text/plain", "", []byte("abc")); got.status != http.StatusOK {
		t.Fatalf("upload: HTTP %d", got.status)
	}
	done := map[string]any{"files": []any{map[string]any{"id": a.str("file_id"), "title": "Long"}}, "channel_id": channel, "initial_comment": "all of it"}
	call(t, s, botToken, "files.completeUploadExternal", done).want(t, "")
	call(t, s, botToken, "files.completeUploadExternal", done).want(t, "file_not_found")
	if got := s.Messages(""); len(got) != 1 || got[0]["subtype"] != "file_share" || got[0]["text"] != "all of it" {
		t.Errorf("stored %v", got)
	}
}
