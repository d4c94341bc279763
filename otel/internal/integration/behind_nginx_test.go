package integration

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

const listenTLS = `
		listen 127.0.0.1:PORT ssl;
		ssl_certificate CERT;
		ssl_certificate_key KEY;
`

// pass forwards a path to a server.
func pass(location, server, more string) string {
	return "\t\tlocation " + location + " {\n" + more + "\n\t\t\tproxy_pass " + server + ";\n\t\t}\n"
}

// TestSettingsForNginx: a prefix, a certificate of an own CA, and a token.
func TestSettingsForNginx(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	n := newNginx(t)
	block := func(token string) string {
		return listenTLS + pass("/mlflow/", uri+"/", `
			if ($http_authorization != "Bearer `+token+`") { return 401; }`)
	}
	n.serve(block("good"))
	ca := mlflow.WithCAFile(n.ca.file)
	right := newClient(t, n.url("https", "/mlflow"), ca, mlflow.WithToken("good"))
	const host, token, scheme = "check host and path of MLFLOW_TRACKING_URI", "check MLFLOW_TRACKING_TOKEN",
		"check http or https in MLFLOW_TRACKING_URI"
	with := func(uri string, opts ...mlflow.Option) *mlflow.Client { return newClient(t, uri, opts...) }
	for _, c := range []struct {
		name   string
		client *mlflow.Client
		reason []string
	}{
		{"right", right, nil},
		{"slash at the end", with(n.url("https", "/mlflow/"), ca, mlflow.WithToken("good")), nil},
		{"unknown CA", with(n.url("https", "/mlflow"), mlflow.WithToken("good")), []string{"certificate signed by unknown authority"}},
		{"no prefix", with(n.url("https", ""), ca, mlflow.WithToken("good")), []string{"404", host}},
		{"no token", with(n.url("https", "/mlflow"), ca), []string{"401", token}},
		{"wrong token", with(n.url("https", "/mlflow"), ca, mlflow.WithToken("secret-bad")), []string{"401", token}},
		{"https forgotten", with(n.url("http", "/mlflow"), mlflow.WithToken("good")), []string{"400", scheme}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			s.start(c.client)
			id := s.send("a note")
			if c.reason != nil {
				s.mustWaitFor(id, c.reason...)
				if why := strings.Join(s.failures(), "\n"); strings.Contains(why, "secret-bad") {
					t.Errorf("the reason names the token: %s", why)
				}
				s.start(right) // the program was started again with other settings
			}
			s.mustDeliver(id)
			s.untilEmpty()
			mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
		})
	}
	t.Run("token taken later", func(t *testing.T) {
		n.serve(block("other"))
		s := newSender(t)
		s.start(right)
		id := s.send("a note")
		s.mustWaitFor(id, "401", token)
		n.serve(block("good"))
		s.mustDeliver(id)
		s.untilEmpty()
		mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
	})
}

// TestNginxThatIsMendedUnderAProgram: what waits for it is delivered without a
// restart.
func TestNginxThatIsMendedUnderAProgram(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	n := newNginx(t)
	tooSlow, slow := slowServer(t, uri, 10*time.Second), slowServer(t, uri, 200*time.Millisecond)
	all := pass("/", uri, "")
	for _, c := range []struct {
		name          string
		wrong, mended string
		scheme        string
		clientOpts    []mlflow.Option
		reason        []string
	}{
		{
			"client certificate wanted", listenTLS + "ssl_client_certificate CA; ssl_verify_client on;" + all, listenTLS + all, "https", nil,
			[]string{"400", "No required SSL certificate was sent", "MLFLOW_TRACKING_CLIENT_CERT_PATH"},
		},
		{
			"client certificate taken", "listen 127.0.0.1:PORT;" + all, listenTLS + "ssl_client_certificate CA; ssl_verify_client on;" + all,
			"https", []mlflow.Option{mlflow.WithClientCertFile(n.ca.client)}, []string{"server gave HTTP response to HTTPS client"},
		},
		{
			"http to the port of https", listenTLS + all, "listen 127.0.0.1:PORT;" + all, "http", nil,
			[]string{"400", "plain HTTP request was sent to HTTPS port", "check http or https"},
		},
		{
			"slow server", listenTLS + "proxy_read_timeout 1s;" + pass("/", tooSlow, ""),
			listenTLS + "proxy_read_timeout 60s;" + pass("/", slow, ""), "https", nil,
			[]string{"504"},
		},
		{
			"server away", listenTLS + pass("/", "http://127.0.0.1:1", ""), listenTLS + all, "https", nil, []string{"502"},
		},
		{
			"slow line", "listen 127.0.0.1:PORT; return 503;", "listen 127.0.0.1:PORT;" + pass("/", uri, "limit_rate 2k;"), "http", nil,
			[]string{"503"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.serve(c.wrong)
			s := newSender(t)
			s.start(newClient(t, n.url(c.scheme, ""), append(c.clientOpts, mlflow.WithCAFile(n.ca.file))...))
			id := s.send("a note")
			s.mustWaitFor(id, c.reason...)
			n.serve(c.mended)
			s.mustDeliver(id)
			s.untilEmpty()
			mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
		})
	}
}

