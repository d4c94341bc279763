package mlflowexporter

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"go.opentelemetry.io/collector/component"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// outlets has a Deliverer for each experiment and kind of delivery.
type outlets struct {
	cfg    *Config
	client *mlflow.Client
	rules  runs.Rules
	log    *zap.Logger

	mu       sync.Mutex
	open     map[outletKey]*deliver.Deliverer
	names    map[string]bool
	overflow sync.Once
}

type outletKey struct {
	experiment string
	runs       bool
}

func newOutlets(
	ctx context.Context, cfg *Config, host component.Host, set component.TelemetrySettings, rules runs.Rules,
) (*outlets, error) {
	hc, err := cfg.ClientConfig.ToClient(ctx, host.GetExtensions(), set)
	if err != nil {
		return nil, fmt.Errorf("make HTTP client: %w", err)
	}
	opts := []mlflow.Option{mlflow.WithTransport(hc.Transport), mlflow.WithTimeout(cfg.ClientConfig.Timeout)}
	if cfg.Username != "" {
		opts = append(opts, mlflow.WithBasicAuth(cfg.Username, string(cfg.Password)))
	}
	if cfg.Token != "" {
		opts = append(opts, mlflow.WithToken(string(cfg.Token)))
	}
	client, err := mlflow.NewClient(cfg.ClientConfig.Endpoint, opts...)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	return &outlets{
		cfg: cfg, client: client, rules: rules, log: set.Logger,
		open: map[outletKey]*deliver.Deliverer{}, names: map[string]bool{cfg.Experiment.Name: true},
	}, nil
}

// choose gives the Deliverer of a trace, and the experiment that the trace goes to.
func (o *outlets) choose(td *tracepb.TracesData, withRuns bool) (d *deliver.Deliverer, experiment string) {
	key := outletKey{experiment: o.experiment(td), runs: withRuns}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.names[key.experiment] {
		if len(o.names) > o.cfg.Experiment.MaxExperiments {
			o.overflow.Do(func() {
				o.log.Warn("experiment::max_experiments is reached; traces of further names go to the default experiment",
					zap.Int("max_experiments", o.cfg.Experiment.MaxExperiments),
					zap.String("first_name", key.experiment), zap.String("experiment", o.cfg.Experiment.Name))
			})
			key.experiment = o.cfg.Experiment.Name
		}
		o.names[key.experiment] = true
	}
	if d = o.open[key]; d == nil {
		d = deliver.New(o.client, deliver.WithExperiment(key.experiment), deliver.WithRules(o.rules),
			deliver.WithTracking(withRuns), deliver.WithUIURL(o.cfg.UIEndpoint))
		o.open[key] = d
	}
	return d, key.experiment
}

// maxExperimentName is MLflow's limit.
const maxExperimentName = 500

// experiment names the experiment of a trace: by the resource of its root, else
// by the first resource that says one.
func (o *outlets) experiment(td *tracepb.TracesData) string {
	if o.cfg.Experiment.FromAttribute == "" {
		return o.cfg.Experiment.Name
	}
	name := ""
	for _, rs := range td.GetResourceSpans() {
		v := attributeText(rs.GetResource().GetAttributes(), o.cfg.Experiment.FromAttribute)
		if v == "" {
			continue
		}
		if name == "" {
			name = v
		}
		if hasRoot(rs) {
			name = v
			break
		}
	}
	if name == "" || len(name) > maxExperimentName || !utf8.ValidString(name) {
		return o.cfg.Experiment.Name
	}
	return name
}

func hasRoot(rs *tracepb.ResourceSpans) bool {
	for _, ss := range rs.GetScopeSpans() {
		for _, s := range ss.GetSpans() {
			if len(s.GetParentSpanId()) == 0 {
				return true
			}
		}
	}
	return false
}

func attributeText(attrs []*commonpb.KeyValue, key string) string {
	for _, kv := range attrs {
		if kv.GetKey() == key {
			return strings.TrimSpace(kv.GetValue().GetStringValue())
		}
	}
	return ""
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
	case mlflow.IsRetryable(err) || ctx.Err() != nil:
		o.log.Warn("MLflow does not answer as it should; traces are kept until it does",
			zap.String("endpoint", o.client.URI()), zap.Error(err))
		return nil
	}
	return fmt.Errorf("experiment::name: MLflow does not take experiment %q: %w", o.cfg.Experiment.Name, err)
}
