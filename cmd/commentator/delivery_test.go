package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
)

func TestADeliveryIsToldAsWhatIsThere(t *testing.T) {
	there := deliver.Result{ParentRunID: "r1", RunURL: "http://run", TraceURL: "http://trace"}
	without := there
	without.Missing = []deliver.Missing{{Part: deliver.PartArtifacts, Count: 3, Reason: "no store"}, {Part: deliver.PartTrace, Count: 1, Reason: "no route"}}
	poisoned := there
	poisoned.Poison, poisoned.PoisonReason = make([]*tracepb.Span, 2), "too long"
	failed := func(err, last error) error {
		return &deliver.NotDeliveredError{TraceID: trace.TraceID{1}, Err: err, Last: last}
	}
	no := errors.New("no")
	partial := &deliver.ArtifactsError{Missing: 4, Err: errors.New("bucket away")}
	for name, c := range map[string]struct {
		result  deliver.Result
		err     error
		done    bool
		why     []string
		missing []string
	}{
		"all":          {there, nil, true, nil, nil},
		"incomplete":   {without, nil, true, nil, []string{"artifacts (3): no store", "trace: no route"}},
		"poison":       {poisoned, nil, false, []string{"refused 2 spans", "too long", "outbox retry", "once that is mended"}, nil},
		"no artifacts": {there, failed(partial, partial), false, []string{"all but 4 artifacts delivered: bucket away", "outbox retry"}, nil},
		"no trace":     {there, failed(no, &deliver.TraceError{Err: no}), false, []string{"all runs delivered, the trace not yet: no"}, nil},
		"attempt":      {deliver.Result{}, failed(no, no), false, []string{"did not take the trace: no", "next run"}, nil},
		"others":       {deliver.Result{}, failed(no, nil), false, []string{"does not take traces now: no"}, nil},
		"slow": {deliver.Result{}, failed(context.DeadlineExceeded, nil), false,
			[]string{"answers, but", "not complete within 7s", "--wait"}, nil},
		"interrupted": {deliver.Result{}, failed(context.Canceled, nil), false, []string{"interrupted"}, nil},
		"refused": {there, &deliver.DeadLetterError{Err: errors.New("no such experiment")}, false,
			[]string{"refused the trace: no such experiment", "once that is mended"}, nil},
		"lost": {deliver.Result{}, &deliver.LostError{}, false, []string{"not in the outbox any more"}, nil},
	} {
		d := newDelivery("http://m", c.result, c.err, 7*time.Second)
		if d.done != c.done || d.runID != c.result.ParentRunID || d.runURL != c.result.RunURL || d.traceURL != c.result.TraceURL ||
			!slices.Equal(d.missing, c.missing) || (d.why == "") != c.done {
			t.Errorf("%s: %+v", name, d)
		}
		for _, w := range c.why {
			if !strings.Contains(d.why, w) {
				t.Errorf("%s: no %q in %q", name, w, d.why)
			}
		}
		if !c.done && name != "interrupted" && !strings.Contains(d.why, "http://m") {
			t.Errorf("%s: no address in %q", name, d.why)
		}
	}
}

func TestServersThatDoNotAnswerAreToldApart(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for want, err := range map[string]error{
		"not known here: name the authority's PEM file in MLFLOW_TRACKING_SERVER_CERT_PATH": x509.UnknownAuthorityError{},
		"certificate for another host":  x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other"}}, Host: "m"},
		"certificate that is not valid": x509.CertificateInvalidError{Reason: x509.Expired},
		"MLFLOW_TRACKING_CLIENT_CERT_PATH": &net.OpError{Op: "remote error",
			Err: errors.New("tls: certificate required")},
		"speaks http, not https":                 http.ErrSchemeMismatch,
		"if it is https":                         errors.New(`malformed HTTP response "\x15\x03\x01"`),
		"there is no host mlflow.example,":       dial(&net.DNSError{Name: "mlflow.example", IsNotFound: true}),
		"address of host m cannot be found out":  dial(&net.DNSError{Name: "m", Err: "server misbehaving"}),
		"does not answer: nothing listens there": dial(syscall.ECONNREFUSED),
		"does not answer in time":                context.DeadlineExceeded,
		"was not asked: get credentials for MLflow from the token endpoint": &mlflow.CredentialsError{
			Source: "the token endpoint", Err: dial(syscall.ECONNREFUSED)},
		"through the proxy that HTTPS_PROXY":             &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED},
		"interrupted before":                             context.Canceled,
		"closes connections without an answer":           io.EOF,
		"cannot be reached: call MLflow: something else": errors.New("something else"),
	} {
		got := unreachable("http://m:5000", fmt.Errorf("call MLflow: %w", err))
		if !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
		if !strings.Contains(got, "http://m:5000") && !strings.Contains(want, "host m") {
			t.Errorf("%v: no address in %q", err, got)
		}
	}
}

func TestOnlyAServerThatIsAwayIsToBeStarted(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, c := range map[string]struct {
		at   string
		err  error
		want bool
	}{
		"away":                   {"http://127.0.0.1:5000", refused, true},
		"on another machine":     {"http://mlflow.example:5000", refused, false},
		"no credentials":         {"http://127.0.0.1:5000", &mlflow.CredentialsError{Source: "the token endpoint", Err: refused}, false},
		"there, and refuses all": {"http://127.0.0.1:5000", &mlflow.APIError{Status: 401}, false},
	} {
		if got := noServer(c.at, c.err); strings.Contains(got, "start_mlflow.sh") != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnAnswerThatIsNotHealthIsAnAnswer(t *testing.T) {
	for err, want := range map[error]bool{
		nil: true, &mlflow.APIError{Status: 404}: true, &mlflow.NotMLflowError{Err: io.EOF}: true, io.EOF: false,
	} {
		if got := hasAnswered(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestASlowServerHasTheTimeThatTheSettingsGiveIt(t *testing.T) {
	for name, c := range map[string]struct {
		request    float64
		wait, want time.Duration
	}{
		"no setting":        {0, time.Minute, probeTime},
		"a short one":       {1, time.Minute, probeTime},
		"a long one":        {20, time.Minute, 20 * time.Second},
		"longer than asked": {120, time.Minute, time.Minute},
		"nobody waits":      {120, 0, probeTime},
	} {
		if got := probeLimit(c.request, c.wait); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
