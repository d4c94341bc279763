package links_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/slack/links"
)

// message decodes what of a message in an event is read for links.
func message(t *testing.T, event string) links.Message {
	t.Helper()
	var m struct {
		Text                       string
		Blocks, Attachments, Files json.RawMessage
	}
	if err := json.Unmarshal([]byte(event), &m); err != nil {
		t.Fatal(err)
	}
	return links.Message{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments, Files: m.Files, Own: []string{"U0SELF", "B0SELF"}}
}

// richText is a block as clients make it of one paragraph with a link.
func richText(url string) string {
	return `{"type":"rich_text","block_id":"Qkc","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"see "},{"type":"link","url":"` + url + `"}]}]}`
}

// share is what Slack puts below a message that forwards another.
func share(more string) string {
	return `{"ts":"1716387071.440000","author_id":"U2","channel_id":"C2","channel_team":"T1","is_msg_unfurl":true,"is_share":true,` + more + `
		"id":1,"from_url":"https://team.slack.com/archives/C2/p1716387071440000","fallback":"[May 22nd, 2024 7:11 AM] ann: see",
		"author_name":"Ann","author_link":"https://team.slack.com/team/U2","mrkdwn_in":["text"],"footer":"Posted in #papers"}`
}

func TestAllLinksThatAMessageShowsAreRead(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"a forwarded message, by its blocks", `{"text":"","attachments":[` + share(`"text":"see <https://a.example/x>",
			"message_blocks":[{"team":"T1","channel":"C2","ts":"1716387071.440000","message":{"blocks":[`+richText("https://a.example/x")+`]}}],`) + `]}`,
			"https://a.example/x"},
		{"a forwarded message, by its text, as slack-go gives it", `{"text":"","attachments":[` + share(`"text":"see <https://a.example/x?a=1&amp;b=2|this>",`) + `]}`,
			"https://a.example/x?a=1&b=2"},
		{"a forwarded message below a comment", `{"text":"<https://b.example>","blocks":[` + richText("https://b.example") + `],"attachments":[` + share(`"text":"<https://a.example/x> <https://b.example/>",`) + `]}`,
			"https://b.example https://a.example/x"},
		{"a forwarded app message with a card", `{"text":"","attachments":[` + share(`"text":"","message_blocks":[{"message":{"blocks":[
			{"type":"section","text":{"type":"mrkdwn","text":"*<https://a.example/release|v2>*"}}],
			"attachments":[{"title":"log","title_link":"https://a.example/log","id":1}]}}],`) + `]}`,
			"https://a.example/release https://a.example/log"},
		{"a message quoted since a link leads to it", `{"text":"<https://team.slack.com/archives/C2/p1>","attachments":[{"from_url":"https://team.slack.com/archives/C2/p1",
			"is_msg_unfurl":true,"message_blocks":[{"message":{"blocks":[` + richText("https://a.example/q") + `]}}],"text":"see <https://a.example/q>"}]}`, "https://a.example/q"},
		{"the bot's own forwarded message", `{"text":"","attachments":[{"is_share":true,"author_id":"U0SELF","text":"<https://a.example>"}]}`, ""},
		{"the bot's own quoted message", `{"text":"","attachments":[{"is_msg_unfurl":true,"message_blocks":[{"message":{"bot_id":"B0SELF","blocks":[` + richText("https://a.example") + `]}}]}]}`, ""},
		{"a preview is no second link", `{"text":"<https://a.example/x>","attachments":[{"from_url":"https://a.example/x","original_url":"https://a.example/x",
			"title":"T","title_link":"https://a.example/canonical","text":"and <https://b.example>","service_name":"A"}]}`, "https://a.example/x"},
		{"an app's preview", `{"text":"<https://a.example/x>","attachments":[{"is_app_unfurl":true,"app_unfurl_url":"https://a.example/x","blocks":[` + richText("https://b.example") + `]}]}`, "https://a.example/x"},
		{"a pasted table below the message", `{"text":"","attachments":[{"id":1,"fallback":"[no preview available]","blocks":[{"type":"table","block_id":"t","column_settings":[null],"rows":[
			[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Paper","style":{"bold":true}}]}]},{"type":"raw_text","text":"Code"}],
			[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://arxiv.org/abs/2401.01234","text":"A"}]}]},{"type":"raw_text","text":"https://github.com/a/b"}],
			[null,{"type":"raw_number","value":3}]]}]}]}`, "https://arxiv.org/abs/2401.01234 https://github.com/a/b"},
		{"a table in the blocks", `{"text":"x","blocks":[` + richText("https://a.example") + `,{"type":"table","rows":[[{"type":"raw_text","text":"see https://b.example/1, https://b.example/2."}]]}]}`,
			"https://a.example https://b.example/1 https://b.example/2"},
		{"sections, fields, buttons and contexts", `{"text":"fallback <https://no.example>","blocks":[{"type":"header","text":{"type":"plain_text","text":"News"}},
			{"type":"section","text":{"type":"mrkdwn","text":"<https://a.example|A>"},"fields":[{"type":"mrkdwn","text":"<https://b.example>"},{"type":"plain_text","text":"https://c.example"}],
			 "accessory":{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"https://d.example"}},
			{"type":"context","elements":[{"type":"image","image_url":"https://img.example/i.png","alt_text":"i"},{"type":"mrkdwn","text":"by <https://e.example|E>"}]},
			{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"More"},"url":"https://f.example"}]},
			{"type":"image","image_url":"https://img.example/j.png","title":{"type":"plain_text","text":"pic"}}]}`,
			"https://a.example https://b.example https://c.example https://d.example https://e.example https://f.example"},
		{"a video", `{"text":"","blocks":[{"type":"video","title":{"type":"plain_text","text":"T"},"title_url":"https://www.youtube.com/watch?v=abcdefgh","video_url":"https://www.youtube.com/embed/abcdefgh","thumbnail_url":"https://i.example/t.jpg"}]}`,
			"https://www.youtube.com/watch?v=abcdefgh"},
		{"a markdown block", "{\"text\":\"\",\"blocks\":[{\"type\":\"markdown\",\"text\":\"[A](https://a.example/x_(y) \\\"t\\\"), **<https://b.example>** and https://c.example/z.\\n![p](https://img.example/p.png) `https://code.example` [https://d.example](https://e.example),[F](<https://f.example>)\\n```\\nhttps://code.example\\n```\\n[r]: https://g.example 'G'\"}]}",
			"https://a.example/x_(y) https://b.example https://c.example/z https://e.example https://f.example https://g.example"},
		{"cards in a carousel and a container", `{"text":"","blocks":[{"type":"carousel","elements":[{"type":"card","title":{"type":"mrkdwn","text":"<https://a.example>"},
			"actions":[{"type":"button","url":"https://b.example"}]}]},{"type":"container","child_blocks":[` + richText("https://c.example") + `]},
			{"type":"layout","rows":[{"items":[{"block":` + richText("https://d.example") + `}]}]}]}`, "https://a.example https://b.example https://c.example https://d.example"},
		{"a list in a quote, and emoji with addresses", `{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"emoji","name":"x","url":"https://emoji.example/x.png"},{"type":"link","url":"https://a.example","text":"label"}]},
			{"type":"rich_text_list","style":"ordered","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://b.example"}]}]}]}]}`, "https://a.example https://b.example"},
		{"a classic card", `{"text":"","attachments":[{"pretext":"<https://a.example>","title":"T","title_link":"https://b.example?a=1&amp;b=2","text":"<https://c.example>",
			"fields":[{"title":"F","value":"<https://d.example|d>","short":true}],"actions":[{"type":"button","text":"Go","url":"https://e.example"}]}]}`,
			"https://a.example https://b.example?a=1&b=2 https://c.example https://d.example https://e.example"},
		{"a file that is not in Slack", `{"text":"","files":[{"id":"F1","mode":"external","is_external":true,"external_type":"gdrive","url_private":"https:\/\/docs.google.com\/document\/d\/1\/edit"},
			{"id":"F2","mode":"hosted","is_external":false,"url_private":"https://files.slack.com/files-pri/T-F2/a.pdf"}]}`, "https://docs.google.com/document/d/1/edit"},
		{"a date with a link", `{"text":"<!date^1392734382^Posted {date_num}^https://a.example/x|2014>"}`, "https://a.example/x"},
		{"a bare percent sign", `{"text":"<https://a.example/100%>"}`, "https://a.example/100%25"},
		{"a bare percent sign in rich text, before a query", `{"text":"","blocks":[` + richText("https://a.example/50%-off?q=5%&amp;r=%zz") + `]}`, "https://a.example/50%25-off?q=5%&r=%zz"},
		{"the end of a sentence in Chinese", `{"text":"见https://a.example/x。（https://b.example/y）"}`, "https://a.example/x https://b.example/y"},
		{"fields of a wrong type", `{"text":"<https://a.example>","blocks":[{"type":"section","fields":"x","text":{"type":"mrkdwn","text":"<https://b.example>"}},7,null],"attachments":{"x":1},"files":"none"}`, "https://b.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := links.Extract(message(t, c.message))
			if got := strings.Join(urls(f.Links), " "); got != c.want {
				t.Errorf("got  %s\nwant %s\nleft %v", got, c.want, f.Left)
			}
		})
	}
}

