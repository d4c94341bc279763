package address_test

import (
	"encoding/base64"
	"testing"
)

func TestAddressesCopiedFromNewslettersSignInsAndViewersAreUnwrapped(t *testing.T) {
	b64 := func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }
	const goal, esc = "https://a.example/b?c=d&e=f", "https%3A%2F%2Fa.example%2Fb%3Fc%3Dd%26e%3Df"
	for wrapped, want := range map[string]string{
		"https://tracking.tldrnewsletter.com/CL0/https:%2F%2Fa.example%2Fb%3Fc=d%26e=f/1/0100018-000000/x=200": goal,
		"https://abc.r.eu-west-1.awstrack.me/L0/https:%2F%2Fa.example%2Fb%3Fc=d%26e=f/1/0102":                  goal,
		"https://a.example/CL0/intro":                                                                                            "",
		"https://click.convertkit-mail2.com/abc/def/" + b64(goal):                                                                goal,
		"https://click.kit-mail3.com/abc/def/" + b64(goal) + "/":                                                                 goal,
		"https://click.kit-mail3.com/abc/def/ghi":                                                                                "",
		"https://substack.com/redirect/2/" + b64(`{"e":"`+goal+`","p":1,"s":2}`) + ".sig":                                        goal,
		"https://substack.com/redirect/2/" + b64(`{"e":7}`) + ".sig":                                                             "",
		"https://substack.com/redirect/7b-5?j=x":                                                                                 "",
		"https://mandrillapp.com/track/click/1/a.example?p=" + b64(`{"s":"x","p":"{\"url\":\"https:\\\/\\\/a.example\\\/b\"}"}`): "https://a.example/b",
		"https://mandrillapp.com/track/click/1/a.example?p=null":                                                                 "",
		"https://www.researchgate.net/deref/https%3A%2F%2Fa.example%2Fb":                                                         "https://a.example/b",
		"https://www.quora.com/_/redirect?sig=1&url=" + esc:                                                                      goal,

		"https://github.com/login?return_to=%2Fo%2Fr%2Fissues%2F1%3Fq%3D1":                                           "https://github.com/o/r/issues/1?q=1",
		"https://github.com/login?return_to=https%3A%2F%2Fgithub.com%2Fo%2Fr":                                        "https://github.com/o/r",
		"https://github.com/login?return_to=%2F":                                                                     "",
		"https://github.com/o/r?return_to=%2Fo":                                                                      "",
		"https://x.com/i/flow/login?redirect_after_login=%2Fa%2Fstatus%2F1":                                          "https://x.com/a/status/1",
		"https://www.linkedin.com/authwall?trk=x&sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fpulse%2Fx":         "https://www.linkedin.com/pulse/x",
		"https://accounts.google.com/v3/signin/identifier?continue=https%3A%2F%2Fdocs.google.com%2Fdocument%2Fd%2F1": "https://docs.google.com/document/d/1",
		"https://www.reddit.com/login/?dest=https%3A%2F%2Fwww.reddit.com%2Fr%2Fx":                                    "https://www.reddit.com/r/x",
		"https://www.facebook.com/login/?next=%2Fa%2Fposts%2F1":                                                      "https://www.facebook.com/a/posts/1",

		"https://docs.google.com/viewer?url=" + esc:                          goal,
		"https://docs.google.com/gview?embedded=true&url=" + esc:             goal,
		"https://docs.google.com/document/d/1/edit?url=" + esc:               "",
		"https://view.officeapps.live.com/op/view.aspx?src=" + esc + "&wd=1": goal,
		"https://mozilla.github.io/pdf.js/web/viewer.html?file=" + esc:       goal,
	} {
		if got := unwrapped(t, wrapped); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", wrapped, got, want)
		}
	}
}
