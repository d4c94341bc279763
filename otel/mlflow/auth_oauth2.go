package mlflow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/technoshare/commentator/otel/internal/plaintext"
	"github.com/technoshare/commentator/otel/internal/retry"
)

const (
	// tokenTimeout bounds one request for a token, and renewTimeout one that need
	// not be waited for, as there is a token still.
	tokenTimeout = 30 * time.Second
	renewTimeout = 5 * time.Second
	// maxEarly is how long before its end a token is replaced; of short ones it is
	// a fifth of their life.
	maxEarly = time.Minute
	// refusedPause is the least time between two token requests for the reason
	// that the server answered 401, and uselessPause that after a token which the
	// server never took: a wrong audience is not mended by new tokens.
	refusedPause = time.Second
	uselessPause = 10 * time.Second
)

// oauth2Source keeps one access token, and asks for the next before it ends. One
// request for a token is under way at a time; those who need its outcome wait for
// it, each within its own context. There is no goroutine.
type oauth2Source struct {
	secretFile string
	client     *http.Client

	turn chan struct{}            // holds a value while somebody asks the endpoint
	conf clientcredentials.Config // its owner is whoever has the turn

	mu      sync.Mutex
	value   string    // of the Authorization header; empty: none yet
	due     time.Time // when to replace it; zero: only when it is refused
	expiry  time.Time // zero: unknown
	rounds  int       // requests for a token so far
	err     error     // of the last of them
	refusal time.Time // the last request because of a refusal
	useful  bool      // the server took value once
	hidden  []string  // what is secret of the settings
	clients []string  // client secrets of late
	tokens  []string  // of late
}

func newOAuth2Source(o OAuth2, transport http.RoundTripper) (*oauth2Source, error) {
	params, err := o.check()
	if err != nil {
		return nil, err
	}
	s := &oauth2Source{
		client: &http.Client{
			Transport: transport,
			// The request holds the client's secret, which is for this address alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		turn: make(chan struct{}, 1),
		conf: clientcredentials.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.TokenURL, Scopes: strings.Fields(o.Scopes), EndpointParams: params,
		},
		hidden:     o.secretValues(),
		secretFile: o.ClientSecretFile,
	}
	if o.ClientSecret != "" {
		s.secretFile = ""
		s.clients = s.forms(o.ClientSecret)
		return s, nil
	}
	return s, s.readSecret()
}

func (s *oauth2Source) header(ctx context.Context) (string, error) {
	value, due, rounds := s.state()
	switch {
	case value == "":
		return s.next(ctx, rounds, "")
	case due:
		s.renew(ctx)
		if next, _, _ := s.state(); next != "" {
			value = next
		}
	}
	return value, nil // which may have ended just now: then the server says so
}

// state gives the token while it is good, whether it is time for another, and the
// number of the last request.
func (s *oauth2Source) state() (value string, due bool, rounds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !s.expiry.IsZero() && !now.Before(s.expiry) {
		return "", true, s.rounds
	}
	return s.value, !s.due.IsZero() && !now.Before(s.due), s.rounds
}

// renew replaces a token that is good still, unless somebody does so already. A
// failure is put off: the token may last until the endpoint is back.
func (s *oauth2Source) renew(ctx context.Context) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return
	}
	if value, due, _ := s.state(); value != "" && !due {
		return
	}
	_, _ = s.ask(ctx, renewTimeout)
}

// next gets a token other than used, after the request number rounds. What
// another caller got meanwhile counts, its failure too: many that wait for an
// endpoint that is away do not ask it one by one.
func (s *oauth2Source) next(ctx context.Context, rounds int, used string) (string, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", s.gaveUp(ctx)
	}
	if value, _, _ := s.state(); value != "" && value != used {
		return value, nil
	}
	s.mu.Lock()
	if err := s.err; s.rounds != rounds && err != nil {
		s.mu.Unlock()
		return "", err
	}
	wait := time.Until(s.refusal.Add(refusedPause))
	if used != "" {
		s.refusal = time.Now().Add(max(wait, 0))
	}
	s.mu.Unlock()
	if used != "" && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return "", s.gaveUp(ctx)
		}
	}
	return s.ask(ctx, tokenTimeout)
}

func (s *oauth2Source) accepted(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.useful = s.useful || value == s.value
}

func (s *oauth2Source) refused(ctx context.Context, used string) (string, error) {
	value, _, rounds := s.state()
	if value != "" && value != used {
		return value, nil
	}
	s.mu.Lock()
	useless := !s.useful && time.Since(s.refusal) < uselessPause
	s.mu.Unlock()
	if useless {
		return s.other(ctx, used)
	}
	return s.next(ctx, rounds, used)
}

