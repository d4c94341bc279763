package deliver

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// awayServer lets nobody through, and signals each attempt.
type awayServer struct{ tried chan struct{} }

func (s awayServer) attempt() error {
	s.tried <- struct{}{}
	return answer(http.StatusServiceUnavailable, time.Hour)
}

func (s awayServer) Handle(context.Context, Work, *tracepb.TracesData) (Result, error) {
	return Result{}, s.attempt()
}

// unpreparedServer is away before anything else could be done.
type unpreparedServer struct{ awayServer }

func (s unpreparedServer) prepare(context.Context, func(trace.TraceID) bool) (int, error) {
	return 0, s.attempt()
}

func TestWaitIsAnsweredForADroppedTraceThoughTheServerIsAway(t *testing.T) {
	away := awayServer{tried: make(chan struct{}, 10)}
	for name, handler := range map[string]Handler{
		"since before the queue began": unpreparedServer{away},
		"since a delivery":             away,
	} {
		t.Run(name, func(t *testing.T) {
			s := openSpool(t, t.TempDir())
			q := NewSpoolQueue(s, handler, WithBackoff(time.Hour, time.Hour))
			id := putPart(t, s, 1, 1, true)
			stop := runQueue(q)
			defer stop()
			<-away.tried // and the queue knows of the trace
			// Until the attempt is recorded, the trace is in use.
			for !q.Stats().ServerDown || q.Stats().LastError == "" {
				time.Sleep(ms)
			}
			for _, e := range s.Entries() {
				if err := s.Remove(e.ID); err != nil { // outbox drop
					t.Fatal(err)
				}
			}
			putPart(t, s, 2, 1, false) // something makes it look
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := q.Wait(ctx, id)
			var lost *LostError
			if !errors.As(err, &lost) {
				t.Errorf("error %v", err)
			}
			if len(away.tried) > 0 {
				t.Error("the server was asked for a trace that is gone")
			}
		})
	}
}
