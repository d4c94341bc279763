package feed_test

import (
	"bytes"
	"compress/gzip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/format/feed"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

const rssBody = `<rss version="2.0"><channel><title>Café notes</title><link>https://blog.example.com/</link>` +
	`<description>Notes of a team</description><item><title>Grüße aus Köln</title><link>https://blog.example.com/a</link>` +
	`<description>The team moved to three shards – “slowly”.</description><pubDate>Mon, 06 Oct 2025 10:00:00 ` +
	`GMT</pubDate></item></channel></rss>`

func encoded(t *testing.T, s string, to interface {
	String(string) (string, error)
},
) string {
	t.Helper()
	out, err := to.String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16le(s string, mark bool) string {
	var b bytes.Buffer
	if mark {
		b.WriteString("\xff\xfe")
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func TestEncodingIsThatOfTheBytes(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{})
	declare := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }
	windows := encoded(t, rssBody, charmap.Windows1252.NewEncoder())
	for name, c := range map[string]struct{ body, contentType string }{
		"declared Latin-1, is UTF-8":         {declare("ISO-8859-1") + rssBody, "application/rss+xml"},
		"declared in single marks":           {`<?xml version='1.0' encoding = 'iso-8859-1' ?>` + rssBody, "application/rss+xml"},
		"declared windows-1251, is UTF-8":    {declare("windows-1251") + rssBody, "application/rss+xml"},
		"declared UTF-16, is UTF-8":          {declare("utf-16") + rssBody, "text/xml"},
		"declared UTF-8, is windows-1252":    {declare("utf-8") + windows, "application/rss+xml; charset=utf-8"},
		"header says Latin-1, is UTF-8":      {rssBody, "text/xml; charset=iso-8859-1"},
		"header says UTF-8, is windows-1252": {declare("windows-1252") + windows, "text/xml; charset=utf-8"},
		"nothing declared":                   {rssBody, ""},
		"nothing declared, is windows-1252":  {windows, "application/xml"},
		"declared utf8":                      {declare("utf8") + rssBody, "application/rss+xml"},
		"declared unicode":                   {declare("unicode") + rssBody, "application/rss+xml"},
		"declared unknown":                   {declare("x-mac-nonsense") + rssBody, "application/rss+xml; charset=none"},
		"declared Latin-1, is windows-1252":  {declare("ISO-8859-1") + windows, "application/rss+xml"},
		"UTF-8 with a mark":                  {"\xef\xbb\xbf" + declare("utf-8") + rssBody, "application/rss+xml"},
		"UTF-16 with a mark":                 {utf16le(declare("utf-16")+rssBody, true), "application/rss+xml"},
		"UTF-16 without a mark":              {utf16le(declare("utf-16")+rssBody, false), "application/rss+xml"},
		"UTF-16 with a mark, declared UTF-8": {utf16le(declare("utf-8")+rssBody, true), "application/rss+xml; charset=utf-8"},
		"packed":                             {zipped(declare("utf-8") + rssBody), "application/octet-stream"},
		"packed, declared Latin-1, is UTF-8": {zipped(declare("latin1") + rssBody), "application/gzip"},
		"control signs":                      {strings.Replace(rssBody, "moved", "mo\x01\x0bved", 1), "application/rss+xml"},
		"signs and words before":             {" \n\t" + declare("utf-8") + rssBody, "application/rss+xml"},
		"a warning of the server before":     {"<br />\n<b>Warning</b>: in feed.php<br />\n" + declare("utf-8") + rssBody, "text/html"},
		"comment and style sheet before":     {declare("utf-8") + "<!-- <rss> -->\n<?xml-stylesheet href='a'?>\n" + rssBody, "text/html"},
		"document type of Netscape": {declare("utf-8") + `<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" ` +
			`"http://my.netscape.com/publish/formats/rss-0.91.dtd">` + rssBody, ""},
		"document type with declarations":     {declare("utf-8") + `<!DOCTYPE rss [<!ENTITY % H PUBLIC "x" "y"> %H;]>` + rssBody, ""},
		"default namespace of something else": {strings.Replace(rssBody, "<rss ", `<rss xmlns="http://www.w3.org/2005/Atom" `, 1), ""},
		"namespace of its own":                {strings.Replace(rssBody, "<rss ", `<rss xmlns="http://backend.userland.com/rss2" `, 1), ""},
	} {
		ev, err := r.Extract(t.Context(), []byte(c.body), c.contentType, "https://blog.example.com/feed")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if ev.Title != "Café notes" || ev.AdapterName != "FeedAdapter" || ev.Coverage != job.CoverageFull {
			t.Errorf("%s: title %q of %s, %s", name, ev.Title, ev.AdapterName, ev.Coverage)
		}
		for _, says := range []string{
			"## Grüße aus Köln", "three shards – “slowly”.", "Date: 2025-10-06", "Link: https://blog.example.com/a",
		} {
			if !strings.Contains(ev.Text, says) {
				t.Errorf("%s lacks %q: %q", name, says, ev.Text)
			}
		}
	}
	sjis := encoded(t, `<rss><channel><title>技術メモ</title><item><title>分割</title><description>`+
		`請求サービスを三つに分割しました。</description></item></channel></rss>`,
		japanese.ShiftJIS.NewEncoder())
	if ev, err := r.Extract(t.Context(), []byte(declare("utf-8")+sjis), "", "https://e.org/f"); err != nil || ev.Title != "技術メモ" {
		t.Errorf("Shift_JIS declared UTF-8: %q %v", ev.Title, err)
	}
}

func TestFeedsAreReadHoweverTheyAreWritten(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{})
	rss := func(item string) string {
		return `<rss version="2.0"><channel><title>Notes</title>` + item + `</channel></rss>`
	}
	for name, c := range map[string]struct {
		body  string
		title string
		says  []string
		not   []string
	}{
		"RSS in capitals": {
			`<?xml version="1.0"?><RSS version="2.0"><CHANNEL><TITLE>Big</TITLE><ITEM><TITLE>One</TITLE><LINK>https://e.org/1</LINK>` +
				`<PUBDATE>Mon, 06 Oct 2025 10:00:00 GMT</PUBDATE><DESCRIPTION>Three shards.</DESCRIPTION></ITEM></CHANNEL></RSS>`,
			"Big", []string{"## One\n\nDate: 2025-10-06\nLink: https://e.org/1\n\nThree shards."}, []string{"BigOne"},
		},
		"names in mixed case": {
			`<Rss><Channel><Title>Big</title><Item><title>One</Title><Description>Three shards.</description></ITEM></channel></RSS>`,
			"Big", []string{"## One", "Three shards."}, nil,
		},
		"Atom with prefixes": {
			`<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"><atom:title>Ropes</atom:title><atom:entry><atom:title>One</atom:title>` +
				`<atom:link href="https://e.org/1"/><atom:updated>2025-10-06T10:00:00Z</atom:updated><atom:author><atom:name>` +
				`Ada</atom:name></atom:author>` +
				`<atom:content type="html">&lt;p&gt;Three shards.&lt;/p&gt;</atom:content></atom:entry></atom:feed>`,
			"Ropes", []string{"## One", "Date: 2025-10-06", "By: Ada", "Three shards."}, nil,
		},
		"Atom in capitals": {
			`<FEED xmlns="http://www.w3.org/2005/Atom"><TITLE>Ropes</TITLE><ENTRY><TITLE>One</TITLE><LINK ` +
				`HREF="https://e.org/1"/><SUMMARY>Three shards.</SUMMARY></ENTRY></FEED>`,
			"Ropes", []string{"## One", "Link: https://e.org/1", "Three shards."}, nil,
		},
		"Atom with a prefix that is not declared": {
			`<a:feed><a:title>Ropes</a:title><a:entry><a:title>One</a:title><a:summary>Three shards.</a:summary></a:entry></a:feed>`,
			"Ropes", []string{"## One", "Three shards."}, nil,
		},
		"Atom without a namespace": {
			`<feed><title>Ropes</title><entry><title>One</title><summary>Three shards.</summary></entry></feed>`,
			"Ropes", []string{"## One", "Three shards."}, nil,
		},
		"Atom with XHTML": {
			`<feed xmlns="http://www.w3.org/2005/Atom"><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">The <b>` +
				`ropes</b></div></title>` +
				`<entry><title>One</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Three <em>shards</em>` +
				`.</p><p>New.</p></div></content></entry></feed>`,
			"The ropes", []string{"Three shards.\n\nNew."}, nil,
		},
		"Atom with relative links": {
			`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://e.org/blog/"><title>Ropes</title><entry><title>` +
				`One</title><link href="1.html"/></entry></feed>`,
			"Ropes", []string{"Link: https://e.org/blog/1.html"}, nil,
		},
		"a bare percent sign in a link": {
			rss(`<item><title>One</title><link>https://e.org/100%?a=5%</link></item>`), "Notes", []string{"Link: https://e.org/100%25?a=5%"}, nil,
		},
		"RSS 1.0": {
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" ` +
				`xmlns:dc="http://purl.org/dc/elements/1.1/">` +
				`<channel rdf:about="https://e.org/"><title>Ropes</title></channel><item rdf:about="https://e.org/1"><title>` +
				`One</title><link>https://e.org/1</link>` +
				`<description>Three shards.</description><dc:date>2025-10-06T10:00:00+09:00</dc:date><dc:creator>Ada</dc:creator>` +
				`</item></rdf:RDF>`,
			"Ropes", []string{"## One", "Date: 2025-10-06", "By: Ada", "Three shards."}, nil,
		},
		"RSS 1.0 with prefixes": {
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rss="http://purl.org/rss/1.0/">` +
				`<rss:channel><rss:title>Ropes</rss:title></rss:channel>` +
				`<rss:item><rss:title>One</rss:title><rss:description>Three shards.</rss:description></rss:item></rdf:RDF>`,
			"Ropes", []string{"## One", "Three shards."}, nil,
		},
		"prefixes that are not declared": {
			rss(`<item><title>One</title><dc:creator>Ada</dc:creator><dc:date>2025-10-06</dc:date><content:encoded><![CDATA[<p>` +
				`Three shards.</p>]]></content:encoded></item>`),
			"Notes", []string{"By: Ada", "Date: 2025-10-06", "Three shards."}, nil,
		},
		"a namespace with a slip": {
			`<rss xmlns:content="https://purl.org/rss/1.0/modules/content"><channel><title>Notes</title><item><title>` +
				`One</title><content:encoded>Three shards.</content:encoded></item></channel></rss>`,
			"Notes", []string{"Three shards."}, nil,
		},
		"text of media": {
			`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><title>Talks</title><entry>` +
				`<title>One</title>` +
				`<media:group><media:title>One</media:title><media:description>Three shards.</media:description></media:group>` +
				`</entry></feed>`,
			"Talks", []string{"Three shards."}, nil,
		},
		"text of a podcast": {
			`<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Talks</title><item><title>` +
				`One</title><itunes:summary>Three shards.</itunes:summary></item></channel></rss>`,
			"Talks", []string{"Three shards."}, nil,
		},
		"entities of HTML": {
			rss(`<item><title>Q&nbsp;&amp;&nbsp;A &ndash; caf&eacute; &mdash; R&D</title><description>Three&hellip; shards ` +
				`&copy; 2025</description></item>`),
			"Notes", []string{"## Q & A – café — R&D", "Three… shards © 2025"}, nil,
		},
		"HTML escaped twice": {
			rss(`<item><title>Q &amp;amp; A</title><description>&amp;lt;p&amp;gt;Three ` +
				`&amp;lt;b&amp;gt;shards&amp;lt;/b&amp;gt;.&amp;lt;/p&amp;gt;</description></item>`),
			"Notes", []string{"## Q & A", "Three shards."}, []string{"<p>", "&lt;"},
		},
		"HTML not escaped": {
			rss(`<item><title>The <b>old</b> table</title><description><p>Three<br>shards.<p>New</description></item>`),
			"Notes", []string{"## The old table", "Three", "shards.", "New"}, []string{"Threeshards", "shards.New"},
		},
		"code in titles": {
			rss(`<item><title>Why Vec&lt;T&gt; beats List&lt;T&gt;</title></item><item><title><![CDATA[if a < b && c > d]]>` +
				`</title></item>`),
			"Notes", []string{"## Why Vec<T> beats List<T>", "## if a < b && c > d"}, nil,
		},
		"code in text": {
			rss(`<item><title>One</title><description>&lt;p&gt;Write &lt;code&gt;&amp;lt;div&amp;gt;&lt;/code&gt; ` +
				`here.&lt;/p&gt;</description></item>`),
			"Notes", []string{"<div>"}, nil,
		},
		"no titles": {
			rss(`<item><description>First words.</description><guid>https://e.org/1</guid></item><item><guid ` +
				`isPermaLink="false">x1</guid><description>Other words.</description></item>`),
			"Notes", []string{"## Entry", "Link: https://e.org/1", "First words.", "Other words."}, []string{"Link: x1"},
		},
		"cut in text": {`<rss><channel><title>Notes</title><item><title>One</title><description>Three shards.</description>` +
			`</item><item><title>Two</title><description>Half a sen`, "Notes", []string{"Three shards.", "## Two", "Half a sen"}, nil},
		"cut in CDATA": {`<rss><channel><title>Notes</title><item><title>One</title><description><![CDATA[<p>Three ` +
			`shards.`, "Notes", []string{"Three shards."}, nil},
		"cut in a tag": {`<rss><channel><title>Notes</title><item><title>One</title><description>Three ` +
			`shards.</descri`, "Notes", []string{"Three shards."}, nil},
		"elements that overlap": {
			rss(`<item><title>One<description>Three shards.</item><item><title>Two</title><description>Four.</description></item>`),
			"Notes", []string{"## One", "## Two", "Four."}, nil,
		},
		"entries beside the channel": {
			`<rss><channel><title>Notes</title></channel><item><title>One</title><description>Three shards.</description></item></rss>`,
			"Notes", []string{"## One", "Three shards."}, nil,
		},
		"JSON Feed 1.1": {
			`{"version":"https://jsonfeed.org/version/1.1","title":"Ropes","authors":[{"name":"Ada"}],` +
				`"items":[{"id":"1","url":"https://e.org/1","title":"One",` +
				`"content_text":"Three shards.","date_published":"2025-10-06T10:00:00-07:00","authors":[{"name":"Bob"}]}]}`,
			"Ropes", []string{"## One", "Date: 2025-10-06", "By: Bob", "Link: https://e.org/1", "Three shards."}, nil,
		},
		"JSON Feed with numbers and one author": {
			`{"version":"https://jsonfeed.org/version/1","title":"Ropes","author":"Ada","items":[{"id":7,"external_url":"https://e.org/1",` +
				`"content_text":"if a < b:\n    three shards","tags":["db",7]},null]}`,
			"Ropes", []string{"Link: https://e.org/1", "if a < b:", "three shards", "Categories: db, 7"}, nil,
		},
		"JSON Feed that breaks off": {
			`{"version":"https://jsonfeed.org/version/1.1","title":"Ropes","items":[{"id":"1","title":"One","content_html":"<p>Three shards.</p>"},` +
				`{"id":"2","title":"Two","content_html":"<p>Half a`,
			"Ropes", []string{"## One", "Three shards.", "## Two"}, nil,
		},
		"JSON Feed 1 with a mark": {
			"\xef\xbb\xbf" + `{"version":"https://jsonfeed.org/version/1","title":"Ropes","author":{"name":"Ada"},` +
				`"items":[{"id":"1","title":"One","content_html":"<p>Three <b>shards</b>.</p>"}]}`,
			"Ropes", []string{"## One", "Three shards."}, nil,
		},
	} {
		ev, err := r.Extract(t.Context(), []byte(c.body), "application/xml", "https://e.org/feed")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if ev.Title != c.title || ev.AdapterName != "FeedAdapter" {
			t.Errorf("%s: title %q of %s", name, ev.Title, ev.AdapterName)
		}
		for _, says := range c.says {
			if !strings.Contains(ev.Text, says) {
				t.Errorf("%s lacks %q: %q", name, says, ev.Text)
			}
		}
		for _, says := range c.not {
			if strings.Contains(ev.Text, says) {
				t.Errorf("%s has %q: %q", name, says, ev.Text)
			}
		}
	}
}

