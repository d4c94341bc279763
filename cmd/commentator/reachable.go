package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/mlflow"
)

// probeTime is how long a healthy server may take to say so, where the settings do not give requests a time
// of their own. The probe runs beside the first job, which mostly takes longer, so that it costs no time.
const probeTime = 4 * time.Second

// probe asks the MLflow server whether it is there, beside the job, so that a
// server that hangs does not keep the command waiting at its end.
type probe struct {
	answered chan struct{} // closed when the outcome is known
	err      error         // why there is no answer at all
}

// probeLimit is probeTime, or the longer time in seconds that the settings give a request, as far as somebody
// waits for that.
func probeLimit(request float64, wait time.Duration) time.Duration {
	return max(probeTime, min(time.Duration(request*float64(time.Second)), wait))
}

// startProbe asks at once, in a goroutine that ends within probeLimit. wait is how long somebody waits.
func startProbe(ctx context.Context, s config.Settings, wait time.Duration) *probe {
	p := &probe{answered: make(chan struct{})}
	go func() {
		defer close(p.answered)
		ctx, cancel := context.WithTimeout(ctx, probeLimit(s.MLflow.RequestTimeout, wait))
		defer cancel()
		client, err := mlflowConfig(s).Client()
		if err != nil {
			p.err = err
			return
		}
		defer client.CloseIdle()
		if err := client.Health(ctx); !hasAnswered(err) {
			p.err = err
		}
	}()
	return p
}

// wait returns, within the probe's time, why the server is not there; nil if
// it is. It may be called several times.
func (p *probe) wait() error {
	<-p.answered
	return p.err
}

// hasAnswered reports whether something answered a request to MLflow, such as a
// proxy that hides /health, or a login page. What that is about, requests of a
// delivery tell.
func hasAnswered(err error) bool {
	var answer *mlflow.APIError
	var foreign *mlflow.NotMLflowError
	return err == nil || errors.As(err, &answer) || errors.As(err, &foreign)
}

// unreachable says in a sentence why there was no answer of MLflow, and what to do
// where that is known. at is the server's address.
func unreachable(at string, err error) string {
	var (
		credentials *mlflow.CredentialsError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		dns         *net.DNSError
		op          *net.OpError
	)
	text := fmt.Sprint(err)
	switch {
	case errors.As(err, &credentials):
		return fmt.Sprintf("MLflow at %s was not asked: %v", at, credentials) // what else is in err is about the token endpoint
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fmt.Sprintf("MLflow at %s cannot be reached through the proxy that HTTPS_PROXY or HTTP_PROXY names: %v", at, op.Err)
	case errors.As(err, &authority):
		return "MLflow at " + at + " has a certificate of an authority that is not known here: " +
			"name the authority's PEM file in MLFLOW_TRACKING_SERVER_CERT_PATH"
	case errors.As(err, &hostname):
		return fmt.Sprintf("MLflow at %s has a certificate for another host: %v", at, hostname)
	case errors.As(err, &invalid):
		return fmt.Sprintf("MLflow at %s has a certificate that is not valid: %v", at, invalid)
	case strings.Contains(text, "tls: certificate required"):
		return "MLflow at " + at + " wants a certificate of the client: " +
			"name a PEM file with certificate and key in MLFLOW_TRACKING_CLIENT_CERT_PATH"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "what listens at " + at + " speaks http, not https: correct MLFLOW_TRACKING_URI"
	case strings.Contains(text, "malformed HTTP response"):
		return "what listens at " + at + " does not speak http; if it is https, write that in MLFLOW_TRACKING_URI"
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host %s, as MLFLOW_TRACKING_URI names it", dns.Name)
	case errors.As(err, &dns):
		return fmt.Sprintf("the address of host %s cannot be found out: %s", dns.Name, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "MLflow at " + at + " does not answer: nothing listens there"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "MLflow at " + at + " does not answer in time"
	case errors.Is(err, context.Canceled):
		return "interrupted before MLflow at " + at + " was asked"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "MLflow at " + at + " closes connections without an answer"
	}
	return fmt.Sprintf("MLflow at %s cannot be reached: %v", at, err)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// isAway reports whether nothing listens at the server's address, so that it may have to
// be started.
func isAway(err error) bool {
	var credentials *mlflow.CredentialsError
	return errors.Is(err, syscall.ECONNREFUSED) && !errors.As(err, &credentials)
}

// plain says in a sentence that nothing listens at the server's address, for commands that ask nobody but MLflow.
// Other errors stay as they are.
func plain(s config.Settings, err error) error {
	if isAway(err) {
		return errors.New(unreachable(shownURI(s), err))
	}
	return err
}