// TestNginxThatLetsOnlyTheAPIThrough: the trace goes where MLflow's own clients put
// it, and nobody has to know.
func TestNginxThatLetsOnlyTheAPIThrough(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	n := newNginx(t)
	n.serve("listen 127.0.0.1:PORT;" + pass("/api/", uri, ""))
	s := newSender(t)
	s.start(newClient(t, n.url("http", "")))
	for range 5 {
		if r := s.mustDeliver(s.send("a note")); r.Incomplete() != "" || r.TraceURL == "" {
			t.Errorf("incomplete: %q, page %q", r.Incomplete(), r.TraceURL)
		}
	}
	s.untilEmpty()
	mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
}

// TestNginxTakes1MegabyteUnlessItIsToldOtherwise: what is larger is left out, said on
// the run, and kept until the limit is raised.
func TestNginxTakes1MegabyteUnlessItIsToldOtherwise(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	n := newNginx(t)
	n.serve("listen 127.0.0.1:PORT;" + pass("/", uri, "client_max_body_size 1m;"))
	s := newSender(t)
	c := newClient(t, n.url("http", ""))
	s.start(c)
	small, large := s.send("a note"), s.send(strings.Repeat("large ", 300_000))
	if r := s.mustDeliver(small); r.Incomplete() != "" {
		t.Errorf("incomplete: %q", r.Incomplete())
	}
	r := s.mustDeliver(large)
	for _, want := range []string{"413", "client_max_body_size"} {
		if !strings.Contains(r.Incomplete(), want) {
			t.Errorf("incomplete: %q, want %q in it", r.Incomplete(), want)
		}
	}
	direct := newClient(t, uri)
	root := func() mlflow.Run {
		run, err := direct.GetRun(t.Context(), r.ParentRunID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	if run := root(); run.Info.Status != "FINISHED" || mlflow.TagMap(run.Data.Tags)[mlflowattr.IncompleteTag] == "" {
		t.Errorf("the run is %s, with tags %v", run.Info.Status, run.Data.Tags)
	}
	dead, err := s.spool.Dead()
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "client_max_body_size") {
		t.Fatalf("dead letters %+v, %v", dead, err)
	}
	n.serve("listen 127.0.0.1:PORT;" + pass("/", uri, "client_max_body_size 8m;"))
	if err := s.spool.Retry(dead[0].ID); err != nil {
		t.Fatal(err)
	}
	s.until("the large one delivered", func() bool { return s.queue.Stats().Delivered == 3 })
	s.untilEmpty()
	run := root()
	if tag, there := mlflow.TagMap(run.Data.Tags)[mlflowattr.IncompleteTag]; there {
		t.Errorf("the run still says %q", tag)
	}
	if files, err := direct.ListArtifacts(t.Context(), run.Info.RunID, ""); err != nil || !hasFile(files, noteFile) {
		t.Errorf("artifacts %+v, %v", files, err)
	}
	mustHaveOnce(t, direct, uri, s.experiment, s.sent)
}

func hasFile(files []mlflow.Artifact, path string) bool {
	for _, f := range files {
		if f.Path == path {
			return true
		}
	}
	return false
}

// slowServer answers each request after a while.
func slowServer(t *testing.T, target string, wait time.Duration) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u); r.Out.Host = u.Host }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(wait):
			proxy.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}