func TestWhatAnEntryHidesIsLeftOut(t *testing.T) {
	ev := source.NewEvidence("https://example.com/feed")
	body := `<rss version="2.0"><channel><title>T</title><item><title>Boats &lt;b hidden&gt;praised&lt;/b&gt;</title>` +
		`<description>&lt;style&gt;.k{display:none}&lt;/style&gt;&lt;p&gt;Ice.&lt;/p&gt;&lt;p class=k&gt;Praise.&lt;/p&gt;</description></item></channel></rss>`
	at, _ := url.Parse("https://example.com/feed")
	if err := feed.Read([]byte(body), "application/rss+xml", at, ev); err != nil || ev.Text != "## Boats\n\nIce." {
		t.Errorf("%q, %v", ev.Text, err)
	}
}

func TestDatesAreReadInTheirUsualForms(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{})
	for said, want := range map[string]string{
		"Mon, 06 Oct 2025 10:00:00 GMT":  "2025-10-06",
		"Mon, 6 Oct 2025 10:00:00 +0200": "2025-10-06",
		"06 Oct 2025 10:00 EST":          "2025-10-06",
		"Mon, 06 Oct 25 10:00:00 PDT":    "2025-10-06",
		"Monday, 06 October 2025 10:00":  "Monday, 06 October 2025 10:00",
		"2025-10-06T10:00:00Z":           "2025-10-06",
		"2025-10-06T10:00:00.123+02:00":  "2025-10-06",
		"2025-10-06 10:00:00":            "2025-10-06",
		"2025-10-06":                     "2025-10-06",
		"October 6, 2025":                "2025-10-06",
		"last week":                      "last week",
		"0001-01-01T00:00:00Z":           "0001-01-01T00:00:00Z",
	} {
		body := `<rss><channel><title>N</title><item><title>One</title><pubDate>` + said + `</pubDate></item></channel></rss>`
		ev, err := r.Extract(t.Context(), []byte(body), "", "https://e.org/feed")
		if err != nil || !strings.Contains(ev.Text, "Date: "+want) {
			t.Errorf("%s: %q %v", said, ev.Text, err)
		}
	}
}

