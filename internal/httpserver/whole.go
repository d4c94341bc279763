package httpserver

import (
	"bytes"
	"net/http"
)

// Whole serves h so that its answer is made to its end before any of it is sent: a client that does
// not read holds the answer's memory and a connection, and nothing that h has while it works.
func Whole(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &wholeAnswer{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(answer, r)
		w.WriteHeader(answer.status)
		_, _ = answer.body.WriteTo(w)
	})
}

// wholeAnswer keeps an answer; headers are those of the ResponseWriter.
type wholeAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *wholeAnswer) WriteHeader(status int)      { a.status = status }
func (a *wholeAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }
