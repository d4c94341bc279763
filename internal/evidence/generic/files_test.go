package generic_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

func TestFilesBecomeEvidenceOrAClearWord(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "pages/bot_access_denied.html", URL: "https://example.com/x", Coverage: job.CoverageFailed,
			Reason: fetch.BotCheck,
		},
		evidencetest.Body{File: "pages/bot_captcha.html", URL: "https://example.com/x", Coverage: job.CoverageFailed, Reason: fetch.BotCheck},
		evidencetest.Body{
			File: "pages/bot_cloudflare_just_a_moment_403.html", URL: "https://codepen.io/Zhouzi/pen/JoRazP",
			Coverage: job.CoverageFailed, Reason: fetch.BotCheck,
		},
		evidencetest.Body{
			File: "pages/bot_incapsula_403.html", URL: "https://example.com/x", Coverage: job.CoverageFailed,
			Reason: fetch.BotCheck,
		},
		evidencetest.Body{
			File: "pages/bot_unsupported_browser_403.html", URL: "https://open.spotify.com/album/7s66wU1XJ2NsUuWM2NKiUV",
			Coverage: job.CoverageFailed, Reason: fetch.BotCheck,
		},
		evidencetest.Body{
			File: "youtube/too_many_requests.html", URL: "https://www.youtube.com/watch?v=aaaaaaaaaaa",
			Coverage: job.CoverageFailed, Reason: fetch.BotCheck,
		},
		evidencetest.Body{
			File: "pages/consent_google_es.html", URL: "https://consent.google.es/ml?continue=https://www.google.es/maps",
			Coverage: job.CoverageFailed, Reason: fetch.ConsentWall,
		},
		evidencetest.Body{
			File: "youtube/consent_page.html", URL: "https://www.youtube.com/watch?v=aaaaaaaaaaa", Coverage: job.CoverageFailed,
			Reason: fetch.ConsentWall,
		},
		evidencetest.Body{
			File: "pages/login_wall_drive_401.html", URL: "https://drive.google.com/file/d/0B/view",
			Coverage: job.CoverageFailed, Reason: fetch.LoginNeeded,
		},
		evidencetest.Body{
			File: "pages/login_wall_meetup.html", URL: "https://www.meetup.com/login/?returnUri=x",
			Coverage: job.CoverageFailed, Reason: fetch.LoginNeeded,
		},
		evidencetest.Body{
			File: "pages/real_404.html", URL: "https://eu.hookem.com/", Coverage: job.CoverageFailed,
			Reason: fetch.SoftNotFound,
		},
		evidencetest.Body{
			File: "pages/not_soft404_title_starts_with_404.html", URL: "https://www.cnet.com/x", Coverage: job.CoverageFull,
			Title: "The 404 1,310: Where it's love at first swipe (podcast)", Says: []string{"ring of identify thieves"},
		},
		evidencetest.Body{
			File: "pages/js_app_pixable.html", URL: "https://www.pixable.com/x", Coverage: job.CoveragePartial,
			Title: "Sorry Everyone, Sofia Vergara And Joe Manganiello Are Engaged", Says: []string{"It's true"},
		},
		evidencetest.Body{
			File: "pages/js_app_og_only.html", URL: "https://www.emotion.de/x", Coverage: job.CoverageFull,
			Title: "Tut so gut: 99 Wege, heute Selfcare zu betreiben", Says: []string{"Natur hebt die Stimmung.", "99. "},
		},
		evidencetest.Body{
			File: "pages/js_app_tiktok.html", URL: "https://www.tiktok.com/@a/video/6806030056956251397",
			Coverage: job.CoverageFailed, Reason: fetch.NeedsScript,
		},
		evidencetest.Body{File: "x/status_page.html", URL: "https://x.com/a/status/1", Coverage: job.CoverageFailed, Reason: fetch.Empty},
		evidencetest.Body{
			File: "pages/jsonld_with_js_comment.html", URL: "https://money.udn.com/x", Coverage: job.CoverageFailed,
			Reason: fetch.Empty, Title: "讓AI挑出感興趣 SparkAmplify精準行銷當紅",
		},
		evidencetest.Body{
			File: "pages/paywall_0a12df42d1764095989ab078ee0f940b.html", URL: "https://www.zeit.de/x",
			Coverage: job.CoveragePartial, Title: "Klimaschutz: Bohren, bis es heiß wird", Says: []string{"Kunstblut"},
		},
		evidencetest.Body{
			File: "pages/readability_metadata_space_separated.html", URL: "https://example.com/x", Coverage: job.CoverageFull,
			Title: "A title", Says: []string{"Lorem ipsum"},
		},
		evidencetest.Body{File: "pages/refresh_t_co.html", URL: "https://t.co/4DK3Jc2BTt", Coverage: job.CoverageFailed, Reason: fetch.Empty},
		evidencetest.Body{
			File: "pages/refresh_duckduckgo.html", URL: "https://duckduckgo.com/?q=x", Coverage: job.CoverageFailed,
			Reason: fetch.Empty,
		},
		evidencetest.Body{
			File: "pages/refresh_noscript_javascript.html", URL: "https://example.com/x", Coverage: job.CoverageFull,
			Title: "Plan to restrict public-records data draws mounting opposition",
			Says:  []string{"jettison this proposed rule"},
		},
		evidencetest.Body{
			File: "pages/enc_big5.html", URL: "https://news.chinatimes.com/", Coverage: job.CoverageFull,
			Title: "中時電子報：優質豐富的新聞媒體", Says: []string{"獨自開往釣魚台"},
		},
		evidencetest.Body{
			File: "pages/enc_gbk_declared_utf8.html", URL: "https://example.com/x", ContentType: "text/html; charset=utf-8",
			Coverage: job.CoverageFull, Title: "话剧《约定无期限》河北各市巡演结束", Says: []string{"一个约定，信守15年"},
		},
		evidencetest.Body{
			File: "pages/enc_latin1_fr.html", URL: "https://www.orange.fr/", Coverage: job.CoverageFull,
			Title: "Orange : téléphones, forfaits, Internet, actualité, sport, video", Says: []string{"livraison"},
		},
		evidencetest.Body{
			File: "pages/enc_shift_jis.html", URL: "https://example.jp/", Coverage: job.CoverageFull, Title: "dti services",
			Says: []string{"私共dti servicesでは"},
		},
		evidencetest.Body{
			File: "pages/enc_w3c_UTF-16LE-BOM.html", URL: "https://example.com/x", Coverage: job.CoverageFailed,
			Reason: fetch.NeedsScript, Title: "UTF-16LE BOM",
		},
		evidencetest.Body{
			File: "pages/enc_w3c_UTF-8-BOM-vs-meta-charset.html", URL: "https://example.com/x", Coverage: job.CoverageFull,
			Title: "UTF-8 BOM vs meta charset", Says: []string{"UTF-8 BOM"},
		},
		evidencetest.Body{
			File: "pages/enc_declared_windows1251_is_utf8.html", URL: "https://4pda.to/x",
			ContentType: "text/html; charset=windows-1251", Coverage: job.CoverageFull,
			Title: "Состоялся релиз Clown of Duty — пародии на Call of Duty", Says: []string{"Несмотря на успешный релиз"},
		},
		evidencetest.Body{
			File: "pages/enc_latin1_declared_late.html", URL: "https://example.de/", Coverage: job.CoverageFull,
			Says: []string{"datenschutzrechtlichen Unsicherheiten", "für"},
		},
		evidencetest.Body{
			File: "pdf/arabic.pdf", URL: "https://example.com/habibi.pdf", ContentType: "application/pdf",
			Adapter: "PDFAdapter", Coverage: job.CoverageFull, Title: "habibi",
		},
		evidencetest.Body{
			File: "pdf/broken_xref.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull, Says: []string{"Hello, world!"},
		},
		evidencetest.Body{
			File: "pdf/corrupted_stream.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull, Title: "zen_of_python.txt",
			Says: []string{"Beautiful is better than ugly."},
		},
		evidencetest.Body{
			File: "pdf/encrypted_empty_password.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull,
			Title: "Losing the Cabin", Says: []string{"Gates Learjet 35"},
		},
		evidencetest.Body{
			File: "pdf/encrypted_user_password.pdf", URL: "https://example.com/x.pdf", Adapter: "PDFAdapter",
			Coverage: job.CoverageFailed, Reason: fetch.Encrypted,
		},
		evidencetest.Body{
			File: "pdf/evil_recursive_xobjects.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull,
			Says: []string{"Hello world"},
		},
		evidencetest.Body{
			File: "pdf/image_only_ccitt.pdf", URL: "https://example.com/x.pdf", Adapter: "PDFAdapter",
			Coverage: job.CoverageFailed, Reason: fetch.Scanned,
		},
		evidencetest.Body{
			File: "pdf/scan_with_damage.pdf", URL: "https://example.com/x.pdf", Adapter: "PDFAdapter",
			Coverage: job.CoverageFailed, Reason: fetch.Scanned,
		},
		evidencetest.Body{
			File: "pdf/latex_4_pages.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull,
			Says: []string{"Huardest gefburn"},
		},
		evidencetest.Body{
			File: "pdf/multicolumn.pdf", Adapter: "PDFAdapter", Coverage: job.CoverageFull,
			Title: "Two-Column Document with Lorem Ipsum", Says: []string{"Curabitur dictum gravida mauris"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
