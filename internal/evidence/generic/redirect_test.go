package generic

import (
	"net/url"
	"testing"
)

func TestRedirectsToGeneralPagesAreKnown(t *testing.T) {
	for _, c := range []struct {
		asked, got string
		lost       bool
	}{
		{"https://a.com/video/view/kittens-595", "https://www.a.com/video/", true},
		{"https://a.com/x/y", "https://a.com/", true},
		{"https://a.com/x/y", "https://a.com/en-us", true},
		{"https://a.com/x/y/z", "https://a.com/en/x", true},
		{"https://a.com/x", "https://a.com/", false},
		{"https://a.com/x/y", "https://a.com/x/", false},
		{"https://a.com/x/y", "https://a.com/new/y", false},
		{"https://a.com/x/y", "https://a.com/docs", false},
		{"https://a.com/x/y", "https://a.com/?p=7", false},
		{"https://short.com/x/y", "https://a.com/docs", false},
		{"https://short.com/x/y", "https://a.com/", false},
		{"https://a.com/x/y", "https://a.com/x/y", false},
	} {
		asked, _ := url.Parse(c.asked)
		got, _ := url.Parse(c.got)
		if lostOnTheWay(asked, got) != c.lost {
			t.Errorf("%s → %s: lost %v", c.asked, c.got, !c.lost)
		}
	}
}
