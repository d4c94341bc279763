package fakeslack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/httpserver"
)

// Server plays Slack. It is an http.Handler, and serves itself after Start. It is safe for
// concurrent use. Of its locks, the workspace's may be held while the hub's is taken, never
// the reverse; mu guards the fields below it and is not held together with others.
type Server struct {
	cfg     *config
	ws      *workspace
	hub     *hub
	tasks   *tasks
	faults  *faults
	calls   *calls
	handles *handles
	methods map[string]method
	scopes  map[string]bool
	handler http.Handler
	closing chan struct{}

	mu     sync.Mutex
	http   *httpserver.Server
	url    string
	served chan struct{}
	views  []*modal // the latest, see keepView
	once   sync.Once
}

// New makes a server. It holds no port before Start; Close ends it in any case.
func New(opts ...Option) *Server {
	cfg := defaultConfig()
	for _, o := range opts {
		o.apply(&cfg)
	}
	s := &Server{
		cfg: &cfg, ws: newWorkspace(&cfg), tasks: &tasks{}, faults: &faults{}, calls: &calls{max: cfg.maxCalls}, handles: &handles{},
		methods: methods(), scopes: map[string]bool{}, closing: make(chan struct{}),
	}
	for _, sc := range cfg.scopes {
		s.scopes[sc] = true
	}
	s.hub = newHub(&cfg, s.tasks, s.faults)
	s.handler = s.routes()
	return s
}

// routes are all addresses of the server.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.serveAPI)
	mux.HandleFunc("GET /link/", s.hub.serveSocket)
	mux.HandleFunc("POST /response/{team}/{id}", s.serveResponseURL)
	mux.HandleFunc("POST /upload/{id}", s.serveUpload)
	s.controlRoutes(mux)
	s.pageRoutes(mux)
	// A web page somewhere else must not post into the channel through a browser.
	return http.NewCrossOriginProtection().Handler(mux)
}

// ServeHTTP serves everything: Web API, sockets, control API and page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Start listens on the address ("127.0.0.1:0" picks a port) and serves until Close.
func (s *Server) Start(addr string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return errors.New("fakeslack is started already")
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("start fakeslack: %w", err)
	}
	host, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return fmt.Errorf("start fakeslack: %w", err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	s.url = "http://" + net.JoinHostPort(host, port)
	s.http = httpserver.New(httpserver.OnlyHosts(s, s.knownAs), s.cfg.logger)
	s.served = make(chan struct{})
	go func(srv *httpserver.Server, served chan struct{}) {
		defer close(served)
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.cfg.logger.Error("serve", "error", err)
		}
	}(s.http, s.served)
	return nil
}

// knownAs reports whether host is a name of this server: that of its public address, or one that
// no web site can have. The control API has no login, so that a page of such a site must not
// reach it through somebody's browser.
func (s *Server) knownAs(host string) bool {
	public, err := url.Parse(s.cfg.publicURL)
	return httpserver.Local(host) || err == nil && host != "" && strings.EqualFold(host, public.Hostname())
}

// URL is the server's address, without a slash at its end; empty before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// APIURL is what SLACK_API_URL wants, with a slash at its end.
func (s *Server) APIURL() string { return s.URL() + "/api/" }

// Close cuts the sockets, drops what is undelivered, lets running calls end for a
// second at most, and waits until the server is gone.
func (s *Server) Close() error { return s.Shutdown(context.Background()) }

// closeWait is how long Close waits for calls that run.
const closeWait = time.Second

// Shutdown is Close that stops waiting for running calls when the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		s.hub.close()
		s.tasks.close()
		s.mu.Lock()
		srv, served := s.http, s.served
		s.mu.Unlock()
		if srv == nil {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, closeWait)
		defer cancel()
		// A connection that a client opened and never used keeps Shutdown waiting, so
		// running out of time is no error.
		if srv.Shutdown(ctx) != nil {
			if err = srv.Close(); err != nil {
				err = fmt.Errorf("close fakeslack: %w", err)
			}
		}
		<-served
	})
	return err
}

