package links_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/slack/links"
)

func urls(ls []links.Link) []string {
	out := []string{}
	for _, l := range ls {
		out = append(out, l.URL)
	}
	return out
}

func TestExtractFromText(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain token", "see <https://example.com/a>", "https://example.com/a"},
		{"labelled, tracked", "<https://a.example/x?utm_source=y|label>", "https://a.example/x"},
		{"label that is another address", "<https://a.example/x|https://b.example/y>", "https://a.example/x"},
		{"escaped ampersand", "<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"},
		{"bare domain as Slack writes it", "<http://www.github.com|github.com>", "http://www.github.com"},
		{"several in order, repetitions once", "<https://b.example> <https://a.example/> <https://b.example/|again>", "https://b.example https://a.example/"},
		{"users, channels, commands and mail are no links", "<@U1> <#C1|general> <!here> <mailto:a@b.example|a> <tel:123>", ""},
		{"code is no link", "`<https://a.example>` ```curl <https://b.example>``` <https://c.example>", "https://c.example"},
		{"without brackets, as apps send it", "look: https://a.example/x, and (https://b.example/Go_(game)).", "https://a.example/x https://b.example/Go_(game)"},
		{"other schemes", "<ftp://a.example> <javascript:alert(1)> <slack://open>", ""},
		{"Slack's own", "<https://team.slack.com/archives/C1/p1> <https://files.slack.com/files-pri/T-F/a.png> <https://slack.com/blog/x>", "https://slack.com/blog/x"},
		{"user and password go", "<https://u:p@a.example/>", "https://a.example/"},
		{"no host", "<https:///x> <http://>", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(urls(links.Extract(links.Message{Text: c.text}).Links), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestExtractFromRecordedMessages(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"message_links_unfurled.json", "https://chat.zulip.org/"},
		{"message_file_share_link_text.json", ""}, // a file in Slack
		{"message_workflow_link_unfurled.json", ""},
		{"message_rich_text_styles.json", ""},
		{"message_rich_text_lists.json", ""}, // the blocks are what people see
	} {
		t.Run(c.file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			var m struct {
				Text   string
				Blocks json.RawMessage
			}
			if err := json.Unmarshal(raw, &m); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(urls(links.Extract(links.Message{Text: m.Text, Blocks: m.Blocks}).Links), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRichTextComesBeforeText(t *testing.T) {
	blocks := json.RawMessage(`[{"type":"rich_text","elements":[
		{"type":"rich_text_section","elements":[{"type":"text","text":"https://text.example"},{"type":"link","url":"https://a.example/?x=1&amp;y=2"}]},
		{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://b.example","unsafe":true}]}]},
		{"type":"rich_text_quote","elements":[{"type":"link","url":"https://c.example","style":{"bold":true}}]},
		{"type":"rich_text_preformatted","elements":[{"type":"link","url":"https://code.example"}]},
		{"type":"rich_text_section","elements":[{"type":"link","url":"https://inline.example","style":{"code":true}}]}]}]`)
	got := strings.Join(urls(links.Extract(links.Message{Text: "<https://other.example>", Blocks: blocks}).Links), " ")
	if want := "https://a.example/?x=1&y=2 https://b.example https://c.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	section := json.RawMessage(`[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]`)
	if got := urls(links.Extract(links.Message{Text: "<https://other.example>", Blocks: section}).Links); !slices.Equal(got, []string{"https://other.example"}) {
		t.Errorf("without rich_text: %q", got)
	}
}

func TestCanonicalUnifies(t *testing.T) {
	for _, same := range [][]string{
		{"http://example.com", "https://www.example.com/", "https://EXAMPLE.com:443/#top", "https://example.com./?utm_medium=x&fbclid=1"},
		{"https://example.com/a/b?y=2&x=1", "http://example.com/a/b/?x=1&y=2", "https://example.com/a/./c/../b?x=1&y=2#:~:text=q"},
		{"https://example.com/%7Euser/%c3%a4", "https://example.com/~user/ä"},
		{"https://youtu.be/dQw4w9WgXcQ?si=abc&t=10", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x", "https://m.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "https://youtube.com/shorts/dQw4w9WgXcQ"},
		{"https://arxiv.org/abs/2401.01234", "http://arxiv.org/pdf/2401.01234v2.pdf", "https://export.arxiv.org/abs/2401.01234v1", "https://arxiv.org/html/2401.01234", "https://huggingface.co/papers/2401.01234"},
		{"https://twitter.com/a/status/123?s=20", "https://x.com/b/status/123/photo/1", "https://mobile.twitter.com/a/status/123"},
		{"https://github.com/Owner/Repo", "https://github.com/owner/repo.git", "http://www.github.com/OWNER/repo/?tab=readme-ov-file#install"},
		{"https://en.wikipedia.org/wiki/Go", "https://en.m.wikipedia.org/wiki/Go"},
		{"https://doi.org/10.1000/ABC", "http://dx.doi.org/10.1000/abc"},
		{"https://old.reddit.com/r/golang/comments/x/", "https://www.reddit.com/r/golang/comments/x?share_id=1"},
		{"https://www.google.com/url?q=https://example.com/x%3Futm_source%3Dg&sa=D", "https://example.com/x"},
		{"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fx&data=1", "https://example.com/x"},
		{"https://bücher.example/x", "https://xn--bcher-kva.example/x"},
		{"https://example.com/100%", "https://example.com/100%25"},
		{"https://example.com/x", "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.de%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.com%252Fx%253Ffbclid%253D1"},
		{"https://news.example.com/2024/05/a-long-title-here/", "https://news.example.com/2024/05/a-long-title-here/amp/", "https://news.example.com/2024/05/a-long-title-here.amp",
			"https://news.example.com/2024/05/a-long-title-here?amp=1", "https://amp.news.example.com/2024/05/a-long-title-here", "https://news-example-com.cdn.ampproject.org/c/s/news.example.com/2024/05/a-long-title-here/amp/"},
		{"https://stackoverflow.com/q/1#section", "https://stackoverflow.com/q/1"},
		{"https://news.ycombinator.com/item?id=1#2", "https://news.ycombinator.com/item?id=2"},
		{"https://lists.example/x#thread", "https://lists.example/x#comments", "https://lists.example/x"},
		{"https://example.com/x#Echobox=1", "https://example.com/x#:~:text=a,b"},
	} {
		first, err := links.New(same[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range same[1:] {
			if l, err := links.New(other); err != nil || l.Canonical != first.Canonical {
				t.Errorf("%s → %s, %v; want %s", other, l.Canonical, err, first.Canonical)
			}
		}
	}
}

func TestCanonicalKeepsApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://example.com/a", "https://example.com/A"},
		{"https://example.com/?id=1", "https://example.com/?id=2"},
		{"https://example.com/a%2Fb", "https://example.com/a/b"},
		{"https://example.com/#/one", "https://example.com/#/two"},
		{"https://example.com:8080/", "https://example.com/"},
		{"https://example.com/?ref=main", "https://example.com/?ref=dev"},
		{"https://github.com/o/r/blob/main/A.md", "https://github.com/o/r/blob/main/a.md"},
		{"https://www.youtube.com/playlist?list=1", "https://www.youtube.com/playlist?list=2"},
		{"https://medium.example/", "https://edium.example/"},
		{"https://example.com/docs/amp", "https://example.com/docs"},
		{"https://github.com/o?tab=repositories", "https://github.com/o"},
		{"https://github.com/o/r/issues/1#issuecomment-1", "https://github.com/o/r/issues/1"},
		{"https://github.com/o/r/blob/main/a.go#L1-L9", "https://github.com/o/r/blob/main/a.go#L10"},
		{"https://stackoverflow.com/questions/1/x#2", "https://stackoverflow.com/questions/1/x#3"},
		{"https://news.ycombinator.com/item?id=1#2", "https://news.ycombinator.com/item?id=1"},
		{"https://gist.github.com/a/1#gistcomment-5", "https://gist.github.com/a/1"},
		{"https://gist.github.com/a/1#file-x-go-L3", "https://gist.github.com/a/1"},
		{"https://github.com/o/r/commit/abc#commitcomment-5", "https://github.com/o/r/commit/abc"},
		{"https://github.com/o/r/commit/abc#r5", "https://github.com/o/r/commit/abc#r6"},
		{"https://huggingface.co/o/m/discussions/1#65a1b2c3d4e5f60718293a4b", "https://huggingface.co/o/m/discussions/1"},
		{"https://bitbucket.org/o/r/src/main/a.go#lines-3", "https://bitbucket.org/o/r/src/main/a.go"},
		{"https://bugs.example/show_bug.cgi?id=1#c5", "https://bugs.example/show_bug.cgi?id=1#c6"},
		{"https://blog.example/x#comment-5", "https://blog.example/x"},
		{"https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ugx", "https://youtu.be/dQw4w9WgXcQ"},
		{"https://www.nytimes.com/x.html?unlocked_article_code=1.a", "https://www.nytimes.com/x.html?unlocked_article_code=1.b"},
		{"https://medium.com/@a/b-123?sk=abc", "https://medium.com/@a/b-123"},
	} {
		a, err1 := links.New(pair[0])
		b, err2 := links.New(pair[1])
		if err1 != nil || err2 != nil || a.Canonical == b.Canonical {
			t.Errorf("%v: %s, %v, %v", pair, a.Canonical, err1, err2)
		}
	}
}

func TestURLKeepsWhatSelectsContent(t *testing.T) {
	for _, c := range [][2]string{
		{"https://www.nytimes.com/2025/x.html?unlocked_article_code=1.yVA.pm56&smid=url-share", "https://www.nytimes.com/2025/x.html?unlocked_article_code=1.yVA.pm56"},
		{"https://medium.com/@a/b-123?source=friends_link&sk=abc", "https://medium.com/@a/b-123?sk=abc"},
		{"https://www.wsj.com/a?st=x1&reflink=desktopwebshare_permalink&mod=e", "https://www.wsj.com/a?st=x1&reflink=desktopwebshare_permalink"},
		{"https://api.github.com/repos/o/r/contents/a.md?ref=dev", "https://api.github.com/repos/o/r/contents/a.md?ref=dev"},
		{"https://github.com/o/r?tab=readme-ov-file&ref=x", "https://github.com/o/r"},
		{"https://www.youtube.com/watch?v=x&t=90s&si=y", "https://www.youtube.com/watch?v=x&t=90s"},
		{"https://www.bilibili.com/video/BV1?p=2&vd_source=x&t=3", "https://www.bilibili.com/video/BV1?p=2&t=3"},
		{"https://en.wikipedia.org/w/index.php?title=Go&oldid=7&utm_source=x", "https://en.wikipedia.org/w/index.php?title=Go&oldid=7"},
		{"https://github.com/o/r/issues/1?x=1#issuecomment-5", "https://github.com/o/r/issues/1?x=1#issuecomment-5"},
		{"view-source:https://example.com/a?b=1", "https://example.com/a?b=1"},
		{"chrome-extension://efaidnbmnnnibpcajpcglclefindmkaj/https://example.com/a.pdf#page=3", "https://example.com/a.pdf#page=3"},
		{"feed:https://example.com/rss", "https://example.com/rss"},
		{"https://docs.google.com/viewer?url=https%3A%2F%2Fexample.com%2Fa.pdf", "https://example.com/a.pdf"},
		{"https://careers.example/?cmpid=42&ncid=7", "https://careers.example/?cmpid=42&ncid=7"},
		{"https://www.nvidia.com/en-us/x/?ncid=no-ncid", "https://www.nvidia.com/en-us/x/"},
		{"https://example.com/a#part-2:~:text=b", "https://example.com/a#part-2"},
		{"https://example.com/a#b%20c", "https://example.com/a#b%20c"},
		{"https://www.google.com/url?q=http://intranet/x", "https://www.google.com/url?q=http://intranet/x"},
		{"https://web.archive.org/web/2020/https://a.example/b?utm_source=x", "https://web.archive.org/web/2020/https://a.example/b"},
	} {
		if l, err := links.New(c[0]); err != nil || l.URL != c[1] {
			t.Errorf("%s\ngot  %s, %v\nwant %s", c[0], l.URL, err, c[1])
		}
	}
}

func TestURLKeepsSignedQueriesByteForByte(t *testing.T) {
	const signed = "https://bucket.example/f?X-Sig=a%2fB%2F&Expires=1&empty&b=+&a=1"
	if l, err := links.New(signed + "&utm_campaign=x"); err != nil || l.URL != signed {
		t.Errorf("%s, %v", l.URL, err)
	}
}

// unstable are links that became another one each time they were cleaned, or one without a host.
var unstable = []string{
	"https://..:80", "https://。", "https://.。", "https://www..#a", "https://;m../%25/amp", "https://!....", "https://.xn--",
	"https://xn--m.%25éxé..", "https://utm_source=x../amp", "https://a.example../x", "https://.a.example/x", "https://a。example。/x",
}

func TestACleanLinkStaysAsItIs(t *testing.T) {
	for _, raw := range unstable {
		l, err := links.New(raw)
		if err != nil {
			continue
		}
		if again, err := links.New(l.URL); err != nil || again != l || strings.HasSuffix(l.Domain, ".") || strings.HasPrefix(l.Domain, ".") {
			t.Errorf("%s: %+v, then %+v, %v", raw, l, again, err)
		}
	}
	if l, err := links.New("https://a。example。/x"); err != nil || l.URL != "https://a.example/x" {
		t.Errorf("%+v, %v", l, err)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("<https://a.example/x?utm_source=y|label>", `[{"type":"rich_text","elements":[{"type":"link","url":"https://a.example"}]}]`, `[]`)
	f.Add("https://a.example/%zz <http://[::1]:80/>", `[{"type":"markdown","text":"[a](https://a.example/b_(c))"}]`, `[{"is_share":true,"text":"<https://b.example>"}]`)
	for _, odd := range unstable {
		f.Add(odd, "[]", "[]")
	}
	f.Fuzz(func(t *testing.T, text, blocks, attachments string) {
		for _, l := range links.Extract(links.Message{Text: text, Blocks: json.RawMessage(blocks), Attachments: json.RawMessage(attachments)}).Links {
			again, err := links.New(l.URL)
			l.Quoted = false
			if err != nil || again != l {
				t.Errorf("not stable: %+v → %+v, %v", l, again, err)
			}
			if strings.ContainsAny(l.URL, " \n\x00") || l.Domain == "" {
				t.Errorf("bad link %+v", l)
			}
		}
	})
}

func ExampleExtract() {
	shown := links.Message{Text: "read <https://www.youtube.com/watch?v=abcdef&amp;utm_source=x|this>"}
	for _, l := range links.Extract(shown).Links {
		fmt.Println(l.URL)
		fmt.Println(l.Canonical)
	}
	// Output:
	// https://www.youtube.com/watch?v=abcdef
	// https://youtube.com/watch?v=abcdef
}
