package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// ArtifactStoreError says that the artifacts of a run lie where this server lets
// nobody write. It stays so until somebody starts the server otherwise.
type ArtifactStoreError struct {
	Location string // where they lie, without credentials
	Reason   string
}

const (
	reasonOutOfReach   = "the server does not pass artifacts on to there, nor hand out presigned uploads (MLflow 3.12 and newer do, to s3:)"
	reasonProxyOff     = "the server passes no artifacts on (--no-serve-artifacts)"
	reasonNoPresigning = "the server asks for uploads directly to its storage, for which it hands out no presigned addresses"
)

// Error names the location and the ways out.
func (e *ArtifactStoreError) Error() string {
	return fmt.Sprintf("artifacts cannot be written to %q: %s; start the server with --serve-artifacts and --artifacts-destination "+
		"and use an experiment created since (its artifact location then begins with mlflow-artifacts:), "+
		"or leave artifacts out with MLFLOW_ENABLE_ARTIFACTS=false", e.Location, e.Reason)
}

// StorageError says that the storage to which the tracking server handed out a
// presigned address did not take the request. It shows nothing of the address but its
// host, since the rest is a credential.
type StorageError struct {
	Method, Host string
	Status       int           // of HTTP; 0: no answer
	Code         string        // the storage's own word, such as AccessDenied
	Sent         int           // bytes of the request's body
	Wait         time.Duration // that the storage asked for before another try; 0: none
	Err          error         // why there is no answer
}

var _ retry.Hint = (*StorageError)(nil)

// Error names the storage, its answer and how to mend it.
func (e *StorageError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s to the artifact storage at %s by a presigned address: %v (the storage must be reachable from here; "+
			"else have the server pass artifacts on with --serve-artifacts and without --artifacts-presigned-only, "+
			"or leave them out with MLFLOW_ENABLE_ARTIFACTS=false)", e.Method, e.Host, e.Err)
	}
	text := fmt.Sprintf("the artifact storage at %s answered %d", e.Host, e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	text += " to a presigned " + e.Method
	switch {
	case e.tooLarge():
		text += fmt.Sprintf(" (the request has %d bytes; raise the limit of the storage or of the proxy in front of it)", e.Sent)
	case e.Status >= 300 && e.Status < 500:
		text += " (check the tracking server's keys, bucket and region of the storage, and the clocks of both)"
	}
	return text
}

// Unwrap gives why no answer came.
func (e *StorageError) Unwrap() error { return e.Err }

// Retryable reports true but for a body that is too large and a canceled call: what a
// storage refuses otherwise is about its keys, bucket or clock, never about the body,
// and the next try comes with a new address.
func (e *StorageError) Retryable() bool {
	return !e.tooLarge() && !errors.Is(e.Err, context.Canceled)
}

// RetryAfter returns the wait that the storage asked for, 0 when it did not.
func (e *StorageError) RetryAfter() time.Duration { return e.Wait }

func (e *StorageError) tooLarge() bool {
	return e.Status == http.StatusRequestEntityTooLarge || e.Code == "EntityTooLarge" // S3 answers it with 400
}

// IsArtifactsUnavailable reports whether this server takes no artifacts at their
// location, so that each further one there fails in the same way.
func IsArtifactsUnavailable(err error) bool {
	var e *ArtifactStoreError
	return errors.As(err, &e)
}

// IsArtifactStorageFailure reports whether the storage behind the server failed, or
// refused, while the server itself may be well: a caller should go on with the rest,
// where a server that fails as a whole will show it. Behind the proxy that is a bare
// 500 (seen on 2.22.5, 3.12.0, 3.17.2 and 3.18.0 with the storage stopped and with
// wrong keys), a gateway's 504 or no answer in time, since MLflow waits for minutes for a
// storage that takes connections and answers nothing.
func IsArtifactStorageFailure(err error) bool {
	var s *StorageError
	if errors.As(err, &s) {
		return !s.tooLarge()
	}
	var u *url.Error
	if errors.As(err, &u) && u.Timeout() {
		return strings.Contains(u.URL, "/"+proxyRoute)
	}
	e, ok := answer(err)
	return ok && (e.Status == http.StatusInternalServerError || e.Status == http.StatusGatewayTimeout) &&
		(strings.HasPrefix(e.Path, proxyRoute) || strings.HasPrefix(e.Path, presignRoute) && e.Code == "")
}

// IsTooLarge reports whether the server, a proxy in front of it or the storage refused
// a body for its size. The same body is refused again until somebody raises the limit.
func IsTooLarge(err error) bool {
	var s *StorageError
	if errors.As(err, &s) {
		return s.tooLarge()
	}
	e, ok := answer(err)
	return ok && e.Status == http.StatusRequestEntityTooLarge
}

// isPresignedOnly reports the refusal of a proxy that was started with
// --artifacts-presigned-only (reject_proxied_artifact_upload and _download of 3.18).
func isPresignedOnly(err error) bool {
	e, ok := answer(err)
	return ok && e.Status == http.StatusForbidden && e.Code == "PERMISSION_DENIED" &&
		(strings.Contains(e.Message, "directly to storage") || strings.Contains(e.Message, "directly from storage"))
}

// isProxyOff reports the 503 of a server that was started with --no-serve-artifacts.
// All versions name the option that would help.
func isProxyOff(err error) bool {
	e, ok := answer(err)
	return ok && e.Status == http.StatusServiceUnavailable && strings.Contains(e.Message, "--serve-artifacts")
}

// redactLocation removes user, password, query and fragment from the URI of an
// artifact location.
func redactLocation(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "a location that is no URI"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
