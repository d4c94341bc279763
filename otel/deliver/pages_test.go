package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/internal/pagestest"
	"github.com/technoshare/commentator/otel/mlflow"
)

// TestASearchForRunsHasAnEnd: a delivery under way has no other.
func TestASearchForRunsHasAnEnd(t *testing.T) {
	for page, asked := range map[string]int{"": maxRunPages, strings.Repeat("{},", maxRuns/10-1) + "{}": 10} {
		server := &pagestest.Endless{Page: `"runs":[` + page + `]`}
		c, err := mlflow.NewClient("http://mlflow.example", mlflow.WithTransport(server))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var foreign *mlflow.NotMLflowError
		_, err = (&Deliverer{client: c}).allRuns(ctx, mlflow.RunSearch{})
		if !errors.As(err, &foreign) || !mlflow.IsRetryable(err) || server.Asked != asked {
			t.Errorf("after %d pages: %v", server.Asked, err)
		}
	}
}
