package mlflow

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/otel/namedfile"
)

// tokenAge is for how long what was read of a token file is used. Whoever replaces
// tokens does so minutes before the old one ends.
const tokenAge = 2 * time.Second

// maxTokenFile bounds a token file, in bytes: a wrong path is no token.
const maxTokenFile = 64 << 10

// tokenFile is a bearer token in a file that somebody else replaces: the kubelet,
// an agent, a secrets store.
type tokenFile struct {
	path         string
	kind, advice string // for errors

	mu    sync.Mutex
	read  time.Time // of the last attempt
	token string
	known []string // tokens of late, newest last: answers to them may still come
}

// newTokenFile reads the file once, so that a wrong path is told at the start.
func newTokenFile(path, kind, advice string) (*tokenFile, error) {
	f := &tokenFile{path: path, kind: kind, advice: advice}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reload(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *tokenFile) header(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.read) >= tokenAge {
		// A file that is gone for a moment, or empty while it is written, leaves the
		// last token in use.
		if err := f.reload(); err != nil && f.token == "" {
			return "", err
		}
	}
	return "Bearer " + f.token, nil
}

func (f *tokenFile) refused(_ context.Context, used string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reload(); err != nil {
		return "", err
	}
	if value := "Bearer " + f.token; value != used {
		return value, nil
	}
	return "", nil
}

func (f *tokenFile) accepted(string) {}

func (f *tokenFile) secrets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.known)
}

// reload reads the file. The caller holds the lock.
func (f *tokenFile) reload() error {
	f.read = time.Now()
	token, err := readSecretFile(f.path)
	if err != nil {
		return &CredentialsError{Source: f.kind + " " + f.path, Advice: f.advice, Err: err}
	}
	if token != f.token {
		f.token, f.known = token, remember(f.known, token)
	}
	return nil
}

// remember adds secrets to those known, of which the last four are kept.
func remember(known []string, secrets ...string) []string {
	known = append(known, secrets...)
	return slices.Clone(known[max(0, len(known)-4):])
}

// readSecretFile returns a file's text without blanks around it; an empty one is
// an error.
func readSecretFile(path string) (string, error) {
	b, err := namedfile.Read(path, maxTokenFile)
	switch text := strings.TrimSpace(string(b)); {
	case err != nil:
		return "", err
	case text == "":
		return "", errors.New("it is empty")
	default:
		return text, nil
	}
}

// serviceAccountDir is where a pod finds the token of its service account
// (Kubernetes documentation, "Configure Service Accounts for Pods").
const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// outsidePod is the advice of errors about serviceAccountDir.
const outsidePod = "the kubernetes modes of MLFLOW_TRACKING_AUTH work in a pod with a service account token; elsewhere unset it, and " +
	"set MLFLOW_TRACKING_TOKEN to what kubectl create token prints"

func newServiceAccount(dir string) (*tokenFile, error) {
	return newTokenFile(filepath.Join(dir, "token"), "service account token", outsidePod)
}

// podNamespace is the workspace of mode kubernetes-namespaced.
func podNamespace(dir string) (string, error) {
	path := filepath.Join(dir, "namespace")
	name, err := readSecretFile(path)
	if err != nil {
		return "", &CredentialsError{Source: "service account namespace " + path, Advice: outsidePod, Err: err}
	}
	return name, nil
}
