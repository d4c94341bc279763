package mlflow

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCredentialsThatTheServerRepeatsStayOutOfErrors(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("reader:hunter22"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "reader may not, with hunter22 and tok-12345 in Basic "+basic, http.StatusForbidden)
	}))
	t.Cleanup(s.Close)
	for name, opt := range map[string]Option{"password": WithBasicAuth("reader", "hunter22"), "token": WithToken("tok-12345")} {
		c, err := NewClient(s.URL, opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.CloseIdle)
		_, err = c.ExperimentByName(t.Context(), "x")
		if err == nil {
			t.Fatal("no error")
		}
		secret := map[string]string{"password": "hunter22", "token": "tok-12345"}[name]
		if strings.Contains(err.Error(), secret) || (name == "password" && strings.Contains(err.Error(), basic)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestATokenThatIsCutStaysOutOfErrors: a token of an identity provider is longer than
// what is kept of a message.
func TestATokenThatIsCutStaysOutOfErrors(t *testing.T) {
	token := strings.Repeat("eyJhbGciOi", 200)
	for name, answer := range map[string]http.HandlerFunc{
		"text":  answers(401, "invalid token "+token),
		"JSON":  answers(403, `{"error_code":"PERMISSION_DENIED","message":"invalid token `+token+`"}`),
		"page":  answers(403, "<html><title>no "+token+"</title>"),
		"login": answers(200, "<html><title>no "+token+"</title>"),
	} {
		s := httptest.NewServer(answer)
		c, err := NewClient(s.URL, WithToken(token))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.CreateExperiment(t.Context(), "x", nil); err == nil || strings.Contains(err.Error(), token[:20]) {
			t.Errorf("%s: %v", name, err)
		}
		c.CloseIdle()
		s.Close()
	}
}

func TestAddressesInErrorsShowOnlyWhere(t *testing.T) {
	for address, want := range map[string]string{
		"https://ann:pw@sso/login?code=1":         "https://sso/login",
		"https://sso/cb#id_token=eyJ":             "https://sso/cb",
		"https://sso/login;jsessionid=0A1B?x=y#z": "https://sso/login",
		"/login": "/login",
	} {
		if got := stripQuery(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