func TestNewestEntriesComeFirst(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{})
	var b strings.Builder
	b.WriteString(`<rss><channel><title>N</title>`)
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 40 {
		b.WriteString(`<item><title>Entry of day ` + at.AddDate(0, 0, i).Format("01-02") + `</title><pubDate>` +
			`` + at.AddDate(0, 0, i).Format(time.RFC1123Z) + `</pubDate></item>`)
	}
	b.WriteString(`</channel></rss>`)
	ev, err := r.Extract(t.Context(), []byte(b.String()), "", "https://e.org/feed")
	if err != nil || !strings.HasPrefix(ev.Text, "## Entry of day 02-09") || strings.Contains(ev.Text, "day 01-01") || len(ev.Errors) != 1 {
		t.Errorf("%.80q %v %v", ev.Text, ev.Errors, err)
	}
}

func TestOtherXMLAndPagesAreNoFeeds(t *testing.T) {
	for _, body := range []string{
		`<html><body><p>An <rss> element</p></body></html>`,
		"# How to write a feed\n\n```xml\n<?xml version=\"1.0\"?><rss></rss>\n```\n\n" + strings.Repeat("Then more words. ", 60),
		`<!DOCTYPE html><html><head><title>Feeds</title></head><body>&lt;rss&gt;</body></html>`,
		`<opml><body><outline xmlUrl="https://e.org/rss"/></body></opml>`,
		`<urlset><url><loc>https://e.org/</loc></url></urlset>`,
		`<rdf:RDF xmlns:foaf="http://xmlns.com/foaf/0.1/"><foaf:Person/></rdf:RDF>`,
		`{"items":[],"version":"1"}`, ``, `<`, `plain words`,
	} {
		if feed.Is([]byte(body)) {
			t.Errorf("a feed: %.60q", body)
		}
	}
}

func TestHostileFeedsAreReadInLinearTime(t *testing.T) {
	for name, unit := range map[string]string{
		"marks": "<", "tags": "<a", "quotation marks": `<a b="`, "document types": "<!a>", "brackets": "<!a[>", "ends": "</a></b>",
		"nested":   "<a>",
		"entities": "&a;&", "comments": "<!--", "CDATA": "<![CDATA[]]", "cut CDATA": "<![CDATA[", "instructions": "<?",
	} {
		body := "<rss><channel><title>N</title><item><title>One</title><description>" + strings.Repeat(unit, (256<<10)/len(unit))
		start := time.Now()
		ev := &job.Evidence{}
		at := mustURL(t, "https://e.org/feed")
		_ = feed.Read([]byte(body), "", at, ev)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
