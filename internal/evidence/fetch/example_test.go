package fetch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/retry"
)

func ExampleClient_Get() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		io.WriteString(w, "A rope is a tree of short strings.")
	}))
	defer server.Close()

	// This machine is not fetched from unless it is allowed.
	client, err := fetch.New(fetch.Options{Allow: []string{strings.TrimPrefix(server.URL, "http://")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	res, err := client.Get(context.Background(), fetch.Request{URL: server.URL + "/ropes"})
	fmt.Println(res.Status, string(res.Body), err)

	_, err = client.Get(context.Background(), fetch.Request{URL: server.URL + "/busy"})
	fmt.Println(fetch.ReasonOf(err), retry.Retryable(err), retry.After(err))

	_, err = client.Get(context.Background(), fetch.Request{URL: "file:///etc/passwd"})
	fmt.Println(err)
	// Output:
	// 200 A rope is a tree of short strings. <nil>
	// rate_limited true 30s
	// file:///etc/passwd: links of the kind "file:" are not fetched; only http and https links are
}
