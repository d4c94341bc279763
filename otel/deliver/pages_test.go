package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// leadsOn is a server whose pages all have another one for the next.
type leadsOn struct {
	asked int
	page  string // what stands on each
}

func (l *leadsOn) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	l.asked++
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(fmt.Sprintf(`{"next_page_token":"%d","runs":[%s]}`, l.asked, l.page))),
	}, nil
}

// TestASearchForRunsHasAnEnd: a delivery under way has no other.
func TestASearchForRunsHasAnEnd(t *testing.T) {
	for page, asked := range map[string]int{"": maxRunPages, strings.Repeat("{},", maxRuns/10-1) + "{}": 10} {
		server := &leadsOn{page: page}
		c, err := mlflow.NewClient("http://mlflow.example", mlflow.WithTransport(server))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var foreign *mlflow.NotMLflowError
		_, err = (&Deliverer{client: c}).allRuns(ctx, mlflow.RunSearch{})
		if !errors.As(err, &foreign) || !mlflow.IsRetryable(err) || server.asked != asked {
			t.Errorf("after %d pages: %v", server.asked, err)
		}
	}
}