// other waits for a request that is under way, and returns its token if it is
// another than used.
func (s *oauth2Source) other(ctx context.Context, used string) (string, error) {
	select {
	case s.turn <- struct{}{}:
		<-s.turn
	case <-ctx.Done():
		return "", s.gaveUp(ctx)
	}
	if value, _, _ := s.state(); value != used {
		return value, nil
	}
	return "", nil
}

// gaveUp says that the caller's time was over before there was a token.
func (s *oauth2Source) gaveUp(ctx context.Context) error {
	return &CredentialsError{Source: s.name(), Err: fmt.Errorf("wait for a token: %w", ctx.Err())}
}

func (s *oauth2Source) name() string { return "token endpoint " + stripQuery(s.conf.TokenURL) }

// ask requests a token, for the given time at most. The caller has the turn.
func (s *oauth2Source) ask(ctx context.Context, within time.Duration) (string, error) {
	err := s.readSecret()
	var token *oauth2.Token
	if err == nil {
		bounded, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, s.client), within)
		defer cancel()
		if token, err = s.conf.Token(bounded); err != nil {
			err = s.typed(err)
		}
	}
	if err != nil && ctx.Err() != nil {
		return "", err // of this caller alone: the next one asks for itself
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rounds++
	s.err = err
	now := time.Now()
	if err != nil {
		s.due = now.Add(max(time.Second, s.expiry.Sub(now)/4))
		return "", err
	}
	s.value, s.expiry, s.due, s.useful = "Bearer "+token.AccessToken, token.Expiry, time.Time{}, false
	if !s.expiry.IsZero() {
		s.due = s.expiry.Add(-min(maxEarly, s.expiry.Sub(now)/5))
	}
	s.tokens = remember(s.tokens, token.AccessToken)
	return s.value, nil
}

// readSecret reads the client's secret, where it is in a file. The caller has the
// turn.
func (s *oauth2Source) readSecret() error {
	if s.secretFile == "" {
		return nil
	}
	secret, err := readSecretFile(s.secretFile)
	if err != nil {
		return &CredentialsError{
			Source: "client secret file " + s.secretFile, Advice: "check MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE", Err: err,
		}
	}
	if secret != s.conf.ClientSecret {
		s.conf.ClientSecret = secret
		s.mu.Lock()
		defer s.mu.Unlock()
		s.clients = remember(s.clients, s.forms(secret)...)
	}
	return nil
}

// forms are the client's secret and the header in which it travels (RFC 6749,
// section 2.3.1).
func (s *oauth2Source) forms(secret string) []string {
	pair := url.QueryEscape(s.conf.ClientID) + ":" + url.QueryEscape(secret)
	return []string{secret, base64.StdEncoding.EncodeToString([]byte(pair))}
}

func (s *oauth2Source) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.hidden, s.clients, s.tokens)
}

// typed says what the endpoint answered, without its page and without secrets.
func (s *oauth2Source) typed(err error) error {
	e := &CredentialsError{Source: s.name(), Err: plaintext.Error(err)}
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		if !retry.IsNetwork(err) { // an answer without a token; the parser may quote it
			e.Err = errors.New(plaintext.Line(maskSecrets(err.Error(), s.secrets()), maxMessage))
			e.Advice = "check MLFLOW_TRACKING_OAUTH2_TOKEN_URL"
		}
		return e
	}
	status := answer.Response.StatusCode
	text := strings.TrimSpace(fmt.Sprintf("it answered %d %s", status, plaintext.Line(answer.ErrorCode, maxCode)))
	if answer.ErrorDescription != "" {
		text += ": " + plaintext.Line(maskSecrets(answer.ErrorDescription, s.secrets()), maxMessage) // before a secret is cut
	}
	e.Err = errors.New(maskSecrets(text, s.secrets()))
	e.Wait = retry.ParseRetryAfter(answer.Response.Header.Get("Retry-After"), time.Now())
	switch {
	case answer.ErrorCode == "invalid_scope":
		e.Advice = "check MLFLOW_TRACKING_OAUTH2_SCOPES"
	case answer.ErrorCode == "invalid_client", answer.ErrorCode == "unauthorized_client", status == http.StatusUnauthorized:
		e.Advice = "check MLFLOW_TRACKING_OAUTH2_CLIENT_ID and MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET"
	case answer.ErrorCode == "" && status < 500:
		e.Advice = "check MLFLOW_TRACKING_OAUTH2_TOKEN_URL"
	}
	return e
}
