package redact_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/redact"
)

func TestSecretsOfLinksAreReplaced(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://user:pa55@example.com/x", "https://example.com/x"},
		{"https://tok3n@example.com/x", "https://example.com/x"},
		{"https://e.com/?token=s3cr3t&page=2", "https://e.com/?token=REDACTED&page=2"},
		{"https://e.com/?access_token=s3cr3t", "https://e.com/?access_token=REDACTED"},
		{"https://e.com/?API-KEY=s3cr3t#x", "https://e.com/?API-KEY=REDACTED#x"},
		{"https://e.com/?a=1&sig=s3cr3t&se=2024", "https://e.com/?a=1&sig=REDACTED&se=2024"},
		{"https://e.com/?X-Amz-Signature=s3cr3t&X-Amz-Credential=s3cr3t&X-Amz-Date=1", "https://e.com/?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Date=1"},
		{"https://e.com/#access_token=s3cr3t&state=1", "https://e.com/#access_token=REDACTED&state=1"},
		{"https://e.com/?%74oken=s3cr3t", "https://e.com/?%74oken=REDACTED"},
		{"https://e.com/?q=ghp_0123456789abcdefghijABCDEFGHIJ012345", "https://e.com/?q=REDACTED"},
		{"https://hooks.slack.com/services/T000/B000/s3cr3ts3cr3t", "https://hooks.slack.com/services/T000/B000/REDACTED"},
		{"https://api.telegram.org/bot123:s3cr3t/getMe", "https://api.telegram.org/bot123:REDACTED/getMe"},
		{"https://e.com/?password=s3cr3t;x=1", "https://e.com/?password=REDACTED;x=1"},
		{"https://e.com/?monkey=1&tokens_used=", "https://e.com/?monkey=1&tokens_used="},
		{"https://e.com/a?id=7&v=2", "https://e.com/a?id=7&v=2"},
		{"see https://u:s3cr3t@e.com and more", "see https://e.com and more"},
		{"https://user:pa'ss@e.com/x", "https://e.com/x"},
		{"https://user:'pa\"ss'@e.com/x", "https://e.com/x"},
		{"htTp://'@", "htTp://"},
		{"user:pa'ss@e.com/x and user:pa\"ss@e.com", "e.com/x and e.com"},
		{`parse "https://user:pa'\"ss@e.com": no`, `parse "https://e.com": no`},
		{`{"a":"https://e.com","b":"joe@e.com"}`, `{"a":"https://e.com","b":"joe@e.com"}`},
		{`<a href='https://u:s3cr3t@e.com'>joe@e.com</a>`, `<a href='https://e.com'>joe@e.com</a>`},
		{"https:/user:s3cr3t@e.com/x", "https:/e.com/x"},
		{"https:///user:s3cr3t@e.com/x", "https:///e.com/x"},
		{"https:\\\\user:s3cr3t@e.com/x", "https:\\\\e.com/x"},
		{"//user:s3cr3t@e.com/x and //user:s3cr3t@e.com", "//e.com/x and //e.com"},
		{"https://r.com/?u=//u:s3cr3t@e.com", "https://r.com/?u=//e.com"},
		{"https://r.com/?u=%2F%2Fu%3As3cr3t%40e.com", "https://r.com/?u=%2F%2Fe.com"},
		{"//u:pa'ss@e.com/x", "//e.com/x"},
		{"https://user:pa/ss@e.com/x", "https://e.com/x"},
		{"https://user:p#s?s@e.com/x", "https://e.com/x"},
		{"https://e.com:8080/@joe", "https://e.com:8080/@joe"},
		{"https://[::1]:8080/@joe", "https://[::1]:8080/@joe"},
		{`{"a":"https://e.com:8080","b":"joe@e.com"}`, `{"a":"https://e.com:8080","b":"joe@e.com"}`},
		{"https://e.com//@joe/x", "https://e.com//@joe/x"},
		{"https://e.com/web/https://e.com/@joe", "https://e.com/web/https://e.com/@joe"},
		{"reader:hunter22@h/?token=abc", "h/?token=REDACTED"},
		{"a:b@v:s3cr3t@h", "h"},
		{"see v:s3cr3t@h and \"v:s3cr3t@h\"", "see h and \"h\""},
		{":s3cr3t@h/x", "h/x"},
		{"https://r.com/?u=https://e.com/?token=s3cr3t&page=2", "https://r.com/?u=https://e.com/?token=REDACTED&page=2"},
		{"https://r.com/?u=https%3A%2F%2Fu%3As3cr3t%40e.com%2Fx&a=%7B1%7D", "https://r.com/?u=https%3A%2F%2Fe.com%2Fx&a=%7B1%7D"},
		{"https://r.com/?u=https%3a%2f%2fe.com%2f%3ftoken%3ds3cr3t%26page%3d2", "https://r.com/?u=https%3A%2F%2Fe.com%2F%3Ftoken%3DREDACTED%26page%3D2"},
		{"https://r.com/?u=%2Fback%3Fcode%3Ds3cr3t", "https://r.com/?u=%2Fback%3Fcode%3DREDACTED"},
		{"https://r.com/?u=https%253A%252F%252Fe.com%252F%253Ftoken%253Ds3cr3t", "https://r.com/?u=https%253A%252F%252Fe.com%252F%253Ftoken%253DREDACTED"},
		{"https://r.com/?u=%25252525253Ftoken%25252525253Ds3cr3t", "https://r.com/?u=REDACTED"},
		{"https://r.com/?to=joe%40e.com&q=100%25", "https://r.com/?to=joe%40e.com&q=100%25"},
		{"https://e.com/x;jsessionid=s3cr3t", "https://e.com/x;jsessionid=REDACTED"},
		{"https://e.com/?PHPSESSID=s3cr3t&hdnts=exp=1~hmac=s3cr3t", "https://e.com/?PHPSESSID=REDACTED&hdnts=REDACTED"},
		{"https://hooks.slack.com/workflows/T01/A01/123/s3cr3t", "https://hooks.slack.com/workflows/T01/A01/123/REDACTED"},
		{"https://hooks.slack.com/triggers/E01/123/s3cr3t", "https://hooks.slack.com/triggers/E01/123/REDACTED"},
		{"https://discord.com/api/v10/webhooks/123/s3cr3t", "https://discord.com/api/v10/webhooks/123/REDACTED"},
		{"https://api.telegram.org/file/bot123:s3cr3t/x.jpg", "https://api.telegram.org/file/bot123:REDACTED/x.jpg"},
		{"https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/s3cr3t/c", "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/REDACTED/c"},
		{"https://r.com/?u=a?b=c?sig=s3cr3t", "https://r.com/?u=a?b=c?sig=REDACTED"},
	} {
		if got := redact.URL(c.in); got != c.want {
			t.Errorf("redact.URL(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestShortIsWhatPeopleTellLinksApartBy(t *testing.T) {
	long := "https://example.com/" + strings.Repeat("a", 100)
	for in, want := range map[string]string{
		"":                                     "",
		"https://www.example.com/a/b/?q=1#f":   "example.com/a/b",
		"http://127.0.0.1:18555/gone.html":     "127.0.0.1:18555/gone.html",
		"https://u:s3cr3t@example.com/":        "example.com",
		"https://api.telegram.org/bot1:s3cr3t": "api.telegram.org/bot1:REDACTED",
		long:                                   long[len("https://"):][:77] + "…",
		"https://example.com/" + strings.Repeat("é", 60): "example.com/" + strings.Repeat("%C3%A9", 10) + "%C3%A…",
		"http://[":                       "a link",
		"http://[::1]:80/a":              "[::1]:80/a",
		"https://My_Host.example.:80/a":  "My_Host.example.:80/a",
		"https://www.аррӏе.com:443/sign": "xn--80ak6aa92e.com:443/sign", // Cyrillic letters
	} {
		if got := redact.Short(in); got != want {
			t.Errorf("Short(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://u:s@e.com/?token=x", "?sig=a&b", "http://@@/", "https://e.com/#key=1", "/services/T1/B1/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := redact.URL(s)
		if again := redact.URL(out); again != out {
			t.Errorf("%q is %q, then %q", s, out, again)
		}
		if u, err := url.Parse(out); err == nil && u.User != nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "") {
			t.Errorf("user info is left in %q", out)
		}
	})
}

func ExampleURL() {
	fmt.Println(redact.URL("https://reader:hunter2@example.com/feed?page=2&token=s3cr3t"))
	// Output: https://example.com/feed?page=2&token=REDACTED
}
