package main

import (
	"encoding/base64"
	bigendian "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
)

// hiddenPart is the part of every secret that must be found nowhere. It changes
// when it is escaped for a URL or for JSON.
const hiddenPart = "Walnut9+Cedar8/Birch7&Maple6"

// talker is a server that fails every request and repeats all it knows of the
// secret, as it is and as the requests carried it.
type talker struct {
	addr  string
	asked atomic.Int64
}

// newTalker starts a talker; body puts what it says into the service's form.
func newTalker(t *testing.T, secret string, status int, body func(said string) any) *talker {
	k := new(talker)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.asked.Add(1)
		sent, _ := io.ReadAll(r.Body)
		if len(sent) > 200 {
			sent = sent[:200]
		}
		said := strings.Join([]string{secret, url.QueryEscape(secret), r.Header.Get("Authorization"), string(sent)}, " | ")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body(said))
	}))
	t.Cleanup(s.Close)
	k.addr = strings.TrimPrefix(s.URL, "http://")
	return k
}

// newTalkingPostgres is a database server that refuses every password and
// repeats it, in the frontend/backend protocol 3.0 of PostgreSQL.
func newTalkingPostgres(t *testing.T, _ string) *talker {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	k := &talker{addr: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go k.refuse(conn)
		}
	}()
	return k
}

func (k *talker) refuse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	startup := make([]byte, 4)
	if _, err := io.ReadFull(conn, startup); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, conn, int64(bigendian.BigEndian.Uint32(startup))-4); err != nil {
		return
	}
	_, _ = conn.Write([]byte{'R', 0, 0, 0, 8, 0, 0, 0, 3}) // AuthenticationCleartextPassword
	header := make([]byte, 5)
	if _, err := io.ReadFull(conn, header); err != nil {
		return
	}
	password := make([]byte, bigendian.BigEndian.Uint32(header[1:])-4)
	if _, err := io.ReadFull(conn, password); err != nil {
		return
	}
	k.asked.Add(1)
	fields := "SFATAL\x00C28P01\x00Mthe password " + strings.TrimRight(string(password), "\x00") + " is wrong\x00\x00"
	_, _ = conn.Write(append(bigendian.BigEndian.AppendUint32([]byte{'E'}, uint32(len(fields)+4)), fields...))
}

// bodies of services that fail.
func openAIError(said string) any {
	return map[string]any{"error": map[string]string{"message": said, "code": "bad_request"}}
}
func mlflowError(said string) any {
	return map[string]string{"error_code": "PERMISSION_DENIED", "message": said}
}
func oauthError(said string) any {
	return map[string]string{"error": "invalid_client", "error_description": said}
}
func slackError(said string) any { return map[string]any{"ok": false, "error": said} }
func webError(said string) any {
	return map[string]string{"message": said, "error": said, "documentation_url": said}
}

// leak is how a secret could come out: a server that talks, and the commands
// that ask it. HOST in a value is that server, SECRET the secret, ESCAPED the
// secret for a URL.
type leak struct {
	value string
	serve func(t *testing.T, secret string) *talker
	env   []string
	link  string     // "" is a page on loopback
	runs  [][]string // LINK in them is the link
}

var (
	runJob    = []string{"run", "--json", "--wait=0s", "LINK"}
	runPlain  = []string{"run", "--wait=0s", "LINK"}
	askDoctor = []string{"doctor"}
	slackEnv  = []string{"SLACK_API_URL=http://HOST/api/", "SLACK_BOT_TOKEN=xoxb-test", "SLACK_APP_TOKEN=xapp-test"}
	slackRuns = [][]string{askDoctor, {"run", "--json", "--wait=0s", "--slack=C0RESEARCH", "LINK"}}
)

func talks(status int, body func(string) any) func(*testing.T, string) *talker {
	return func(t *testing.T, secret string) *talker { return newTalker(t, secret, status, body) }
}

