package deliver

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/technoshare/commentator/otel/mlflow"
)

// One request holds so much: MLflow stores 1,000 spans in 0.3–0.7 s, and 32,000
// in one request in 19 s.
const (
	maxRequestSpans = 1000
	maxRequestBytes = 8 << 20
	// maxBisect bounds the extra requests spent on finding refused spans.
	maxBisect = 200
)

// uploader sends stored spans over OTLP as an exporter would, compressed or not.
type uploader struct{ plain, gzip otlptrace.Client }

func newUploader(c *mlflow.Client) uploader {
	return uploader{plain: newOTLP(c, otlptracehttp.NoCompression), gzip: newOTLP(c, otlptracehttp.GzipCompression)}
}

// newOTLP makes an exporter's client. Its own retry is off: the outbox decides. The
// explicit headers keep OTEL_EXPORTER_OTLP_HEADERS, the key of another backend, away
// from MLflow; and the client's transport makes the timeout, TLS and typed errors.
func newOTLP(c *mlflow.Client, compression otlptracehttp.Compression) otlptrace.Client {
	return otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL(c.OTLPEndpoint()),
		otlptracehttp.WithHeaders(map[string]string{}),
		otlptracehttp.WithCompression(compression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false}),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: c.Transport(), Timeout: c.Timeout()}),
	)
}

// isLoopback reports whether compressing costs more than it saves.
func isLoopback(uri string) bool {
	return strings.HasPrefix(uri, "http://127.") || strings.HasPrefix(uri, "http://localhost")
}

// uploadSpans posts all spans. MLflow refuses a whole request for one bad span;
// then halves are tried until the bad ones stand alone, and only those stay
// behind, in Result.Poison.
func (j *job) uploadSpans() error {
	budget := maxBisect
	for _, part := range requests(j.spans.send) {
		if err := j.uploadPart(part, &budget); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) uploadPart(part []span, budget *int) error {
	gzip := j.caps.Has(mlflow.FeatureOTLPGzip) && !isLoopback(j.d.client.URI())
	err := j.post(part, gzip)
	if gzip && isContentRefused(err) {
		// Before spans are blamed: an older server may be there by now.
		if refused := err; j.post(part, false) == nil {
			return j.contradict(mlflow.FeatureOTLPGzip, refused)
		}
	}
	if err == nil || !isContentRefused(err) {
		return err
	}
	if *budget--; len(part) == 1 || *budget <= 0 {
		if len(j.result.Poison) == 0 {
			j.result.PoisonReason = apiError(err).Error()
		}
		for _, s := range part {
			j.result.Poison = append(j.result.Poison, s.span)
		}
		return nil
	}
	half := len(part) / 2
	if err := j.uploadPart(part[:half], budget); err != nil {
		return err
	}
	return j.uploadPart(part[half:], budget)
}

// post sends one request.
func (j *job) post(part []span, gzip bool) error {
	client := j.d.otlp.plain
	if gzip {
		client = j.d.otlp.gzip
	}
	return j.step("send spans", func(ctx context.Context) error {
		ctx = mlflow.WithHeader(ctx, "x-mlflow-experiment-id", j.experimentID)
		return client.UploadTraces(ctx, wrap(part))
	})
}

// isContentRefused reports whether the server, or a proxy that bounds bodies,
// understood a request and refuses its content.
func isContentRefused(err error) bool {
	e := apiError(err)
	if e == nil || mlflow.IsExperimentGone(err) {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return !mlflow.IsRetryable(err)
	}
	return false
}
