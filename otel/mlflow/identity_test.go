package mlflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestHeadersAndWorkspaceTravelWithRestAndSpans(t *testing.T) {
	var got []*http.Request
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = append(got, r); answerJSON(w, "{}") })
	c, err := Config{
		URI: "http://u:p@mlflow", Headers: "x-team = a%20b , X-Api-Key=k%2C%3D,content-language=de", Workspace: "team-a", TokenFile: "",
	}.Client(WithTransport(inMemory{h}), WithHeaders(map[string]string{"X-Team": "wins"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := post(c, WithHeader(t.Context(), "X-Mlflow-Experiment-Id", "7")); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[1].Header.Get("X-Mlflow-Experiment-Id") != "7" {
		t.Fatal("requests", got)
	}
	for _, r := range got {
		h := r.Header
		if h.Get("X-Team") != "wins" || h.Get("X-Api-Key") != "k,=" || h.Get("X-MLFLOW-WORKSPACE") != "team-a" || h.Get("Content-Language") != "de" {
			t.Errorf("%s: %v", r.URL.Path, h)
		}
		if u, p, _ := r.BasicAuth(); u != "u" || p != "p" {
			t.Errorf("%s: %v", r.URL.Path, h)
		}
	}
}

func TestAnAuthorizationAmongTheHeadersCountsWithoutOthers(t *testing.T) {
	var got string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		http.Error(w, "no "+got, http.StatusForbidden)
	})
	header := WithHeaders(map[string]string{"authorization": "ApiKey key-12345"})
	_, err := made(t, "http://mlflow", WithTransport(inMemory{h}), header).GetRun(t.Context(), "r")
	if got != "ApiKey key-12345" || err == nil || strings.Contains(err.Error(), "key-12345") {
		t.Errorf("sent %q, error %v", got, err)
	}
	_, _ = made(t, "http://mlflow", WithTransport(inMemory{h}), header, WithToken("t")).GetRun(t.Context(), "r")
	if got != "Bearer t" {
		t.Errorf("sent %q", got)
	}
}

// An artifact store's presigned address is somebody else's.
func TestCredentialsStayWithTheServer(t *testing.T) {
	var got http.Header
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		http.SetCookie(w, &http.Cookie{Name: "theirs", Value: "x"})
		w.WriteHeader(http.StatusUnauthorized)
	})
	c := made(t, "http://mlflow", WithTransport(inMemory{h}), WithOAuth2(oauth), WithWorkspace("team-a"), WithHeaders(map[string]string{"x-key": "k"}))
	for _, other := range []string{"http://store/x", "https://mlflow/x", "http://mlflow:81/x"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, other, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		for name := range got {
			if name != "Content-Length" && name != "User-Agent" {
				t.Errorf("%s got %s", other, name)
			}
		}
	}
}

// session is a proxy that sets cookies with its first answer, and gives the
// answers one after the other.
type session struct {
	cookies []*http.Cookie
	answers []int
	seen    [][]*http.Cookie
}

func (s *session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.seen = append(s.seen, r.Cookies()); len(s.seen) == 1 {
		for _, c := range s.cookies {
			http.SetCookie(w, c)
		}
	}
	w.WriteHeader(s.answers[len(s.seen)-1])
	answerJSON(w, `{"message":"session-of-20-letters"}`)
}

func TestASessionOfAProxyIsKeptUntilItAsksToSignIn(t *testing.T) {
	for _, signIn := range []int{401, 302} {
		p := &session{
			cookies: []*http.Cookie{{Name: "session", Value: "session-of-20-letters", Path: "/", Expires: time.Now().Add(time.Hour)}},
			answers: []int{200, 403, signIn, 200},
		}
		c := made(t, "http://mlflow/prefix", WithTransport(inMemory{p}))
		for range p.answers {
			if _, err := c.GetRun(t.Context(), "r"); err != nil && strings.Contains(err.Error(), "of-20-letters") && IsUnauthorized(err) {
				t.Errorf("the session is shown: %v", err)
			}
		}
		for n, want := range []int{0, 1, 1, 0} {
			if len(p.seen[n]) != want {
				t.Errorf("%d: request %d has cookies %v", signIn, n, p.seen[n])
			}
		}
	}
}

func TestCookiesAreBounded(t *testing.T) {
	p := &session{answers: []int{200, 200}, cookies: []*http.Cookie{{Name: "big", Value: strings.Repeat("v", 5000)}}}
	for n := range 100 {
		p.cookies = append(p.cookies, &http.Cookie{Name: fmt.Sprint("c", n), Value: "v"})
	}
	c := made(t, "http://mlflow", WithTransport(inMemory{p}))
	for range p.answers {
		_, _ = c.GetRun(t.Context(), "r")
	}
	if n := len(p.seen[1]); n != 50 || p.seen[1][0].Name == "big" {
		t.Errorf("%d cookies are kept", n)
	}
}

// TestCookiesThatHaveBecomeTooManyAreForgotten: a login that sets one more with each refusal, behind a proxy that bounds the
// head, would refuse all that comes later.
func TestCookiesThatHaveBecomeTooManyAreForgotten(t *testing.T) {
	for _, tooLarge := range []int{400, 431} {
		n := 0
		c := made(t, "http://mlflow", WithTransport(inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			if len(r.Header.Get("Cookie")) > 8<<10 {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(tooLarge)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: fmt.Sprint("csrf", n), Value: strings.Repeat("v", 1000)})
			w.WriteHeader(http.StatusForbidden)
		})}))
		refused := 0
		for range 40 {
			if _, err := c.GetRun(t.Context(), "r"); !IsUnauthorized(err) {
				refused++
			}
		}
		if refused == 0 || refused > 5 {
			t.Errorf("%d: %d of 40 requests had too large a head", tooLarge, refused)
		}
	}
}
