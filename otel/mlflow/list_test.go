package mlflow

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// saying is a server with one answer.
type saying string

func (s saying) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(string(s))),
	}, nil
}

// TestWhatBecomesOfAnAnswerIsBounded: 32 MiB of empty traces, 32 kB of them when compressed, took 9 GiB.
func TestWhatBecomesOfAnAnswerIsBounded(t *testing.T) {
	many := func(what string, n int) string { return strings.Repeat(what+",", n-1) + what }
	for name, c := range map[string]struct {
		answer saying
		found  int // -1: it is none of MLflow's
	}{
		"a page":                     {saying(`{"runs":[` + many("{}", 1000) + `],"traces":[` + many("{}", 1000) + `]}`), 1000},
		"the largest page":           {saying(`{"runs":[` + many("{}", maxListed) + `],"traces":[` + many("{}", maxListed) + `]}`), maxListed},
		"an empty one":               {`{"runs":[],"traces":[]}`, 0},
		"nothing":                    {`{"runs":null,"traces":null}`, 0},
		"commas in a text":           {saying(`{"runs":[{"info":{"run_name":"\\\"` + strings.Repeat(",", maxValues+1) + `"}}],"traces":[{}]}`), 1},
		"more than a page can have":  {saying(`{"runs":[` + many("{}", maxListed+1) + `],"traces":[` + many("null", maxListed+1) + `]}`), -1},
		"more values than it can":    {saying(`{"runs":[{"data":{"tags":[` + many("{}", maxValues+2) + `]}}],"traces":[{}]}`), -1},
		"an object in its place":     {`{"runs":{"a":1},"traces":{}}`, -1},
		"a word in its place":        {`{"runs":"a","traces":"a"}`, -1},
		"a word in an element's":     {`{"runs":["a"],"traces":[1]}`, -1},
		"a list that does not close": {`{"runs":[{},"traces":[{}`, -1},
	} {
		client, err := NewClient("http://mlflow.example", WithTransport(c.answer))
		if err != nil {
			t.Fatal(err)
		}
		runs, _, runsErr := client.SearchRuns(t.Context(), RunSearch{})
		traces, tracesErr := client.SearchTraces(t.Context(), "1", "", 10)
		for kind, err := range map[string]error{fmt.Sprintf("%d runs", len(runs)): runsErr, fmt.Sprintf("%d traces", len(traces)): tracesErr} {
			var foreign *NotMLflowError
			if errors.As(err, &foreign) != (c.found < 0) || err == nil && (len(runs) != c.found || len(traces) != c.found) {
				t.Errorf("%s: %s, %v", name, kind, err)
			}
		}
	}
}
