package evidence

import (
	"errors"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// extracted are pages, feeds and files as they lie in a folder. A reason stands
// for those of which nothing can be had.
var extracted = []struct {
	file, link, contentType string
	adapter                 string
	coverage                job.Coverage
	reason                  Reason
	title                   string
	says                    []string
}{
	{"pages/bot_access_denied.html", "https://example.com/x", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"pages/bot_captcha.html", "https://example.com/x", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"pages/bot_cloudflare_just_a_moment_403.html", "https://codepen.io/Zhouzi/pen/JoRazP", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"pages/bot_incapsula_403.html", "https://example.com/x", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"pages/bot_unsupported_browser_403.html", "https://open.spotify.com/album/7s66wU1XJ2NsUuWM2NKiUV", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"youtube/too_many_requests.html", "https://www.youtube.com/watch?v=aaaaaaaaaaa", "", genericName, job.CoverageFailed, fetch.BotCheck, "", nil},
	{"pages/consent_google_es.html", "https://consent.google.es/ml?continue=https://www.google.es/maps", "", genericName, job.CoverageFailed, fetch.ConsentWall, "", nil},
	{"youtube/consent_page.html", "https://www.youtube.com/watch?v=aaaaaaaaaaa", "", genericName, job.CoverageFailed, fetch.ConsentWall, "", nil},
	{"pages/login_wall_drive_401.html", "https://drive.google.com/file/d/0B/view", "", genericName, job.CoverageFailed, fetch.LoginNeeded, "", nil},
	{"pages/login_wall_meetup.html", "https://www.meetup.com/login/?returnUri=x", "", genericName, job.CoverageFailed, fetch.LoginNeeded, "", nil},
	{"pages/real_404.html", "https://eu.hookem.com/", "", genericName, job.CoverageFailed, fetch.SoftNotFound, "", nil},
	{"pages/not_soft404_title_starts_with_404.html", "https://www.cnet.com/x", "", genericName, job.CoverageFull, "", "The 404 1,310: Where it's love at first swipe (podcast)", []string{"ring of identify thieves"}},
	{"pages/js_app_pixable.html", "https://www.pixable.com/x", "", genericName, job.CoveragePartial, "", "Sorry Everyone, Sofia Vergara And Joe Manganiello Are Engaged", []string{"It's true"}},
	{"pages/js_app_og_only.html", "https://www.emotion.de/x", "", genericName, job.CoveragePartial, "", "Tut so gut: 99 Wege, heute Selfcare zu betreiben", []string{"Selbstliebe-Tipps"}},
	{"pages/js_app_tiktok.html", "https://www.tiktok.com/@a/video/6806030056956251397", "", genericName, job.CoverageFailed, fetch.NeedsScript, "", nil},
	{"x/status_page.html", "https://x.com/a/status/1", "", genericName, job.CoverageFailed, fetch.Empty, "", nil},
	{"pages/jsonld_with_js_comment.html", "https://money.udn.com/x", "", genericName, job.CoverageFailed, fetch.Empty, "讓AI挑出感興趣 SparkAmplify精準行銷當紅", nil},
	{"pages/paywall_0a12df42d1764095989ab078ee0f940b.html", "https://www.zeit.de/x", "", genericName, job.CoveragePartial, "", "Klimaschutz: Bohren, bis es heiß wird", []string{"Kunstblut"}},
	{"pages/readability_metadata_space_separated.html", "https://example.com/x", "", genericName, job.CoverageFull, "", "A title", []string{"Lorem ipsum"}},
	{"pages/refresh_t_co.html", "https://t.co/4DK3Jc2BTt", "", genericName, job.CoverageFailed, fetch.Empty, "", nil},
	{"pages/refresh_duckduckgo.html", "https://duckduckgo.com/?q=x", "", genericName, job.CoverageFailed, fetch.Empty, "", nil},
	{"pages/refresh_noscript_javascript.html", "https://example.com/x", "", genericName, job.CoverageFull, "", "Plan to restrict public-records data draws mounting opposition", []string{"jettison this proposed rule"}},
	{"pages/enc_big5.html", "https://news.chinatimes.com/", "", genericName, job.CoverageFull, "", "中時電子報：優質豐富的新聞媒體", []string{"獨自開往釣魚台"}},
	{"pages/enc_gbk_declared_utf8.html", "https://example.com/x", "text/html; charset=utf-8", genericName, job.CoverageFull, "", "话剧《约定无期限》河北各市巡演结束", []string{"一个约定，信守15年"}},
	{"pages/enc_latin1_fr.html", "https://www.orange.fr/", "", genericName, job.CoverageFull, "", "Orange : téléphones, forfaits, Internet, actualité, sport, video", []string{"livraison"}},
	{"pages/enc_shift_jis.html", "https://example.jp/", "", genericName, job.CoverageFull, "", "dti services", []string{"私共dti servicesでは"}},
	{"pages/enc_w3c_UTF-16LE-BOM.html", "https://example.com/x", "", genericName, job.CoverageFailed, fetch.NeedsScript, "UTF-16LE BOM", nil},
	{"pages/enc_w3c_UTF-8-BOM-vs-meta-charset.html", "https://example.com/x", "", genericName, job.CoverageFull, "", "UTF-8 BOM vs meta charset", []string{"UTF-8 BOM"}},
	{"pages/enc_declared_windows1251_is_utf8.html", "https://4pda.to/x", "text/html; charset=windows-1251", genericName, job.CoverageFull, "", "Состоялся релиз Clown of Duty — пародии на Call of Duty", []string{"Несмотря на успешный релиз"}},
	{"pages/enc_latin1_declared_late.html", "https://example.de/", "", genericName, job.CoverageFull, "", "", []string{"datenschutzrechtlichen Unsicherheiten", "für"}},

	{"feeds/atom-customfields.atom", "", "", "FeedAdapter", job.CoverageFull, "", "L2inc", []string{"What Happens in an Internet Minute?"}},
	{"feeds/craigslist.rss", "", "", "FeedAdapter", job.CoverageFull, "", "craigslist SF bay area | apts/housing for rent search", []string{"Victorian"}},
	{"feeds/iconv.xml", "", "", "FeedAdapter", job.CoverageFull, "", "Новости Оренбурга и области / Раздел Новости", []string{"детсад и Ледовый дворец"}},
	{"feeds/compressed.xml.gzbytes", "", "", "FeedAdapter", job.CoverageFull, "", "Новости Оренбурга и области / Раздел Новости", []string{"детсад и Ледовый дворец"}},
	{"feeds/illegally-nested.xml", "", "", "FeedAdapter", job.CoverageFull, "", "PCMag.com: the Official John C. Dvorak RSS Feed", []string{"Armchair Analysis"}},
	{"feeds/incomplete-fields.atom", "", "", "FeedAdapter", job.CoverageFull, "", "Entry", nil},
	{"feeds/instant-article.rss", "", "", "FeedAdapter", job.CoverageFull, "", "Instant Article Test", []string{"Lorem ipsum"}},
	{"feeds/saxerror.xml", "", "", "FeedAdapter", job.CoverageFull, "", "SAXError Test Feed", []string{"This item comes after the SAX error."}},
	{"feeds/rss-with-relative-urls.xml", "https://example.com/feed", "", "FeedAdapter", job.CoverageFull, "", "Neverwinter", nil},
	{"feeds/uolNoticias.rss", "", "", "FeedAdapter", job.CoverageFull, "", "UOL Noticias", []string{"Últimas Notícias", "simulações"}},
	{"feeds/gulp-atom.atom", "", "", "FeedAdapter", job.CoverageFull, "", "Release notes from gulp", []string{"v3.9.0"}},
	{"feeds/notafeed.html", "", "application/rss+xml", genericName, job.CoverageFull, "", "The Is Not The Feed You're Looking For", []string{"Move Along"}},

	{"pdf/arabic.pdf", "https://example.com/habibi.pdf", "application/pdf", "PDFAdapter", job.CoverageFull, "", "habibi", nil},
	{"pdf/broken_xref.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "", []string{"Hello, world!"}},
	{"pdf/corrupted_stream.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "zen_of_python.txt", []string{"Beautiful is better than ugly."}},
	{"pdf/encrypted_empty_password.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "Losing the Cabin", []string{"Gates Learjet 35"}},
	{"pdf/encrypted_user_password.pdf", "https://example.com/x.pdf", "", "PDFAdapter", job.CoverageFailed, fetch.Encrypted, "", nil},
	{"pdf/evil_recursive_xobjects.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "", []string{"Hello world"}},
	{"pdf/image_only_ccitt.pdf", "https://example.com/x.pdf", "", "PDFAdapter", job.CoverageFailed, fetch.Scanned, "", nil},
	{"pdf/scan_with_damage.pdf", "https://example.com/x.pdf", "", "PDFAdapter", job.CoverageFailed, fetch.Scanned, "", nil},
	{"pdf/latex_4_pages.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "", []string{"Huardest gefburn"}},
	{"pdf/multicolumn.pdf", "", "", "PDFAdapter", job.CoverageFull, "", "Two-Column Document with Lorem Ipsum", []string{"Curabitur dictum gravida mauris"}},

	{"wikipedia/rest_summary_moscow.json", "https://en.wikipedia.org/api/rest_v1/page/summary/Moscow", "application/json", "WikipediaAdapter", job.CoveragePartial, "", "Moscow", []string{"capital"}},
	{"youtube/player_captions.json", "https://www.youtube.com/youtubei/v1/player", "", "YouTubeAdapter", job.CoveragePartial, "", "Surface Go Review - It’s Awesome", []string{"Channel: Dave2D"}},
	{"youtube/player_unavailable.json", "https://www.youtube.com/watch?v=aaaaaaaaaaa", "", genericName, job.CoverageFailed, fetch.NotFound, "", nil},
	{"youtube/transcript.xml", "https://www.youtube.com/api/timedtext?v=x", "", genericName, job.CoverageFull, "", "Captions", []string{"this is not the original transcript"}},
	{"github/gist_dotjson.http.json", "", "", genericName, job.CoveragePartial, "", "", nil},
	{"github/dmca_451.json", "https://api.github.com/repos/a/b", "", genericName, job.CoverageFailed, fetch.NotFound, "", nil},
	{"stackexchange/error_404.json", "https://api.stackexchange.com/2.3/questions/1", "", genericName, job.CoverageFailed, fetch.NotFound, "", nil},
	{"stackexchange/questions.json", "https://api.stackexchange.com/2.3/questions", "", "StackExchangeAdapter", job.CoveragePartial, "", "Questions", []string{"UrlEncode for Silverlight?"}},
	{"huggingface/card_dataset_squad.md", "https://huggingface.co/datasets/squad/raw/main/README.md", "text/plain", "HuggingFaceAdapter", job.CoverageFull, "", "datasets/squad", []string{"Task categories: question-answering"}},
	{"huggingface/sample_invalid_card_data.md", "https://example.com/README.md", "", genericName, job.CoverageFull, "", "invalid-card-data", []string{"should fail"}},
	{"huggingface/sample_windows_line_breaks.md", "https://example.com/README.md", "", genericName, job.CoverageFull, "", "Hello old Windows line breaks", []string{"License: mit"}},
	{"npm/deprecated_etag.json", "https://registry.npmjs.org/etag", "application/json", "NpmAdapter", job.CoverageFull, "", "etag 1.7.0", []string{"Deprecated: Switch to elm"}},
}

func TestFilesBecomeEvidenceOrAClearWord(t *testing.T) {
	r := newRetriever(t, Config{CacheDir: wasmCache(t)})
	for _, c := range extracted {
		t.Run(c.file, func(t *testing.T) {
			ev, err := r.Extract(t.Context(), payload(t, c.file), c.contentType, c.link)
			if fetch.ReasonOf(err) != c.reason || err != nil && c.reason == "" {
				t.Fatalf("reason %q (%v), want %q; text %.300q", fetch.ReasonOf(err), err, c.reason, ev.Text)
			}
			var e *Error
			if errors.As(err, &e) && (e.Hint == "" || strings.Contains(e.Error(), "\n")) {
				t.Errorf("unclear: %v", err)
			}
			if ev.AdapterName != c.adapter || ev.Coverage != c.coverage || c.title != "" && ev.Title != c.title {
				t.Errorf("adapter %s, coverage %s, title %q (%v)", ev.AdapterName, ev.Coverage, ev.Title, ev.Errors)
			}
			for _, w := range c.says {
				if !strings.Contains(ev.Text, w) {
					t.Errorf("text lacks %q:\n%.2000s", w, ev.Text)
				}
			}
			if err == nil && len(ev.Snippets) == 0 {
				t.Error("no snippets")
			}
			golden(t, strings.NewReplacer("/", "_", ".", "_").Replace(c.file), ev, "")
		})
	}
}

func TestPDFSnippetsNameTheirPage(t *testing.T) {
	r := newRetriever(t, Config{CacheDir: wasmCache(t)})
	ev, err := r.Extract(t.Context(), payload(t, "pdf/latex_4_pages.pdf"), "", "https://example.com/x.pdf")
	if err != nil {
		t.Fatal(err)
	}
	last := ev.Snippets[len(ev.Snippets)-1]
	if !strings.HasPrefix(ev.Snippets[0].Position, "page 1 ") || !strings.HasPrefix(last.Position, "page 4 ") {
		t.Errorf("first %q, last %q", ev.Snippets[0].Position, last.Position)
	}
	if _, err := r.Extract(t.Context(), payload(t, "pdf/latex_4_pages.pdf")[:300], "application/pdf", "https://example.com/x.pdf"); fetch.ReasonOf(err) != fetch.Broken {
		t.Errorf("cut off: %v", err)
	}
}

func TestJSONFeedIsAFeedWhereverItsVersionStands(t *testing.T) {
	r := newRetriever(t, Config{})
	body := `{"title":"Rope news","items":[{"id":"1","title":"One","url":"https:\/\/example.com\/1","content_html":"<p>First.<\/p>"}],"version":"https:\/\/jsonfeed.org\/version\/1"}`
	ev, err := r.Extract(t.Context(), []byte(body), "application/json", "https://example.com/feed.json")
	if err != nil || ev.AdapterName != "FeedAdapter" || ev.Title != "Rope news" || !strings.Contains(ev.Text, "First.") || len(ev.Links) != 1 {
		t.Errorf("%v %s %q %v", err, ev.AdapterName, ev.Text, ev.Links)
	}
}
