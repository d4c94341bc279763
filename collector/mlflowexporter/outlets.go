package mlflowexporter

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"go.opentelemetry.io/collector/component"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// outlets has a Deliverer for each workspace, experiment and kind of delivery, and a
// client for each workspace. All share their connections.
type outlets struct {
	cfg       *Config
	transport http.RoundTripper
	client    *mlflow.Client // of the workspace that the configuration names
	rules     runs.Rules
	log       *zap.Logger

	mu      sync.Mutex
	clients map[string]*mlflow.Client // by workspace
	open    map[outletKey]*outlet
	named   map[place]bool // by a resource attribute that names the experiment
	full    struct{ workspaces, experiments sync.Once }
}

// place is where a trace goes.
type place struct{ workspace, experiment string }

// String is the place for people, and the name of a hold. Names of workspaces have no
// slash.
func (p place) String() string {
	if p.workspace == "" {
		return p.experiment
	}
	return p.workspace + "/" + p.experiment
}

type outletKey struct {
	place
	runs bool
}

// outlet delivers traces to one place.
type outlet struct {
	*deliver.Deliverer
	client *mlflow.Client
	place  place
}

func newOutlets(
	ctx context.Context, cfg *Config, host component.Host, set component.TelemetrySettings, rules runs.Rules,
) (*outlets, error) {
	hc, err := cfg.ClientConfig.ToClient(ctx, host.GetExtensions(), set)
	if err != nil {
		return nil, fmt.Errorf("make HTTP client: %w", err)
	}
	o := &outlets{
		cfg: cfg, transport: hc.Transport, rules: rules, log: set.Logger,
		clients: map[string]*mlflow.Client{}, open: map[outletKey]*outlet{}, named: map[place]bool{},
	}
	if o.client, err = o.connect(cfg.Workspace.Name); err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	o.clients[cfg.Workspace.Name] = o.client
	return o, nil
}

// connect makes the client of a workspace. It sends nothing.
func (o *outlets) connect(workspace string) (*mlflow.Client, error) {
	opts := []mlflow.Option{
		mlflow.WithTransport(o.transport), mlflow.WithTimeout(o.cfg.ClientConfig.Timeout), mlflow.WithWorkspace(workspace),
	}
	if o.cfg.Username != "" {
		opts = append(opts, mlflow.WithBasicAuth(o.cfg.Username, string(o.cfg.Password)))
	}
	if o.cfg.Token != "" {
		opts = append(opts, mlflow.WithToken(string(o.cfg.Token)))
	}
	return mlflow.NewClient(o.cfg.ClientConfig.Endpoint, opts...)
}

// close lets go of kept-alive connections, which all clients share.
func (o *outlets) close() { o.client.CloseIdle() }

// choose gives the outlet of a trace.
func (o *outlets) choose(td *tracepb.TracesData, withRuns bool) (*outlet, error) {
	to := place{workspace: o.workspace(td), experiment: o.experiment(td)}
	o.mu.Lock()
	defer o.mu.Unlock()
	client, err := o.clientOf(&to)
	if err != nil {
		return nil, err
	}
	o.bound(&to)
	key := outletKey{place: to, runs: withRuns && o.cfg.Delivery.Runs}
	out := o.open[key]
	if out == nil {
		out = &outlet{place: to, client: client, Deliverer: deliver.New(client,
			deliver.WithExperiment(to.experiment), deliver.WithRules(o.rules),
			deliver.WithTracking(key.runs), deliver.WithTracing(o.cfg.Delivery.Traces), deliver.WithArtifacts(o.cfg.Delivery.Artifacts),
			deliver.WithUIURL(o.cfg.UIEndpoint))}
		o.open[key] = out
	}
	return out, nil
}

// at gives an outlet of a place that runs were delivered to, or nil.
func (o *outlets) at(name string) *outlet {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, out := range o.open {
		if key.runs && key.String() == name {
			return out
		}
	}
	return nil
}

// clientOf gives the client of a place's workspace, and sets the workspace to the
// configured one where the bound is reached; called under mu.
func (o *outlets) clientOf(to *place) (*mlflow.Client, error) {
	if c := o.clients[to.workspace]; c != nil {
		return c, nil
	}
	if len(o.clients) > o.cfg.Workspace.MaxWorkspaces {
		o.full.workspaces.Do(func() {
			o.log.Warn("workspace::max_workspaces is reached; traces of further names go to the default workspace",
				zap.Int("max_workspaces", o.cfg.Workspace.MaxWorkspaces),
				zap.String("first_name", to.workspace), zap.String("workspace", o.cfg.Workspace.Name))
		})
		to.workspace = o.cfg.Workspace.Name
		return o.client, nil
	}
	c, err := o.connect(to.workspace)
	if err != nil {
		return nil, fmt.Errorf("workspace %q: %w", to.workspace, err)
	}
	o.clients[to.workspace] = c
	return c, nil
}

// bound sets the experiment to the configured one where the bound on names of
// experiments, in all workspaces together, is reached; called under mu.
func (o *outlets) bound(to *place) {
	if to.experiment == o.cfg.Experiment.Name || o.named[*to] {
		return
	}
	if len(o.named) >= o.cfg.Experiment.MaxExperiments {
		o.full.experiments.Do(func() {
			o.log.Warn("experiment::max_experiments is reached; traces of further names go to the default experiment",
				zap.Int("max_experiments", o.cfg.Experiment.MaxExperiments),
				zap.String("first_name", to.experiment), zap.String("experiment", o.cfg.Experiment.Name))
		})
		to.experiment = o.cfg.Experiment.Name
		return
	}
	o.named[*to] = true
}

// check finds out at start what would stop every delivery: it makes the
// experiment. A server that is away is no reason to stop, for the data is kept.
func (o *outlets) check(ctx context.Context) error {
	_, _, err := o.client.EnsureExperiment(ctx, o.cfg.Experiment.Name, nil)
	switch {
	case err == nil:
		return nil
	case mlflow.IsUnauthorized(err):
		return fmt.Errorf("experiment::name: the MLflow server does not let this Collector use or make experiment %q: "+
			"set username and password, token or auth, and the user's permissions: %w", o.cfg.Experiment.Name, err)
	case mlflow.IsNoWorkspace(err):
		return fmt.Errorf("workspace::name: %w", err)
	case mlflow.IsRetryable(err) || ctx.Err() != nil:
		o.log.Warn("MLflow does not answer as it should; traces are kept until it does",
			zap.String("endpoint", o.client.URI()), zap.Error(err))
		return nil
	}
	return fmt.Errorf("experiment::name: MLflow does not take experiment %q: %w", o.cfg.Experiment.Name, err)
}
