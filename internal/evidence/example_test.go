package evidence_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/technoshare/commentator/internal/evidence"
)

func ExampleRetriever_Retrieve() {
	page := "<html lang=en><title>Ropes</title><article><h1>Ropes</h1><p>" +
		strings.Repeat("A rope is a tree of short strings. ", 10) + "</p></article></html>"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) }))
	defer server.Close()

	r, err := evidence.New(evidence.Config{Allow: []string{strings.TrimPrefix(server.URL, "http://")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	ev, err := r.Retrieve(context.Background(), server.URL+"/ropes")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ev.AdapterName, ev.Coverage, ev.Title, ev.Lang)
	fmt.Println(ev.Snippets[0].ID, ev.Snippets[0].Position, ev.Snippets[0].Content[:34])

	_, err = r.Retrieve(context.Background(), "http://169.254.169.254/latest/meta-data/?token=abc")
	fmt.Println(err)
	// Output:
	// GenericAdapter full Ropes en
	// s1 offset 0 A rope is a tree of short strings.
	// http://169.254.169.254/latest/meta-data/?token=REDACTED: 169.254.169.254 is or resolves to a private, local or special-purpose address and is not fetched; if it is meant, add 169.254.169.254 to COMMENTATOR_FETCH_ALLOW
}

func ExampleRetriever_Extract() {
	r, err := evidence.New(evidence.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	feed := `<rss version="2.0"><channel><title>News</title><item><title>One</title><description>First.</description></item></channel></rss>`
	ev, err := r.Extract(context.Background(), []byte(feed), "application/rss+xml", "https://example.com/feed")
	fmt.Println(err, ev.AdapterName, ev.Title)
	fmt.Println(ev.Text)
	// Output:
	// <nil> FeedAdapter News
	// ## One
	//
	// First.
}

func ExampleParseRules() {
	rules, err := evidence.ParseRules([]byte("rules:\n  example.com:\n    adapter: gopher\n"))
	_ = rules
	fmt.Println(err)
	// Output:
	// domain rules: rule for example.com: there is no adapter "gopher"; write generic, arxiv, github or another name of the list
}
