package fakeslack_test

import (
	"fmt"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// thread posts a root and n replies and returns their ts.
func thread(t *testing.T, s *fakeslack.Server, n int) []string {
	t.Helper()
	root := say(t, s, "root")
	all := []string{root.TS}
	for i := range n {
		args := map[string]any{"channel": channel, "text": fmt.Sprintf("reply %d", i), "thread_ts": root.TS, "metadata": map[string]any{"event_type": "e", "event_payload": map[string]any{"i": i}}}
		all = append(all, call(t, s, botToken, "chat.postMessage", args).want(t, "").str("ts"))
	}
	return all
}

// messages are those of an answer of history or replies.
func messages(a answer) (out []map[string]any) {
	list, _ := a.body["messages"].([]any)
	for _, m := range list {
		out = append(out, m.(map[string]any))
	}
	return out
}

// tsOf are the ts of messages in their order.
func tsOf(ms []map[string]any) (out []string) {
	for _, m := range ms {
		out = append(out, m["ts"].(string))
	}
	return out
}

// cursor is where the next page begins; empty on the last.
func cursor(a answer) string {
	md, _ := a.body["response_metadata"].(map[string]any)
	c, _ := md["next_cursor"].(string)
	return c
}

func TestRepliesComeByPageAndWindow(t *testing.T) {
	s := start(t)
	all := thread(t, s, 5)
	var got []string
	next := ""
	for {
		a := call(t, s, botToken, "conversations.replies", map[string]any{"channel": channel, "ts": all[0], "limit": 2, "cursor": next}).want(t, "")
		got = append(got, tsOf(messages(a))...)
		if next = cursor(a); next == "" {
			if a.body["has_more"] != false {
				t.Error("has_more on the last page")
			}
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("pages gave %v, want %v", got, all)
	}
	for _, c := range []struct {
		name string
		args map[string]any
		want []string
	}{
		{"oldest leaves itself out", map[string]any{"oldest": all[3]}, []string{all[0], all[4], all[5]}},
		{"inclusive keeps it", map[string]any{"oldest": all[3], "inclusive": true}, []string{all[0], all[3], all[4], all[5]}},
		{"latest leaves itself out", map[string]any{"latest": all[2]}, []string{all[0], all[1]}},
		{"a reply alone", map[string]any{"ts": all[2]}, []string{all[2]}},
	} {
		args := map[string]any{"channel": channel, "ts": all[0]}
		for k, v := range c.args {
			args[k] = v
		}
		if got := tsOf(messages(call(t, s, botToken, "conversations.replies", args).want(t, ""))); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	call(t, s, botToken, "conversations.replies", map[string]any{"channel": channel, "ts": "1700000000.000001"}).want(t, "thread_not_found")
	call(t, s, botToken, "conversations.replies", map[string]any{"channel": channel, "ts": all[0], "cursor": "nonsense"}).want(t, "invalid_cursor")
}

func TestHistoryIsNewestFirstWithoutReplies(t *testing.T) {
	s := start(t)
	all := thread(t, s, 2)
	second := say(t, s, "second").TS
	broadcast := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "b", "thread_ts": all[0], "reply_broadcast": true}).want(t, "").str("ts")
	a := call(t, s, botToken, "conversations.history", map[string]any{"channel": channel}).want(t, "")
	want := []string{broadcast, second, all[0]}
	if got := tsOf(messages(a)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("history %v, want %v", got, want)
	}
	root := messages(a)[2]
	if root["reply_count"] != 3.0 || root["latest_reply"] != broadcast || root["thread_ts"] != all[0] {
		t.Errorf("root %v", root)
	}
	var paged []string
	next := ""
	for {
		a := call(t, s, botToken, "conversations.history", map[string]any{"channel": channel, "limit": 1, "cursor": next}).want(t, "")
		paged = append(paged, tsOf(messages(a))...)
		if next = cursor(a); next == "" {
			break
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(want) {
		t.Errorf("pages gave %v, want %v", paged, want)
	}
	missed := call(t, s, botToken, "conversations.history", map[string]any{"channel": channel, "oldest": all[0]}).want(t, "")
	if got := tsOf(messages(missed)); fmt.Sprint(got) != fmt.Sprint(want[:2]) {
		t.Errorf("since %s: %v", all[0], got)
	}
}

func TestMetadataComesOnlyWhenAskedFor(t *testing.T) {
	s := start(t)
	all := thread(t, s, 1)
	args := map[string]any{"channel": channel, "ts": all[0]}
	if m := messages(call(t, s, botToken, "conversations.replies", args))[1]; m["metadata"] != nil {
		t.Errorf("metadata came unasked: %v", m)
	}
	args["include_all_metadata"] = true
	m := messages(call(t, s, botToken, "conversations.replies", args))[1]
	md, _ := m["metadata"].(map[string]any)
	if fmt.Sprint(md["event_payload"]) != "map[i:0]" {
		t.Errorf("metadata %v", m["metadata"])
	}
}
