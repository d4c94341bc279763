package slack

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/slack/links"
)

var me = Identity{TeamID: "T111", UserID: "U0SELF", BotID: "B0SELF"}

// payload reads a recorded payload as an Events API payload: envelopes are
// opened, inner events wrapped.
func payload(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "payloads", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	switch {
	case o["payload"] != nil:
		return o["payload"]
	case o["event"] != nil || string(o["type"]) == `"app_rate_limited"`:
		return raw
	}
	return wrapEvent(string(raw))
}

func wrapEvent(inner string) []byte {
	return []byte(`{"type":"event_callback","team_id":"T111","event_id":"Ev1","event":` + inner + `}`)
}

// outline is what follows from a payload, in a line.
func outline(p plan) string {
	var out []string
	for _, l := range p.event.Links {
		out = append(out, string(l.Source)+" "+l.URL)
	}
	for _, task := range p.event.Tasks {
		b, _ := json.Marshal(task.Payload)
		out = append(out, task.Kind+" "+string(b))
	}
	if p.revoked {
		out = append(out, "revoked")
	}
	if p.missed {
		out = append(out, "missed")
	}
	return strings.Join(out, "; ")
}

func TestRecordedEventsDoWhatAPersonExpects(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"message_plain.json", ""},
		{"message_shared_channel.json", ""}, // a bot's, in a shared channel
		{"message_bot_message.json", ""},
		{"message_bot_message_classic.json", ""},
		{"message_bot_message_response_url.json", ""},
		{"message_bot_message_thread.json", ""},
		{"message_thread_broadcast.json", ""},
		{"message_channel_join.json", ""},
		{"message_channel_archive.json", ""},
		{"message_file_share.json", ""},
		{"message_email_forward.json", ""},
		{"message_me.json", ""},
		{"message_metadata_posted.json", ""},
		{"message_changed_edit.json", ""},
		{"message_changed_edit_in_thread.json", ""},
		{"message_changed_file.json", ""},
		{"message_changed_assistant_thread.json", ""},
		{"message_deleted.json", ""}, // a bot's post
		{"message_changed_tombstone.json", `retract {"channel":"D0697V","ts":"1728639839.746989","deleted":true}`},
		{"message_changed_tombstone_array.json", `retract {"channel":"C03E94MKU","ts":"1626775604.004900","deleted":true}`},
		{"link_shared.json", ""}, // not subscribed to
		{"link_shared_composer.json", ""},
		{"app_mention_bot.json", ""},
		{"app_mention_edited.json", ""},
		{"app_mention_files.json", `help {"channel":"C111","ts":"1707806347.397809","user":"U03E94MK0"}`},
		{"events_api_app_mention.1.json", `help {"channel":"C111","ts":"1605853844.000800","user":"U111"}`},
		{"events_api_message_retry1.json", ""},
		{"reaction_added_shared.json", ""},
		{"reaction_removed.json", ""},
		{"channel_archive.json", ""},
		{"channel_rename.json", ""},
		{"pin_added.json", ""},
		{"tokens_revoked.json", "revoked"},
		{"app_rate_limited.json", "missed"},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := &reader{self: me, maxLinks: 3}
			p, err := r.read(payload(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(p); got != c.want {
				t.Errorf("got %s, want %s (%s)", got, c.want, p.why)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	const (
		link  = `"text":"<https://a.example/x>"`
		user  = `"type":"message","user":"U1","channel":"C1","ts":"1.1",`
		three = `"text":"<https://a.example/1> <https://a.example/2> <https://a.example/3>"`
	)
	edit := func(now, before, more string) string {
		return `{"type":"message","subtype":"message_changed","hidden":true,"channel":"C1","ts":"2.2","event_ts":"2.2",
			"message":{` + user + now + more + `},"previous_message":{` + user + before + `}}`
	}
	const edited = `,"edited":{"user":"U1","ts":"2.0"}`
	for _, c := range []struct{ name, event, want string }{
		{"a link", `{` + user + link + `}`, "message https://a.example/x"},
		{"more links than are answered", `{` + user + three + `}`, "message https://a.example/1; message https://a.example/2"},
		{"a channel that is not watched", `{"type":"message","user":"U1","channel":"C9","ts":"1.1",` + link + `}`, ""},
		{"a mention in it", `{"type":"app_mention","user":"U1","channel":"C9","ts":"1.1","text":"<@U0SELF> <https://a.example/x>"}`, "mention https://a.example/x"},
		{"a message that names the bot is a request", `{` + user + `"text":"<@U0SELF> <https://a.example/x>"}`, "mention https://a.example/x"},
		{"a mention with a word in a thread", `{` + user + `"thread_ts":"0.5","text":"<@U0SELF> please"}`, `question {"channel":"C1","ts":"1.1","thread":"0.5","user":"U1","text":"please"}`},
		{"words in a thread are a question", `{` + user + `"thread_ts":"0.5","text":"<@U0SELF|bot>: is  <@U2|Ada> &amp; <#C9|dev>\nright?"}`, `question {"channel":"C1","ts":"1.1","thread":"0.5","user":"U1","text":": is Ada \u0026 dev right?"}`},
		{"a mention without words in a thread asks for the link above", `{` + user + `"thread_ts":"0.5","text":"<@U0SELF> !"}`, `again {"channel":"C1","ts":"0.5","user":"U1","asked":"1.1"}`},
		{"words in the channel get help", `{` + user + `"text":"<@U0SELF> what can you do?"}`, `help {"channel":"C1","ts":"1.1","user":"U1"}`},
		{"the bot's own message", `{"type":"message","user":"U0SELF","channel":"C1","ts":"1.1",` + link + `}`, ""},
		{"Slackbot", `{"type":"message","user":"USLACKBOT","channel":"C1","ts":"1.1",` + link + `}`, ""},
		{"a modern bot's message", `{` + user + `"bot_id":"B9",` + link + `}`, ""},
		{"an app's message", `{` + user + `"app_id":"A9",` + link + `}`, ""},
		{"a broadcast of a reply", `{` + user + `"subtype":"thread_broadcast","thread_ts":"0.5",` + link + `}`, "message https://a.example/x"},
		{"a forwarded message", `{` + user + `"text":"","attachments":[{"is_msg_unfurl":true,"is_share":true,"author_id":"U2","from_url":"https://t.slack.com/archives/C2/p1","text":"<https://a.example/x>"}]}`, "message https://a.example/x"},
		{"the bot's reply, forwarded", `{` + user + `"text":"","attachments":[{"is_share":true,"author_id":"U0SELF","text":"<https://a.example/x>"}]}`, ""},
		{"the preview of a link to a message", edit(`"text":"<https://t.slack.com/archives/C2/p1>","attachments":[{"is_msg_unfurl":true,"text":"<https://a.example/x>"}]`, `"text":"<https://t.slack.com/archives/C2/p1>"`, ""), "edit https://a.example/x"},
		{"that preview gone", edit(`"text":"<https://t.slack.com/archives/C2/p1>"`, `"text":"<https://t.slack.com/archives/C2/p1>","attachments":[{"is_msg_unfurl":true,"text":"<https://a.example/x>"}]`, edited), ""},
		{"an edit of a broadcast", edit(`"subtype":"thread_broadcast","thread_ts":"0.5","text":"<https://a.example/x> <https://b.example/y>"`, `"subtype":"thread_broadcast","thread_ts":"0.5",`+link, edited), "edit https://b.example/y"},
		{"a pasted table", `{` + user + `"text":"","attachments":[{"blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"https://a.example/x"}]]}]}]}`, "message https://a.example/x"},
		{"no ts", `{"type":"message","user":"U1","channel":"C1",` + link + `}`, ""},
		{"an unfurl", edit(link, link, `,"attachments":[{"from_url":"https://a.example/x"}]`), ""},
		{"an edit of the words", edit(link, `"text":"look <https://a.example/x>"`, edited), ""},
		{"an edit that adds a link", edit(`"text":"<https://a.example/x> <https://b.example/y>"`, link, edited), "edit https://b.example/y"},
		{"an edit that takes a link away", edit(`"text":"nothing"`, link, edited), `retract {"channel":"C1","ts":"1.1","canonical":["https://a.example/x"],"version":"2.0"}`},
		{"an edit that replaces a link", edit(`"text":"<https://b.example/y>"`, link, edited), `edit https://b.example/y; retract {"channel":"C1","ts":"1.1","canonical":["https://a.example/x"],"version":"2.0"}`},
		{"an edit that makes room for the third", edit(`"text":"<https://a.example/2> <https://a.example/3>"`, three, edited), `edit https://a.example/3; retract {"channel":"C1","ts":"1.1","canonical":["https://a.example/1"],"version":"2.0"}`},
		{"an edit that removes the third, never answered", edit(`"text":"<https://a.example/1> <https://a.example/2>"`, three, edited), `retract {"channel":"C1","ts":"1.1","canonical":["https://a.example/3"],"version":"2.0"}`},
		{"a deletion", `{"type":"message","subtype":"message_deleted","channel":"C1","deleted_ts":"1.1","previous_message":{` + user + link + `}}`, `retract {"channel":"C1","ts":"1.1","deleted":true}`},
		{"🔁 on a message", `{"type":"reaction_added","user":"U1","reaction":"repeat","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U2","event_ts":"3.3"}`, `again {"channel":"C1","ts":"1.1","user":"U1","asked":"3.3","emoji":"repeat"}`},
		{"🔁 elsewhere", `{"type":"reaction_added","user":"U1","reaction":"repeat","item":{"type":"message","channel":"C9","ts":"1.1"},"item_user":"U2","event_ts":"3.3"}`, ""},
		{"👍 on a reply of the bot, with a skin tone", `{"type":"reaction_added","user":"U1","reaction":"+1::skin-tone-2","item":{"type":"message","channel":"C9","ts":"1.1"},"item_user":"U0SELF","event_ts":"3.3"}`, `feedback {"channel":"C9","ts":"1.1","user":"U1","good":true,"emoji":"+1::skin-tone-2","version":"3.3"}`},
		{"it is taken back", `{"type":"reaction_removed","user":"U1","reaction":"thumbsup::skin-tone-2","item":{"type":"message","channel":"C9","ts":"1.1"},"item_user":"U0SELF","event_ts":"4.4"}`, `feedback {"channel":"C9","ts":"1.1","user":"U1","good":true,"emoji":"+1::skin-tone-2","removed":true,"version":"4.4"}`},
		{"🔁 taken back", `{"type":"reaction_removed","user":"U1","reaction":"repeat","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U2","event_ts":"4.4"}`, ""},
		{"👍 taken back from somebody's message", `{"type":"reaction_removed","user":"U1","reaction":"+1","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U2","event_ts":"4.4"}`, ""},
		{"👎", `{"type":"reaction_added","user":"U1","reaction":"-1","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U0SELF","event_ts":"3.3"}`, `feedback {"channel":"C1","ts":"1.1","user":"U1","emoji":"-1","version":"3.3"}`},
		{"👍 on somebody's message", `{"type":"reaction_added","user":"U1","reaction":"+1","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U2","event_ts":"3.3"}`, ""},
		{"the bot's own reaction", `{"type":"reaction_added","user":"U0SELF","reaction":"eyes","item":{"type":"message","channel":"C1","ts":"1.1"},"item_user":"U2","event_ts":"3.3"}`, ""},
		{"a reaction to a file", `{"type":"reaction_added","user":"U1","reaction":"+1","item":{"type":"file","file":"F1"},"event_ts":"3.3"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &reader{self: me, channels: map[string]bool{"C1": true}, maxLinks: 2}
			p, err := r.read(wrapEvent(c.event))
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(p); got != c.want {
				t.Errorf("got %s, want %s (%s)", got, c.want, p.why)
			}
			if p.empty() != (c.want == "") {
				t.Errorf("keys %q", p.event.Keys)
			}
		})
	}
}

func TestTheReasonIsKeptForEachLinkThatIsNotTaken(t *testing.T) {
	const user = `"type":"message","user":"U1","channel":"C1","ts":"1.1",`
	for _, c := range []struct{ name, event, want string }{
		{"more than are answered", `{` + user + `"text":"<https://a.example/1> <https://b.example/2> <https://c.example/3>"}`, "[{c.example only 2 links of a message are answered}]"},
		{"a bot's", `{` + user + `"bot_id":"B9","text":"<https://a.example/1>"}`, "[{a.example the message is from a bot}]"},
		{"an announcement", `{` + user + `"subtype":"channel_topic","text":"<https://a.example/1>"}`, "[{a.example the message is of the kind channel_topic}]"},
		{"this bot's own", `{"type":"message","user":"U0SELF","channel":"C1","ts":"1.1","text":"<https://a.example/1>"}`, "[]"},
		{"beside one that is taken", `{` + user + `"text":"<https://a.example/1> <ftp://b.example> <https://t.slack.com/archives/C1/p1>"}`, `[{ a link of the kind "ftp"} {t.slack.com leads into Slack}]`},
		{"a chat", `{` + user + `"text":"hello <@U2>, <mailto:a@b.example|a@b.example>"}`, "[]"},
	} {
		p, err := (&reader{self: me, maxLinks: 2}).read(wrapEvent(c.event))
		if got := fmt.Sprint(p.left); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestLinksNotTakenAreLoggedByDomainWithABound(t *testing.T) {
	var log bytes.Buffer
	b := &Bot{settings: settings{log: slog.New(slog.NewTextHandler(&log, nil))}}
	left := make([]links.Left, 12)
	for i := range left {
		left[i] = links.Left{Domain: "a.example", Reason: "stands in code"}
	}
	b.reportLeft("C1", "1.1", left)
	if s := log.String(); strings.Count(s, `reason="stands in code" domain=a.example channel=C1 message_ts=1.1`) != 10 || !strings.Contains(s, "count=2") {
		t.Error(s)
	}
}

func TestTheSameGestureHasACommonKey(t *testing.T) {
	r := &reader{self: me, maxLinks: 3}
	read := func(event string) []string {
		p, err := r.read(wrapEvent(event))
		if err != nil {
			t.Fatal(err)
		}
		return p.event.Keys
	}
	const text = `"text":"<@U0SELF> <https://a.example>","client_msg_id":"m1"`
	message := read(`{"type":"message","user":"U1","channel":"C1","ts":"1.1",` + text + `}`)
	mention := read(`{"type":"app_mention","user":"U1","channel":"C1","ts":"1.1",` + text + `}`)
	later := read(`{"type":"message","user":"U1","channel":"C1","ts":"1.2",` + text + `}`)
	if fmt.Sprint(message) != fmt.Sprint(mention) || message[2] != later[2] || message[1] == later[1] {
		t.Errorf("keys %q, %q, %q", message, mention, later)
	}
}

func TestReadShortcut(t *testing.T) {
	r := &reader{self: me, channels: map[string]bool{"C1": true}, maxLinks: 3}
	for _, c := range []struct{ name, payload, want string }{
		{"on a message with a link, of a bot too", `{"type":"message_action","callback_id":"x","action_ts":"9.9","user":{"id":"U1"},"channel":{"id":"C7"},"response_url":"https://hooks.slack.com/r","message":{"type":"message","ts":"1.1","bot_id":"B1","text":"<https://a.example/x>"}}`, "shortcut https://a.example/x"},
		{"on a message without", `{"type":"message_action","action_ts":"9.9","user":{"id":"U1"},"channel":{"id":"C7"},"response_url":"https://hooks.slack.com/r","message":{"type":"message","ts":"1.1","user":"U1","text":"hi"}}`, `respond {"url":"https://hooks.slack.com/r","text":"There is no link in this message that I could read."}`},
		{"global", string(payload(t, "interactive_shortcut.json")), ""},
		{"a button", string(payload(t, "interactive_block_actions.json")), ""},
		{"a huge one", string(payload(t, "interactive_huge_67kB.json.gz")), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in interaction
			if err := json.Unmarshal([]byte(c.payload), &in); err != nil {
				t.Fatal(err)
			}
			if got := outline(r.readShortcut(in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestHTTPRequestsAreToldApart(t *testing.T) {
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	body, err := os.ReadFile(filepath.Join("testdata", "payloads", "slash_command.urlencoded"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := httpEnvelope(form, body)
	var c slashCommand
	if err != nil || e.kind != "slash_commands" || json.Unmarshal(e.payload, &c) != nil || c.Command == "" || c.ChannelID == "" {
		t.Errorf("command: %+v, %+v, %v", e, c, err)
	}
	if e, err := httpEnvelope(form, []byte("payload=%7B%22type%22%3A%22shortcut%22%7D")); err != nil || e.kind != "interactive" || string(e.payload) != `{"type":"shortcut"}` {
		t.Errorf("interaction: %+v, %v", e, err)
	}
	if _, err := httpEnvelope(form, []byte("a=b")); err == nil {
		t.Error("nonsense was accepted")
	}
}

func FuzzRead(f *testing.F) {
	files, err := os.ReadDir(filepath.Join("testdata", "payloads"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".json") {
			f.Add(payload(f, file.Name()))
		}
	}
	r := &reader{self: me, maxLinks: 3}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := r.read(b)
		if err == nil && len(p.event.Links) > 3 {
			t.Errorf("%d links", len(p.event.Links))
		}
		var in interaction
		if json.Unmarshal(b, &in) == nil {
			r.readShortcut(in)
		}
	})
}

// The task of such an edit was refused, and with it the edit.
func TestAnEditThatTakesManyLongLinksAwayFitsItsTask(t *testing.T) {
	elements := make([]string, 400)
	for i := range elements {
		elements[i] = fmt.Sprintf(`{"type":"link","url":"https://a.example/%d/%s"}`, i, strings.Repeat("x", 4000))
	}
	r := &reader{self: me, maxLinks: 3}
	p, err := r.read([]byte(`{"type":"event_callback","event_id":"Ev1","event":{"type":"message","subtype":"message_changed","channel":"C1",` +
		`"message":{"user":"U1","ts":"1.1","text":"none","edited":{"ts":"2.0"}},"previous_message":{"user":"U1","ts":"1.1","text":"","blocks":[` +
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[` + strings.Join(elements, ",") + `]}]}]}}}`))
	if err != nil || len(p.event.Tasks) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	gone := p.event.Tasks[0].Payload.(target).Canonical
	size := 0
	for _, c := range gone {
		size += len(c)
	}
	if len(gone) < 3 || !strings.HasPrefix(gone[0], "https://a.example/0/") || size > 512<<10 {
		t.Errorf("%d links of %d bytes are withdrawn", len(gone), size)
	}
}