// leaks has a row for every setting that may hold a secret.
var leaks = map[string]leak{
	"OPENAI_API_KEY": {value: "SECRET", serve: talks(400, openAIError), env: []string{"OPENAI_BASE_URL=http://HOST/v1", "MODEL=test"},
		runs: [][]string{runJob, runPlain, askDoctor}},
	"OPENAI_BASE_URL": {value: "http://carla:ESCAPED@HOST/v1", serve: talks(400, openAIError), env: []string{"MODEL=test"},
		runs: [][]string{runJob, runPlain, askDoctor}},
	"MLFLOW_TRACKING_PASSWORD": {value: "SECRET", serve: talks(403, mlflowError), env: []string{"MLFLOW_TRACKING_URI=http://HOST",
		"MLFLOW_TRACKING_USERNAME=carla"},
		runs: mlflowRuns},
	"MLFLOW_TRACKING_TOKEN": {value: "SECRET", serve: talks(403, mlflowError), env: []string{"MLFLOW_TRACKING_URI=http://HOST"},
		runs: mlflowRuns},
	"MLFLOW_TRACKING_HEADERS": {value: "x-api-key=ESCAPED", serve: talks(403, mlflowError), env: []string{"MLFLOW_TRACKING_URI=http://HOST"},
		runs: mlflowRuns},
	"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET": {value: "SECRET", serve: talks(401, oauthError), env: oauthEnv, runs: mlflowRuns},
	"MLFLOW_TRACKING_OAUTH2_PARAMS": {value: "client_assertion=ESCAPED", serve: talks(401, oauthError),
		env: append([]string{"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET=another-secret"}, oauthEnv...), runs: mlflowRuns},
	"MLFLOW_TRACKING_URI": {value: "http://carla:ESCAPED@HOST", serve: talks(403, mlflowError), runs: mlflowRuns},
	"GITHUB_TOKEN": {value: "SECRET", serve: talks(403, webError), env: []string{"COMMENTATOR_APIS=github=http://HOST"},
		link: "https://github.com/carla/lamps",
		runs: [][]string{runJob, runPlain, {"extract", "LINK"}}},
	"HF_TOKEN": {value: "SECRET", serve: talks(403, webError), env: []string{"COMMENTATOR_APIS=huggingface=http://HOST"},
		link: "https://huggingface.co/carla/lamps",
		runs: [][]string{runJob, runPlain, {"extract", "LINK"}}},
	"COMMENTATOR_GITHUB_HOSTS": {value: "ghe.example=http://carla:ESCAPED@HOST", serve: talks(403, webError),
		link: "https://ghe.example/carla/lamps",
		runs: [][]string{runJob, runPlain}},
	"COMMENTATOR_APIS": {value: "github=http://carla:ESCAPED@HOST", serve: talks(403, webError), link: "https://github.com/carla/lamps",
		runs: [][]string{runJob, runPlain}},
	"SLACK_BOT_TOKEN":      {value: "xoxb-SECRET", serve: talks(200, slackError), env: slackEnv, runs: slackRuns},
	"SLACK_APP_TOKEN":      {value: "xapp-SECRET", serve: talks(200, slackError), env: slackEnv, runs: slackRuns},
	"SLACK_SIGNING_SECRET": {value: "SECRET", serve: talks(200, slackError), env: slackEnv, runs: slackRuns},
	"SLACK_API_URL":        {value: "http://carla:ESCAPED@HOST/api/", serve: talks(500, slackError), env: slackEnv, runs: slackRuns},
	"COMMENTATOR_MLFLOW_WEBHOOK_SECRET": {value: "SECRET", serve: talks(403, mlflowError),
		env: []string{"MLFLOW_TRACKING_URI=http://HOST", "COMMENTATOR_PROMPT=commentary@production"}, runs: [][]string{askDoctor}},
	"COMMENTATOR_DATABASE_URL": {value: "postgres://carla:ESCAPED@HOST/queue?sslmode=disable", serve: newTalkingPostgres,
		runs: [][]string{askDoctor, {"worker"}}},
}

