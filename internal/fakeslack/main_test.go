package fakeslack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// patience is how long a test waits for what must come, on a machine that is busy
// with other things.
const patience = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	botToken = "xoxb-test"
	appToken = "xapp-test"
	channel  = fakeslack.DefaultChannel
)

// start starts a server that is closed with the test.
func start(t *testing.T, opts ...fakeslack.Option) *fakeslack.Server {
	t.Helper()
	s := fakeslack.New(opts...)
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// within is a context of the test that ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// answer is an HTTP answer, its body decoded if it is a JSON object.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) str(key string) string { s, _ := a.body[key].(string); return s }

// want fails unless the call had the error code ("" for ok).
func (a answer) want(t *testing.T, code string) answer {
	t.Helper()
	if ok, _ := a.body["ok"].(bool); ok != (code == "") || a.str("error") != code {
		t.Fatalf("answer %v, want error %q", a.body, code)
	}
	return a
}

// call is one Web API call with a JSON body.
func call(t *testing.T, s *fakeslack.Server, token, method string, args map[string]any) answer {
	t.Helper()
	data, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, http.MethodPost, s.APIURL()+method, "application/json; charset=utf-8", token, data)
}

// control calls the control API.
func control(t *testing.T, s *fakeslack.Server, path string, body any) answer {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, http.MethodPost, s.URL()+"/_control/"+path, "application/json", "", data)
}

// do sends one request, with a bearer token unless that is empty.
func do(t *testing.T, verb, url, contentType, token string, body []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && bytes.HasPrefix(data, []byte("{")) {
		if err := json.Unmarshal(data, &a.body); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// say has the default person post in the default channel.
func say(t *testing.T, s *fakeslack.Server, text string) fakeslack.Posted {
	t.Helper()
	p, err := s.Say(fakeslack.Typed{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
