package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/config"
)

func TestMalformedDotEnvDoesNotShowItsValues(t *testing.T) {
	_, err := config.LoadEnvironment(write(t, ".env", "OPENAI_API_KEY sk-very-secret\n"), true)
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "very-secret") {
		t.Errorf("the secret is in %q", err)
	}
	if !strings.Contains(err.Error(), "NAME=value") {
		t.Errorf("no word on what to write: %q", err)
	}
}

func TestMissingDotEnvIsAnErrorOnlyWhenAskedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none")
	if _, err := config.LoadEnvironment(file, false); err != nil {
		t.Error(err)
	}
	if _, err := config.LoadEnvironment(file, true); err == nil {
		t.Error("no error for a file that was named")
	}
}

func TestSecretsOfFilesStayOutOfTheEnvironment(t *testing.T) {
	unset(t, "GITHUB_TOKEN", "MLFLOW_TRACKING_PASSWORD", "COMMENTATOR_APIS", "MODEL", "OTEL_EXPORTER_OTLP_HEADERS")
	t.Setenv("GITHUB_TOKEN_FILE", write(t, "token", "s3cret-token\n"))
	e := load(t, write(t, ".env", "MLFLOW_TRACKING_PASSWORD=s3cret-password\nMODEL=m\nOTEL_EXPORTER_OTLP_HEADERS=a=b\nCOMMENTATOR_APIS=github=http://u:s3cret@h\n"))
	s, err := parseFrom(e)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Fetch.GithubToken.Reveal() + " " + s.MLflow.Password.Reveal() + " " + s.Fetch.APIs["github"].Reveal(); got != "s3cret-token s3cret-password http://u:s3cret@h" {
		t.Errorf("settings %q", got)
	}
	for name, want := range map[string]string{
		"GITHUB_TOKEN": "", "MLFLOW_TRACKING_PASSWORD": "", "COMMENTATOR_APIS": "",
		"MODEL": "m", "OTEL_EXPORTER_OTLP_HEADERS": "a=b", // for libraries
	} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s is %q in the environment, want %q", name, got, want)
		}
	}
}

func TestSecretsComeFromTheFirstOfFlagEnvironmentDotEnvAndFile(t *testing.T) {
	const name = "OPENAI_API_KEY"
	file, dotenv := write(t, "key", "from-file\r\n"), write(t, ".env", name+"=from-dotenv\n")
	for want, c := range map[string]struct {
		args             []string
		environ, dotfile string
	}{
		"from-flag":    {[]string{"--openai-api-key=from-flag"}, "from-environ", dotenv},
		"from-environ": {nil, "from-environ", dotenv},
		"from-dotenv":  {nil, "", dotenv},
		"from-file":    {nil, "", ""},
	} {
		t.Run(want, func(t *testing.T) {
			unset(t, name)
			t.Setenv(name+"_FILE", file)
			if c.environ != "" {
				t.Setenv(name, c.environ)
			}
			s, err := parseFrom(load(t, c.dotfile), c.args...)
			if err != nil || s.Model.APIKey.Reveal() != want {
				t.Errorf("got %q, %v", s.Model.APIKey.Reveal(), err)
			}
		})
	}
}

func TestBadSecretFilesAreRefusedByName(t *testing.T) {
	unset(t, "HF_TOKEN")
	for name, c := range map[string]struct{ file, want string }{
		"missing": {filepath.Join(t.TempDir(), "none"), "no such file"},
		"folder":  {t.TempDir(), "is a directory"},
		"large":   {write(t, "large", strings.Repeat("s3cret", 20<<10)), "65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HF_TOKEN_FILE", c.file)
			_, err := parseFrom(load(t, ""))
			if err == nil || !strings.Contains(err.Error(), "HF_TOKEN_FILE") || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "s3crets3cret") {
				t.Errorf("got %v, want a word on %q", err, c.want)
			}
		})
	}
}

// What is wrong with the file itself is no matter of its lines.
func TestADotenvFileThatCannotBeReadSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"missing": {filepath.Join(t.TempDir(), "none"), "no such file or directory"},
		"folder":  {t.TempDir(), "is a directory"},
		"large":   {write(t, "large", strings.Repeat("A=s3cret\n", 1<<18)), "has more than the 1048576 bytes"},
		"a slip":  {write(t, "slip", "A='s3cret"), "a line is malformed, line 1; each line must read NAME=value"},
		"line 3":  {write(t, "third", "A=1\nB=\"x\ny\"\nC s3cret\nD=2\n"), "a line is malformed, line 4;"},
		"a $":     {write(t, "dollar", "A=1\nMLFLOW_TRACKING_PASSWORD=s3cret$W0RD\n"), "MLFLOW_TRACKING_PASSWORD has a $ that stands for a variable"},
		"a ${":    {write(t, "home", "COMMENTATOR_DATA_DIR=\"${HOME}/s3cret\"\n"), "COMMENTATOR_DATA_DIR has a $ that stands for a variable"},
		"a $(":    {write(t, "paren", "OPENAI_API_KEY=s3cret$(W)RD\nW=1\n"), "OPENAI_API_KEY has a $ that stands for a variable"},
		"a $ }":   {write(t, "brace", "W=1\nOPENAI_API_KEY=s3cret$W}\n"), "OPENAI_API_KEY has a $ that stands for a variable"},
		"later":   {write(t, "later", "OPENAI_API_KEY=s3cret$W\nW=1\n"), "OPENAI_API_KEY has a $ that stands for a variable"},
		"default": {write(t, "default", "W=1\nOPENAI_API_KEY=${W:-s3cret}\n"), "OPENAI_API_KEY has a $ that stands for a variable"},
		"UTF-16":  {write(t, "utf16", "\xff\xfeA\x00=\x001\x00"), "save it as UTF-8"},
	} {
		_, err := config.LoadEnvironment(c.file, true)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") ||
			!strings.Contains(c.want, "malformed") && strings.Contains(err.Error(), "NAME=value") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestADotenvFileIsReadAsItWasMeant(t *testing.T) {
	unset(t, "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "MLFLOW_TRACKING_PASSWORD", "OPENAI_API_KEY", "OTHER")
	s, err := parseFrom(load(t, write(t, ".env", "\ufeffSLACK_APP_TOKEN=xapp-1\r\n"+ // as Notepad saves it
		"MLFLOW_TRACKING_PASSWORD='pa$W0RD'\nOTHER=a$NOTHING\nSLACK_SIGNING_SECRET=\"$SLACK_APP_TOKEN-2\"\nOPENAI_API_KEY=a\\$B$$c$\n")))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join([]string{s.Slack.AppToken.Reveal(), s.MLflow.Password.Reveal(), s.Slack.SigningSecret.Reveal(), s.Model.APIKey.Reveal()}, " ")
	if want := "xapp-1 pa$W0RD xapp-1-2 a$B$$c$"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	t.Setenv("HF_TOKEN_FILE", write(t, "token", "\ufeffhf_1\r\n"))
	if s, err := parseFrom(load(t, "")); err != nil || s.Fetch.HFToken.Reveal() != "hf_1" {
		t.Errorf("%q, %v", s.Fetch.HFToken.Reveal(), err)
	}
}