var oauthEnv = []string{"MLFLOW_TRACKING_URI=http://HOST", "MLFLOW_TRACKING_OAUTH2_TOKEN_URL=http://HOST/token",
	"MLFLOW_TRACKING_OAUTH2_CLIENT_ID=carla"}

var mlflowRuns = [][]string{{"run", "--json", "--wait=1s", "LINK"}, {"outbox", "list"}, {"outbox", "list", "--json"}, {"outbox",
	"retry", "--wait=1s"}, askDoctor}

func TestEverySecretSettingHasALeakTest(t *testing.T) {
	for _, name := range config.Secrets() {
		if _, ok := leaks[name]; !ok {
			t.Errorf("%s may hold a secret: add it to leaks", name)
		}
	}
	if len(leaks) != len(config.Secrets()) {
		t.Errorf("%d rows for %d settings", len(leaks), len(config.Secrets()))
	}
}

// commandLine is the parser of the command line.
func commandLine(t testing.TB) *kong.Kong {
	t.Helper()
	env, err := config.LoadEnvironment("", false)
	if err != nil {
		t.Fatal(err)
	}
	exited := false
	parser, err := newParser(t.Context(), streams{out: io.Discard, err: io.Discard}, env, &exited)
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// flagOf finds the flag of a setting.
func flagOf(t testing.TB, name string) string {
	t.Helper()
	for _, node := range commandLine(t).Model.Leaves(false) {
		for _, group := range node.AllFlags(false) {
			for _, flag := range group {
				if len(flag.Envs) > 0 && flag.Envs[0] == name {
					return "--" + flag.Name
				}
			}
		}
	}
	t.Fatalf("%s has no flag", name)
	return ""
}

// hidden reports whether the command that args begin with does not read a setting.
func hidden(t testing.TB, args []string, name string) bool {
	t.Helper()
	for _, node := range commandLine(t).Model.Leaves(false) {
		if strings.HasPrefix(strings.Join(args, " ")+" ", node.Path()+" ") {
			return slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Hidden && envOf(f) == name })
		}
	}
	t.Fatalf("there is no command %v", args)
	return false
}

// ways are the ways to give a setting: each returns arguments and variables.
var ways = map[string]func(t *testing.T, dir, name, value string) (args, env []string){
	"flag": func(t *testing.T, _, name, value string) ([]string, []string) {
		return []string{flagOf(t, name) + "=" + value}, nil
	},
	"environment": func(_ *testing.T, _, name, value string) ([]string, []string) {
		return nil, []string{name + "=" + value}
	},
	"file": func(t *testing.T, dir, name, value string) ([]string, []string) {
		file := filepath.Join(filepath.Dir(dir), "secret")
		writeFile(t, file, value+"\n")
		return nil, []string{name + "_FILE=" + file}
	},
	"dotenv": func(t *testing.T, dir, name, value string) ([]string, []string) {
		file := filepath.Join(filepath.Dir(dir), "settings")
		writeFile(t, file, name+"='"+value+"'\n")
		return []string{"--env-file=" + file}, nil
	},
}

func writeFile(t *testing.T, name, body string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSecretsOfSettingsAreShownNowhere gives every secret in every way to the
// built program, lets a server repeat it, and looks for it in all that the
// program prints, logs and writes to disk.
func TestSecretsOfSettingsAreShownNowhere(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the built program some hundred times")
	}
	t.Parallel()
	program := binary(t)
	page := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(sourceDir, "../../scripts/demo"))))
	t.Cleanup(page.Close)
	for name, c := range leaks {
		for way, give := range ways {
			if way == "file" && (name == "COMMENTATOR_APIS" || name == "COMMENTATOR_GITHUB_HOSTS") {
				continue // lists, not one secret
			}
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				for _, format := range []string{"text", "json"} {
					c.try(t, program, page.URL, name, format, give)
				}
			})
		}
	}
}

