package admissionextension

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/admissionextension/internal/metadata"
	"github.com/technoshare/commentator/collector/admissionextension/internal/weigh"
)

var (
	_ extensionmiddleware.HTTPServer = (*admission)(nil)
	_ extensionmiddleware.GRPCServer = (*admission)(nil)
)

// Why a request is refused, beside what package weigh says of it.
var (
	errFull = errors.New("requests under way take all the memory there is for them: try again")
	errSlow = errors.New("the request did not come in time: try again")
	errSize = errors.New("the request is larger than all requests together may be: send fewer spans at once")
)

type admission struct {
	component.StartFunc
	budget    *budget
	waiting   atomic.Int64 // calls of gRPC that wait for their turn
	grpcBytes int64
	// messageTimeout is the constant, but in tests; over HTTP it is that of a body.
	messageTimeout time.Duration
	endTimeout     time.Duration // the constant, but in tests
	unfinished     unfinished
	log            *zap.Logger
	telemetry      *metadata.TelemetryBuilder
	schemas        map[string]weigh.Schema // by the last part of a path, or the name of a service

	mu   sync.Mutex
	said map[string]time.Time // by reason
}

func newAdmission(cfg *Config, set extension.Settings) (*admission, error) {
	a := &admission{
		budget: &budget{limit: cfg.LimitMiB << 20}, grpcBytes: cfg.GRPCMessageMiB << 20, messageTimeout: messageTimeout, endTimeout: endTimeout,
		log: set.Logger, said: map[string]time.Time{},
		schemas: map[string]weigh.Schema{"traces": weigh.Traces(), "logs": weigh.Logs(), "metrics": weigh.Metrics()},
	}
	allowMessage(a.grpcBytes)
	var err error
	if a.telemetry, err = metadata.NewTelemetryBuilder(set.TelemetrySettings); err != nil {
		return nil, fmt.Errorf("make instruments: %w", err)
	}
	err = a.telemetry.RegisterAdmissionUsedBytesCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(a.budget.inUse())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make instruments: %w", err)
	}
	return a, nil
}

// Shutdown implements component.Component.
func (a *admission) Shutdown(context.Context) error {
	a.telemetry.Shutdown()
	return nil
}

// reason is how a refusal is counted.
func reason(err error) string {
	switch {
	case errors.Is(err, errFull):
		return "full"
	case errors.Is(err, errSlow):
		return "slow"
	case errors.Is(err, errSize):
		return "size"
	case errors.Is(err, weigh.ErrDepth):
		return "depth"
	}
	return "malformed"
}

// refused counts a refusal, and logs one of its kind a minute.
func (a *admission) refused(transport string, err error) {
	why := reason(err)
	a.telemetry.AdmissionRefusedRequests.Add(context.Background(), 1,
		metric.WithAttributes(attribute.String("transport", transport), attribute.String("reason", why)))
	a.mu.Lock()
	now := time.Now()
	silent := now.Sub(a.said[why]) < time.Minute
	if !silent {
		a.said[why] = now
	}
	a.mu.Unlock()
	if !silent {
		a.log.Warn("a request is refused, as may be others; see admission::limit_mib",
			zap.String("transport", transport), zap.String("reason", why), zap.Error(err), zap.Int64("used_bytes", a.budget.inUse()))
	}
}

// permanent reports whether a request is refused however often it comes.
func permanent(err error) bool { return !errors.Is(err, errFull) && !errors.Is(err, errSlow) }
