package mlflow

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// answer returns the server's refusal in err.
func answer(err error) (*APIError, bool) {
	var e *APIError
	ok := errors.As(err, &e)
	return e, ok
}

// IsRetryable reports whether the same call with the same data can succeed later.
// That is so after trouble of the network, with an overloaded or restarting
// server, when two writes met, and for what somebody can put right outside:
// refused credentials, a wrong address, a deleted experiment. It is not so once
// the caller's context was canceled.
func IsRetryable(err error) bool { return retry.Retryable(err) }

// RetryAfter returns the wait that the server itself asked for, 0 when it did not.
func RetryAfter(err error) time.Duration {
	if e, ok := answer(err); ok {
		return e.Wait
	}
	return 0
}

// IsAmbiguous reports whether the request may have been processed although no
// answer, or none of the server itself, came: a create must not be repeated
// before a search.
func IsAmbiguous(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := answer(err); ok { // the server's or a gateway's own failure after handing on
		return e.Status >= 500 && e.Status != http.StatusNotImplemented
	}
	return !notSent(err)
}

// notSent reports whether no connection was made, or no credentials were had, so
// that surely nothing was processed.
func notSent(err error) bool {
	if _, ok := errors.AsType[*CredentialsError](err); ok {
		return true
	}
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || (errors.As(err, &op) && op.Op == "dial")
}

// IsNotFound reports whether the experiment, run, trace, model, prompt or alias does not
// exist.
func IsNotFound(err error) bool {
	e, ok := answer(err)
	return ok && (e.Status == http.StatusNotFound || e.Code == "RESOURCE_DOES_NOT_EXIST" || e.noAlias()) && !e.noWorkspace()
}

// IsNoWorkspace reports whether the workspace that the request named is missing, or the
// server has no workspaces at all.
func IsNoWorkspace(err error) bool {
	e, ok := answer(err)
	return ok && e.noWorkspace()
}

// IsAlreadyExists reports whether a resource of that name is there.
func IsAlreadyExists(err error) bool {
	e, ok := answer(err)
	return ok && e.Code == "RESOURCE_ALREADY_EXISTS"
}

// IsUnauthorized reports whether the credentials are missing, wrong or too weak.
func IsUnauthorized(err error) bool {
	e, ok := answer(err)
	return ok && e.unauthorized()
}

// IsUniqueViolation reports whether two equal writes met. MLflow answers 400
// BAD_REQUEST with the database's words; the same write sent again succeeds.
func IsUniqueViolation(err error) bool {
	e, ok := answer(err)
	return ok && e.uniqueViolation()
}

// IsParamConflict reports whether a param is there already with another value.
func IsParamConflict(err error) bool {
	e, ok := answer(err)
	return ok && e.Code == "INVALID_PARAMETER_VALUE" && strings.Contains(e.Message, "Changing param values")
}

// IsUnsupported reports whether this server does not have that call: it is an
// older version, or its store cannot do it. It is meaningful only for calls whose
// path holds no id.
func IsUnsupported(err error) bool {
	e, ok := answer(err)
	return ok && (e.Status == http.StatusNotImplemented || e.Status == http.StatusMethodNotAllowed ||
		e.Code == "ENDPOINT_NOT_FOUND" || e.foreign() || strings.Contains(e.Message, "not supported in FileStore"))
}

// IsExperimentGone reports whether the experiment that a call named is deleted or
// removed for good, so that its name or id has to be resolved anew.
func IsExperimentGone(err error) bool {
	e, ok := answer(err)
	return ok && (IsNotFound(err) && strings.Contains(strings.ToLower(e.Message), "experiment") || e.inactive("experiment"))
}

// IsRunGone reports whether the server does not know the run that a call named: it was
// removed for good, or the server has another database than when the run was made.
func IsRunGone(err error) bool {
	e, ok := answer(err)
	return ok && e.noRun()
}

// IsRunDeleted reports whether the run that a call writes to was deleted.
func IsRunDeleted(err error) bool {
	e, ok := answer(err)
	return ok && !IsExperimentGone(err) && e.inactive("run")
}
