package mlflowexporter

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
)

// shared gives the pipelines that name one exporter in their configuration one exporter:
// a trace needs the spans of one pipeline and the log records of another. The Collector
// makes a component for each kind of pipeline, and all of one name get the same *Config.
type shared struct {
	mu    sync.Mutex // held while an exporter starts or ends
	byCfg map[*Config]*instance
}

func newShared() *shared { return &shared{byCfg: map[*Config]*instance{}} }

// instance is an exporter and its users. Guarded by shared.mu.
type instance struct {
	*mlflowExporter
	users    int
	started  bool
	startErr error
}

// use is the exporter as one pipeline has it.
type use struct {
	*instance
	shared *shared
	ended  bool // guarded by shared.mu
}

func (s *shared) use(cfg *Config, set exporter.Settings) (*use, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.byCfg[cfg]
	if i == nil {
		e, err := newExporter(cfg, set)
		if err != nil {
			return nil, err
		}
		i = &instance{mlflowExporter: e}
		s.byCfg[cfg] = i
	}
	i.users++
	return &use{instance: i, shared: s}, nil
}

// start starts the exporter with its first user. The others get what came of that.
func (u *use) start(ctx context.Context, host component.Host) error {
	u.shared.mu.Lock()
	defer u.shared.mu.Unlock()
	if !u.started {
		u.started = true
		u.startErr = u.mlflowExporter.start(ctx, host)
	}
	return u.startErr
}

// shutdown ends the exporter with its last user: until then another may still bring
// something.
func (u *use) shutdown(ctx context.Context) error {
	u.shared.mu.Lock()
	defer u.shared.mu.Unlock()
	if u.ended {
		return nil
	}
	u.ended = true
	if u.users--; u.users > 0 {
		return nil
	}
	delete(u.shared.byCfg, u.cfg)
	return u.mlflowExporter.shutdown(ctx)
}