// try runs the row's commands in a fresh place.
func (c leak) try(t *testing.T, program, page, name, format string, give func(t *testing.T, dir, name, value string) (args, env []string)) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work") // what is beside it may hold the secret
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := hiddenPart
	if !strings.Contains(c.value, "ESCAPED") {
		secret = strings.ReplaceAll(c.value, "SECRET", hiddenPart)
	}
	server := c.serve(t, secret)
	fill := strings.NewReplacer("HOST", server.addr, "SECRET", hiddenPart, "ESCAPED", url.QueryEscape(hiddenPart)).Replace
	link := c.link
	if link == "" {
		link = page + "/fetch-api.html"
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(), "HTTPS_PROXY=http://127.0.0.1:1", "NO_PROXY=127.0.0.1",
		"COMMENTATOR_DATA_DIR=" + filepath.Join(dir, "data"), "COMMENTATOR_HTTP_ADDR=", "COMMENTATOR_FETCH_TIMEOUT=5s",
		"COMMENTATOR_FETCH_ALLOW=" + server.addr + "," + strings.TrimPrefix(page, "http://"),
		"LOG_LEVEL=DEBUG", "LOG_FORMAT=" + format,
	}
	if c.env == nil || !strings.HasPrefix(name, "MLFLOW_") {
		env = append(env, "MLFLOW_TRACKING_URI=http://127.0.0.1:1")
	}
	for _, kv := range c.env {
		key, value, _ := strings.Cut(kv, "=") // the key may have SECRET in it
		env = append(env, key+"="+fill(value))
	}
	for i := len(env) - 1; i >= 0; i-- { // not given in two ways
		if strings.HasPrefix(env[i], name+"=") {
			env = append(env[:i], env[i+1:]...)
		}
	}
	more, vars := give(t, dir, name, fill(c.value))
	for _, args := range c.runs {
		if len(more) > 0 && strings.HasPrefix(more[0], flagOf(t, name)+"=") && hidden(t, args, name) {
			continue // refused, see TestAFlagThatDoesNothingIsRefused
		}
		args = append([]string{}, args...)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "LINK", link)
		}
		cmd := exec.CommandContext(t.Context(), program, append(args, more...)...)
		var out, errs strings.Builder
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(env, vars...), &out, &errs
		_ = cmd.Run()
		what := fmt.Sprintf("%s, log as %s", strings.Join(args, " "), format)
		if code := cmd.ProcessState.ExitCode(); code < 0 || code == 1 {
			t.Errorf("%s: exit code %d\n%s\n%s", what, code, &out, &errs)
		}
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%s: nothing was said", what)
		}
		findHidden(t, "stdout of "+what, out.String())
		findHidden(t, "stderr of "+what, errs.String())
	}
	if server.asked.Load() == 0 {
		t.Errorf("log as %s: the server was not asked: nothing was tested", format)
	}
	c.searchFiles(t, dir, link)
}

// searchFiles looks into the outbox, which holds spans with all artifacts, and
// into every other file.
func (c leak) searchFiles(t *testing.T, dir, link string) {
	t.Helper()
	traced := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		text := string(gunzip(body))
		traced = traced || strings.Contains(text, link)
		findHidden(t, path, path+"\n"+text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if jobs := c.runs[0][0] == "run"; jobs && !traced {
		t.Error("the outbox has no trace of the job: no span was looked at")
	}
}

// findHidden reports a secret in a text: as it is, in a URL, in JSON, or in basic
// authentication.
func findHidden(t *testing.T, where, text string) {
	t.Helper()
	asJSON, err := json.Marshal(hiddenPart)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{
		hiddenPart, url.QueryEscape(hiddenPart), url.PathEscape(hiddenPart), strings.Trim(string(asJSON), `"`),
		base64.StdEncoding.EncodeToString([]byte("carla:" + hiddenPart)), base64.StdEncoding.EncodeToString([]byte(":" + hiddenPart)),
	} {
		if i := strings.Index(text, form); i >= 0 {
			t.Errorf("%s has a secret: …%s…", where, text[max(0, i-200):min(len(text), i+len(form)+40)])
			return
		}
	}
}