func TestWhatIsNotTakenHasAReason(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"code", "{\"text\":\"`<https://a.example>` and ```\\n<https://b.example>\\n```\"}", "[{a.example stands in code} {b.example stands in code}]"},
		{"code in rich text", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"link","url":"https://a.example"}]},
			{"type":"rich_text_section","elements":[{"type":"link","url":"https://b.example","style":{"code":true}}]}]}]}`, "[{a.example stands in code} {b.example stands in code}]"},
		{"Slack's own", `{"text":"<https://team.slack.com/archives/C1/p1>"}`, "[{team.slack.com leads into Slack}]"},
		{"other schemes", `{"text":"<ftp://a.example> <slack://open> <mailto:a@b.example|a> <tel:1> <@U1> <!here>"}`, `[{ a link of the kind "ftp"} { a link of the kind "slack"}]`},
		{"no host", `{"text":"<http://intranet/x>"}`, "[{ a link without a host}]"},
		{"own", `{"attachments":[{"is_share":true,"author_id":"U0SELF","text":"<https://a.example>"}]}`, "[{ this bot's own message is forwarded}]"},
		{"nothing to say", `{"text":"<https://a.example> <https://a.example/> hello"}`, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fmt.Sprint(links.Extract(message(t, c.message)).Left); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOnlyAQuoteIsQuoted(t *testing.T) {
	quote := `{"is_msg_unfurl":true,"text":"<https://a.example> <https://b.example>"}`
	f := links.Extract(message(t, `{"text":"<https://a.example>","attachments":[`+quote+`,`+share(`"text":"<https://c.example>",`)+`]}`))
	got := map[string]bool{}
	for _, l := range f.Links {
		got[l.Domain] = l.Quoted
	}
	if fmt.Sprint(got) != "map[a.example:false b.example:true c.example:false]" {
		t.Error(got)
	}
}

func TestHugeAndDeepMessagesAreBounded(t *testing.T) {
	deep := strings.Repeat(`{"type":"rich_text_section","elements":[`, 9000) + `{"type":"link","url":"https://a.example"}` + strings.Repeat(`]}`, 9000)
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, "<https://a.example/%d> ", i)
	}
	for name, c := range map[string]struct {
		m    links.Message
		most int
	}{
		"deep":      {links.Message{Blocks: json.RawMessage(`[` + deep + `]`)}, 0},
		"backticks": {links.Message{Text: strings.Repeat("`", 1<<20)}, 0},
		"tokens":    {links.Message{Text: strings.Repeat("<https://a.example/", 1<<16)}, 1},
		"markdown":  {links.Message{Blocks: json.RawMessage(`[{"type":"markdown","text":"` + strings.Repeat("[a](https://a.example/(", 1<<14) + `"}]`)}, 1},
		"many":      {links.Message{Text: many.String()}, 500},
	} {
		if n := len(links.Extract(c.m).Links); n > c.most {
			t.Errorf("%s: %d links", name, n)
		}
	}
}
