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
