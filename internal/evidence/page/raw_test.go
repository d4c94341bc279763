package page

import (
	"net/url"
	"strings"
	"testing"
)

func TestWhatIsTextForScriptsIsRead(t *testing.T) {
	prose := strings.Repeat("<p>The queue of the billing service grew for eleven weeks before anybody in the team looked at it.</p>", 1) +
		"<p>After the change its workers hold a lease for thirty seconds, says the report about their browser.</p>" +
		"<p>The migration took place on a quiet Sunday, and two engineers watched how the consumers were drained.</p>"
	const first, last = "The queue of the billing", "consumers were drained."
	for name, tt := range map[string]struct {
		page string
		want bool
	}{
		"behind a noscript that leaves a box open": {`<body><noscript><div></noscript><main>` + prose + `</main>`, true},
		"behind a noscript with a picture in head": {`<head><noscript><img src=x></noscript><title>x</title></head><body>` + prose, true},
		"in a template that is a script":           {`<body><div><script type="text/template">` + prose + `</script></div>`, true},
		"in a template and in a noscript":          {`<body><script type="text/template">` + prose + `</script><noscript>` + prose + `</noscript>`, true},
		"in a template with holes":                 {`<body><p>One line.</p><script type="text/template"><p>{{name}}</p>` + prose + `</script>`, false},
		"in a script of the page":                  {`<body><p>One line.</p><script>x = "` + prose + `"</script>`, false},
	} {
		p, err := Parse([]byte(tt.page), "text/html; charset=utf-8", &url.URL{Scheme: "https", Host: "example.org"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(p.Text, first) == 1 && strings.Count(p.Text, last) == 1; got != tt.want {
			t.Errorf("%s: read once: %v\n%s", name, got, p.Text)
		}
	}
}
