package mlflowtest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnS3ServerGoesAndComesBackEmpty(t *testing.T) {
	if testing.Short() {
		t.Skip("starts moto")
	}
	s := NewS3(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	call := func(method string, body io.Reader) (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/"+strings.TrimPrefix(s.Location("a/b.txt"), "s3://"), body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-amz-acl", "public-read") // signing is not what is tested
		resp, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	expect := func(what string, want int, status int, err error) {
		t.Helper()
		if err != nil || status != want {
			t.Errorf("%s: %d, %v, want %d", what, status, err, want)
		}
	}
	status, err := call(http.MethodPut, strings.NewReader("hello"))
	expect("write", 200, status, err)
	status, err = call(http.MethodGet, nil)
	expect("read", 200, status, err)
	s.Stop()
	if status, err = call(http.MethodGet, nil); err == nil {
		t.Errorf("after Stop: %d", status)
	}
	s.Start(t)
	status, err = call(http.MethodGet, nil)
	expect("read after Start", 404, status, err)
	status, err = call(http.MethodPut, strings.NewReader("hello"))
	expect("write after Start", 200, status, err)
}
