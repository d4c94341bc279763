package feed_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

func TestFeedsBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "feeds/atom-customfields.atom", Adapter: "FeedAdapter", Coverage: job.CoverageFull, Title: "L2inc",
			Says: []string{"What Happens in an Internet Minute?"},
		},
		evidencetest.Body{
			File: "feeds/craigslist.rss", Adapter: "FeedAdapter", Coverage: job.CoverageFull,
			Title: "craigslist SF bay area | apts/housing for rent search", Says: []string{"Victorian"},
		},
		evidencetest.Body{
			File: "feeds/iconv.xml", Adapter: "FeedAdapter", Coverage: job.CoverageFull,
			Title: "Новости Оренбурга и области / Раздел Новости", Says: []string{"детсад и Ледовый дворец"},
		},
		evidencetest.Body{
			File: "feeds/compressed.xml.gzbytes", Adapter: "FeedAdapter", Coverage: job.CoverageFull,
			Title: "Новости Оренбурга и области / Раздел Новости", Says: []string{"детсад и Ледовый дворец"},
		},
		evidencetest.Body{
			File: "feeds/illegally-nested.xml", Adapter: "FeedAdapter", Coverage: job.CoverageFull,
			Title: "PCMag.com: the Official John C. Dvorak RSS Feed", Says: []string{"Armchair Analysis"},
		},
		evidencetest.Body{File: "feeds/incomplete-fields.atom", Adapter: "FeedAdapter", Coverage: job.CoverageFull, Title: "Entry"},
		evidencetest.Body{
			File: "feeds/instant-article.rss", Adapter: "FeedAdapter", Coverage: job.CoverageFull,
			Title: "Instant Article Test", Says: []string{"Lorem ipsum"},
		},
		evidencetest.Body{
			File: "feeds/saxerror.xml", Adapter: "FeedAdapter", Coverage: job.CoverageFull, Title: "SAXError Test Feed",
			Says: []string{"This item comes after the SAX error."},
		},
		evidencetest.Body{
			File: "feeds/rss-with-relative-urls.xml", URL: "https://example.com/feed", Adapter: "FeedAdapter",
			Coverage: job.CoverageFull, Title: "Neverwinter",
		},
		evidencetest.Body{
			File: "feeds/uolNoticias.rss", Adapter: "FeedAdapter", Coverage: job.CoverageFull, Title: "UOL Noticias",
			Says: []string{"Últimas Notícias", "simulações"},
		},
		evidencetest.Body{
			File: "feeds/gulp-atom.atom", Adapter: "FeedAdapter", Coverage: job.CoverageFull, Title: "Release notes from gulp",
			Says: []string{"v3.9.0"},
		},
		evidencetest.Body{
			File: "feeds/notafeed.html", ContentType: "application/rss+xml", Coverage: job.CoverageFull,
			Title: "The Is Not The Feed You're Looking For", Says: []string{"Move Along"},
		},
	)
}

func TestJSONFeedIsAFeedWhereverItsVersionStands(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{})
	body := `{"title":"Rope news","items":[{"id":"1","title":"One",` +
		`"url":"https:\/\/example.com\/1","content_html":"<p>First.<\/p>"}],"version":"https:\/\/jsonfeed.org\/version\/1"}`
	ev, err := r.Extract(t.Context(), []byte(body), "application/json", "https://example.com/feed.json")
	if err != nil || ev.AdapterName != "FeedAdapter" || ev.Title != "Rope news" || !strings.Contains(ev.Text, "First.") || len(ev.Links) != 1 {
		t.Errorf("%v %s %q %v", err, ev.AdapterName, ev.Text, ev.Links)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
