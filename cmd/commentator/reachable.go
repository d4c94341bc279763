package main

import (
	"context"
	"errors"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/mlflow"
)

// probeTime is how long a healthy server may take to say so. It runs beside the
// first job, which takes longer, so that it costs no time.
const probeTime = 2 * time.Second

// probe asks the MLflow server whether it is there, beside the job, so that a
// server that hangs does not keep the command waiting at its end.
type probe struct {
	answered chan struct{} // closed when the outcome is known
	ok       bool
}

// startProbe asks at once, in a goroutine that ends within probeTime.
func startProbe(ctx context.Context, s config.Settings) *probe {
	p := &probe{answered: make(chan struct{})}
	go func() {
		defer close(p.answered)
		ctx, cancel := context.WithTimeout(ctx, probeTime)
		defer cancel()
		client, err := mlflowConfig(s).Client()
		if err != nil {
			return
		}
		defer client.CloseIdle()
		err = client.Health(ctx)
		var answer *mlflow.APIError // a proxy that hides /health answers all the same
		p.ok = err == nil || errors.As(err, &answer)
	}()
	return p
}

// wait reports, within probeTime of the start, whether the server is there. It
// may be called several times.
func (p *probe) wait() bool {
	<-p.answered
	return p.ok
}
