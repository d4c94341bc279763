package deliver

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestAnOutageIsAboutTheServerAndNotAboutATrace(t *testing.T) {
	for status, want := range map[int]bool{
		http.StatusBadRequest: false, http.StatusUnprocessableEntity: false, http.StatusInternalServerError: false,
		http.StatusUnauthorized: true, http.StatusTooManyRequests: true, http.StatusBadGateway: true, http.StatusServiceUnavailable: true,
	} {
		err := fmt.Errorf("create run: %w", &mlflow.APIError{Status: status, Code: "X"})
		if got := IsOutage(err); got != want {
			t.Errorf("IsOutage(%d) = %v, want %v", status, got, want)
		}
		if IsOutage(fmt.Errorf("%w: %w", errStopped, err)) {
			t.Errorf("a stopped delivery is no outage (%d)", status)
		}
	}
	if IsOutage(nil) || IsOutage(errors.New("other")) {
		t.Error("no error, or one of our own, is no outage")
	}
}
