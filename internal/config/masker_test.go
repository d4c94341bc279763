package config_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/config"
)

func TestMaskerFindsSecretsInEveryForm(t *testing.T) {
	const secret = `p&ss "w<rd/é 12`
	m := config.NewMasker(secret)
	asJSON, err := json.Marshal("say " + secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": secret, "query": "?k=" + url.QueryEscape(secret) + "&x=1", "path": "/" + url.PathEscape(secret) + "/", "quoted": strconv.Quote("say " + secret),
		"JSON": string(asJSON), "twice": secret + secret, "amid": "ab" + secret + "cd",
	} {
		got := m.Mask(text)
		if !strings.Contains(got, "***") || strings.Contains(got, "ss") && name != "amid" || strings.Contains(got, "rd") {
			t.Errorf("%s: %s is masked as %s", name, text, got)
		}
	}
}

func TestMaskerLeavesNothingOfOverlappingSecrets(t *testing.T) {
	for _, c := range []struct {
		secrets []string
		text    string
		want    string
	}{
		{[]string{"sk-proj-1", "sk-proj-1-long"}, "a sk-proj-1-long b sk-proj-1 c", "a *** b *** c"},
		{[]string{"sk-proj-1-long", "sk-proj-1"}, "a sk-proj-1-long b sk-proj-1 c", "a *** b *** c"},
		{[]string{"abcdef", "defghi"}, "xabcdefghiy", "x***y"},
		{[]string{"ababab"}, "-abababab-", "-***-"},
		{[]string{"inside", "all-inside-it"}, "all-inside-it", "***"},
		{[]string{"first1", "second"}, "first1second", "******"},
		{[]string{"short"}, "a short word stays", "a short word stays"},
		{[]string{""}, "nothing", "nothing"},
		{nil, "nothing", "nothing"},
	} {
		if got := config.NewMasker(c.secrets...).Mask(c.text); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.secrets, c.text, got, c.want)
		}
	}
	if got := (*config.Masker)(nil).Mask("text"); got != "text" {
		t.Errorf("no masker: %q", got)
	}
}

func TestMaskerOfSettingsKnowsTheirSecretsAndThoseOfLibraries(t *testing.T) {
	unset(t, "OPENAI_API_KEY", "HTTPS_PROXY")
	t.Setenv("MLFLOW_TRACKING_URI", "http://carla:in-the-uri@mlflow:5000")
	t.Setenv("MLFLOW_TRACKING_USERNAME", "carla")
	t.Setenv("MLFLOW_TRACKING_PASSWORD", "on-its-own")
	t.Setenv("OPENAI_API_KEY", "replaced-by-the-flag")
	t.Setenv("GITHUB_TOKEN_FILE", write(t, "token", "of-a-file\n"))
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=backend-key, authorization=Basic%20abcdef,without-a-name")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "short=1")
	t.Setenv("HTTPS_PROXY", "http://me:of-the-proxy@proxy:3128")
	e := load(t, write(t, ".env", "HF_TOKEN=of-dotenv\nCOMMENTATOR_GITHUB_HOSTS=ghe.example=http://bot:of-the-host@ghe\n"))
	s, err := parseFrom(e, "--openai-api-key=of-the-flag", "--database-url=postgres://u:p%40ss-word@db/x?sslpassword=of-the-key",
		"--openai-base-url=http://u:un-parsed@[::1/%zz")
	if err != nil {
		t.Fatal(err)
	}
	m := s.Masker(e)
	basic := func(user, password string) string {
		return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	}
	for _, secret := range []string{
		"in-the-uri", "on-its-own", "replaced-by-the-flag", "of-a-file", "backend-key", "Basic abcdef", "Basic%20abcdef", "without-a-name", "of-the-proxy", "of-dotenv",
		"of-the-host", "of-the-flag", "p%40ss-word", "p@ss-word", "of-the-key", "un-parsed", basic("carla", "on-its-own"), basic("carla",
			"in-the-uri"), basic("u", "p@ss-word"),
	} {
		if got := m.Mask("<" + secret + ">"); got != "<***>" {
			t.Errorf("%s is shown as %s", secret, got)
		}
	}
	for _, word := range []string{"carla", "mlflow:5000", "x-api-key", "short=1", "proxy:3128", "/x"} {
		if got := m.Mask(word); got != word {
			t.Errorf("too much is masked: %s is %s", word, got)
		}
	}
}

// Before the command line is read, the environment is all there is.
func TestMaskerOfTheEnvironmentAlone(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-of-environ")
	if got := new(config.Settings).Masker(load(t, "")).Mask("xoxb-of-environ"); got != "***" {
		t.Errorf("got %s", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("sk-1234", "4567890", "a sk-1234567890 b")
	f.Add("aaaaaa", "aaaaaaa", "aaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		got := config.NewMasker(one, two).Mask(text)
		for _, secret := range []string{one, two} {
			// What is left may form a secret only together with the mask.
			if len(secret) >= 6 && !strings.Contains(secret, "*") && strings.Contains(got, secret) {
				t.Errorf("%q is left in %q of %q", secret, got, text)
			}
		}
	})
}

func BenchmarkMask(b *testing.B) {
	var secrets []string
	for i := range 12 {
		secrets = append(secrets, fmt.Sprintf("sk-proj-%d-walnut cedar", i))
	}
	m := config.NewMasker(secrets...)
	text := "call MLflow: Post \"http://127.0.0.1:5000/api/2.0/mlflow/runs/create\": dial tcp 127.0.0.1:5000: connect: connection refused"
	for b.Loop() {
		m.Mask(text)
	}
}

func ExampleMasker() {
	m := config.NewMasker("sk-proj-Walnut9Cedar8")
	fmt.Println(m.Mask("Incorrect API key provided: sk-proj-Walnut9Cedar8."))
	// Output: Incorrect API key provided: ***.
}
