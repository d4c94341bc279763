package text_test

import (
	"slices"
	"testing"

	"github.com/technoshare/commentator/internal/text"
)

func TestPunctuationBehindAnAddressIsNotPartOfIt(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x.":               "https://a.example/x",
		"https://a.example/x?!…":             "https://a.example/x?!…",
		"https://a.example/Go_(game)":        "https://a.example/Go_(game)",
		"https://a.example/x).":              "https://a.example/x",
		"https://a.example/Go_(game)),":      "https://a.example/Go_(game)",
		"https://a.example/**":               "https://a.example/",
		"https://a.example/it’s’":            "https://a.example/it’s",
		"https://a.example/a_b_":             "https://a.example/a_b",
		"":                                   "",
		"https://a.example/?q=1,2&r=(a,b))x": "https://a.example/?q=1,2&r=(a,b))x",
	} {
		if got := text.TrimURL(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestAddressesAreFoundInProse(t *testing.T) {
	for in, want := range map[string][]string{
		"no address, ftp or www in words":                    nil,
		"See https://a.example/x, www.b.example and c.d.":    {"https://a.example/x", "www.b.example"},
		"(http://a.example/y) <HTTPS://B.example> “ftp://c”": {"http://a.example/y", "HTTPS://B.example", "ftp://c"},
		"javascript:alert(1) data:text/html,x mailto:a@b.c.": {"javascript:alert(1)", "data:text/html,x", "mailto:a@b.c"},
		"[l](https://a.example/z) `https://b.example`":       {"https://a.example/z", "https://b.example"},
		"https://a.example|label":                            {"https://a.example"},
	} {
		if got := text.Addresses(in); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", in, got, want)
		}
	}
	if got := text.WithoutAddresses("Model 7 is at https://a.example/99, they say"); got != "Model 7 is at   they say" {
		t.Errorf("got %q", got)
	}
}

func TestTheFirstWebAddressIsFound(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x, and more":        "https://a.example/x",
		"世界http://a is mid-word":               "http://a",
		"<https://a.example/y|label>":          "https://a.example/y",
		"“https://a.example/z” https://b":      "https://a.example/z",
		"ftp://a.example":                      "",
		"https://":                             "",
		"hello https:/ http//x":                "",
		"it is (https://a.example/Go_(game)).": "https://a.example/Go_(game)",
	} {
		start, end, ok := text.FindURL(in)
		if got := in[start:end]; got != want || ok != (want != "") {
			t.Errorf("%q has %q, want %q", in, got, want)
		}
	}
}

func TestTrackingParameters(t *testing.T) {
	for _, tt := range []struct {
		host, name string
		want       bool
	}{
		{"a.example", "utm_source", true},
		{"a.example", "UTM_Campaign", true},
		{"a.example", "fbclid", true},
		{"a.example", "q", false},
		{"a.example", "ref", false},
		{"github.com", "ref", true},
		{"www.youtube.com", "si", true},
		{"someone.substack.com", "r", true},
		{"notsubstack.com", "r", false},
		{"com", "r", false},
		{"", "gclid", true},
		// What opens an article that somebody gave away.
		{"www.nytimes.com", "unlocked_article_code", false},
		{"www.nytimes.com", "smid", true},
		{"medium.com", "sk", false},
		{"towardsdatascience.com", "sk", false},
		{"medium.com", "source", true},
		{"www.bloomberg.com", "accessToken", false},
		{"www.wsj.com", "st", false},
		{"www.wsj.com", "reflink", false},
		{"www.ft.com", "sharetype", false},
		{"www.washingtonpost.com", "pwapi_token", false},
		{"www.economist.com", "giftId", false},
		{"a.substack.com", "token", false},
		{"www.theatlantic.com", "gift", false},
		// What selects content.
		{"api.github.com", "ref", false},
		{"docs.github.com", "ref", false},
		{"gitlab.com", "ref_type", false},
		{"arxiv.org", "source", false},
		{"www.reddit.com", "context", false},
		{"www.reddit.com", "share_id", true},
		{"substack.com", "post_id", false},
		{"a.substack.com", "post_id", true},
		{"news.google.com", "ceid", false},
		{"a.example", "pk_id", false},
		{"a.example", "pk_campaign", true},
		{"a.example", "campaign_id", false},
		{"www.nytimes.com", "campaign_id", true},
		{"docs.google.com", "resourcekey", false},
		{"docs.google.com", "usp", true},
		{"www.google.com", "usp", false},
		{"mp.weixin.qq.com", "sn", false},
		{"mp.weixin.qq.com", "scene", true},
		{"www.bilibili.com", "p", false},
		{"www.bilibili.com", "vd_source", true},
		{"en.wikipedia.org", "oldid", false},
	} {
		if got := text.Tracking(tt.host, tt.name); got != tt.want {
			t.Errorf("%s on %s: %v", tt.name, tt.host, got)
		}
	}
	for name, want := range map[string]bool{"ref": true, "Source": true, "si": true, "utm_source": false, "id": false} {
		if text.MaybeTracking(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