// after runs f later, unless the server is closed by then.
func (s *Server) after(d time.Duration, f func()) { s.tasks.after(d, f) }

// Messages returns a channel's messages as stored, replies too, by ts. An empty
// channel means the default one.
func (s *Server) Messages(channel string) []map[string]any {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch := s.ws.channels[orElse(channel, s.ws.defaultChannel())]
	out := []map[string]any{}
	if ch == nil {
		return out
	}
	for _, e := range ch.messages {
		m := ch.viewLocked(e, true)
		if m["reactions"] == nil {
			m["reactions"] = []any{}
		}
		if e.onlyFor != "" {
			m["only_for"] = e.onlyFor
		}
		out = append(out, m)
	}
	return out
}

// Calls returns the latest calls of the app, oldest first.
func (s *Server) Calls() []Call { return s.calls.all() }

// Stats returns counters of deliveries, sockets and messages.
func (s *Server) Stats() Stats {
	st := s.hub.snapshot()
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	for _, ch := range s.ws.channels {
		st.Messages += len(ch.messages)
	}
	st.Evicted = s.ws.dropped
	return st
}

// Inject adds a fault. Faults of sockets that are open act at once.
func (s *Server) Inject(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	switch f.Socket {
	case "cut", "disconnect", "silence":
		s.hub.inject(f)
		s.ws.notify()
		return nil
	}
	return s.faults.add(f)
}

// ClearFaults takes back every fault that is still pending, and lets pings flow.
func (s *Server) ClearFaults() {
	s.faults.clear()
	s.hub.mu.Lock()
	s.hub.silent = time.Time{}
	s.hub.mu.Unlock()
}

// SetChannel adds a channel or changes the one with the same id.
func (s *Server) SetChannel(c Channel) error {
	if c.ID == "" || strings.ContainsAny(c.ID, " /<>") {
		return fmt.Errorf("channel id %q must be like C0123ABCD", c.ID)
	}
	s.ws.mu.Lock()
	ch := s.ws.setChannelLocked(c)
	s.ws.mu.Unlock()
	s.ws.notify()
	if ch == nil {
		return fmt.Errorf("there are %d channels already, no more are added", maxChannels)
	}
	return nil
}

// AddUser adds a person to the workspace and to its public channels.
func (s *Server) AddUser(u User) error {
	if u.ID == "" {
		return errors.New("user needs an id such as U0123ABCD")
	}
	u.Name, u.RealName = orElse(u.Name, strings.ToLower(u.ID)), orElse(u.RealName, orElse(u.Name, u.ID))
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	s.ws.addUserLocked(u)
	for _, ch := range s.ws.channels {
		if !ch.Private {
			ch.members[u.ID] = true
		}
	}
	return nil
}

// SetRequestURL switches to HTTP events after Slack's url_verification handshake
// with the URL; an empty one switches back to Socket Mode.
func (s *Server) SetRequestURL(ctx context.Context, url, signingSecret string) error {
	return s.hub.verifyURL(ctx, url, signingSecret)
}

// WaitFor returns when the condition holds. It is asked now and after every change:
// calls, events, acknowledgements, sockets.
func (s *Server) WaitFor(ctx context.Context, condition func(*Server) bool) error {
	changes, cancel := s.ws.subscribe()
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond) // acknowledgements don't notify
	defer tick.Stop()
	for {
		if condition(s) {
			return nil
		}
		select {
		case <-changes:
		case <-tick.C:
		case <-s.closing:
			return errors.New("server is closing")
		case <-ctx.Done():
			return fmt.Errorf("wait for fakeslack: %w", ctx.Err())
		}
	}
}

// WaitSockets returns when n sockets are open.
func (s *Server) WaitSockets(ctx context.Context, n int) error {
	return s.WaitFor(ctx, func(s *Server) bool { return s.Stats().Sockets >= n })
}
