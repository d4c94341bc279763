package mlflowexporter

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/collector/internal/listprices"
	"github.com/technoshare/commentator/otel/runs"
)

// Config is what a user writes below exporters::mlflow.
type Config struct {
	// ClientConfig has the endpoint, which is the tracking server's address, the
	// value of MLFLOW_TRACKING_URI elsewhere. Its keys stand beside the
	// exporter's own.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`

	// Username with Password, or Token, for a server with accounts. Other
	// schemes come as an extension through auth.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	Token    configopaque.String `mapstructure:"token"`

	// UIEndpoint is the server's address as people reach it, for links.
	UIEndpoint string `mapstructure:"ui_endpoint"`

	Workspace  WorkspaceConfig  `mapstructure:"workspace"`
	Experiment ExperimentConfig `mapstructure:"experiment"`

	// Rules say which spans become runs and what of a span goes where; RulesFile
	// holds the same as a file of its own.
	Rules     map[string]any `mapstructure:"rules"`
	RulesFile string         `mapstructure:"rules_file"`

	// Prices are what model calls cost whose cost no span says.
	Prices listprices.Config `mapstructure:"prices"`

	// NonGenAITraces is what becomes of traces without a GenAI span: drop,
	// trace_only or project.
	NonGenAITraces NonGenAI `mapstructure:"non_genai_traces"`

	// Storage is the extension that keeps traces until they are delivered.
	// Without one they are kept in memory, and lost with the process.
	Storage *component.ID `mapstructure:"storage"`

	Assembly AssemblyConfig `mapstructure:"assembly"`
	Limits   LimitsConfig   `mapstructure:"limits"`
	Delivery DeliveryConfig `mapstructure:"delivery"`

	// RetryConfig is for the delivery of traces to the server.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`
	// QueueConfig puts a queue in front of the storage. Off by default: a
	// receiver's answer then means that the spans are stored.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
}

// WorkspaceConfig names the workspace of a server with workspaces (mlflow server
// --enable-workspaces), which must be there.
type WorkspaceConfig struct {
	// Name of the workspace; empty for the server's default one.
	Name string `mapstructure:"name"`
	// FromAttribute is a resource attribute that names the workspace of its
	// traces; Name is for traces without it.
	FromAttribute string `mapstructure:"from_attribute"`
	// MaxWorkspaces bounds the names that FromAttribute gives; traces beyond go to
	// Name.
	MaxWorkspaces int `mapstructure:"max_workspaces"`
}

// ExperimentConfig says where runs and traces go.
type ExperimentConfig struct {
	// Name of the experiment; made when there is none.
	Name string `mapstructure:"name"`
	// FromAttribute is a resource attribute that names the experiment of its
	// traces; Name is for traces without it.
	FromAttribute string `mapstructure:"from_attribute"`
	// MaxExperiments bounds the experiments that FromAttribute makes; traces
	// beyond go to Name.
	MaxExperiments int `mapstructure:"max_experiments"`
}

// AssemblyConfig says when a trace is complete.
type AssemblyConfig struct {
	// WaitAfterRoot is how long nothing may come once the root was seen.
	WaitAfterRoot time.Duration `mapstructure:"wait_after_root"`
	// MaxWait is how long a trace may wait for its root, or for quiet.
	MaxWait time.Duration `mapstructure:"max_wait"`
	// MaxOpen is how long a trace without its root may be silent before it is given
	// up. 0 gives it up after MaxWait.
	MaxOpen time.Duration `mapstructure:"max_open"`
	// LateWindow is how long a delivered trace is kept, so that a span that
	// comes late corrects its runs.
	LateWindow time.Duration `mapstructure:"late_window"`
	// MaxTraceSpans and MaxTraceBytes bound a trace that is handled whole; one
	// that grows beyond is delivered in pieces. Bytes are compressed.
	MaxTraceSpans int   `mapstructure:"max_trace_spans"`
	MaxTraceBytes int64 `mapstructure:"max_trace_bytes"`
}

// LimitsConfig bounds what is stored. At the bound spans are refused in a way
// that makes their sender try again.
type LimitsConfig struct {
	MaxTraces int   `mapstructure:"max_traces"`
	MaxSpans  int   `mapstructure:"max_spans"`
	MaxBytes  int64 `mapstructure:"max_bytes"` // compressed
	// MaxSpanBytes bounds one span, before it is compressed. Of a larger one the longest
	// texts are cut, with a mark, when it comes.
	MaxSpanBytes int `mapstructure:"max_span_bytes"`
	// MaxRefused bounds the traces that the server refuses, or takes only in part;
	// beyond it the oldest of them is dropped.
	MaxRefused int `mapstructure:"max_refused"`
}

// DeliveryConfig is how traces go to the server.
type DeliveryConfig struct {
	// Runs, Traces and Artifacts say what is delivered, as MLFLOW_ENABLE_TRACKING,
	// MLFLOW_ENABLE_TRACING and MLFLOW_ENABLE_ARTIFACTS do elsewhere.
	Runs      bool `mapstructure:"runs"`
	Traces    bool `mapstructure:"traces"`
	Artifacts bool `mapstructure:"artifacts"`
	// Running shows a trace whose root has not come as RUNNING, and again as it
	// grows, RunningInterval or more apart.
	Running         bool          `mapstructure:"running"`
	RunningInterval time.Duration `mapstructure:"running_interval"`
	// Concurrency is how many traces are delivered at once, as far as MemoryMiB allows.
	Concurrency int `mapstructure:"concurrency"`
	// MemoryMiB bounds what all traces under delivery take together, as estimated from
	// their spans and bytes. One that takes more is delivered alone.
	MemoryMiB int64 `mapstructure:"memory_mib"`
	// RefusedInterval is how often a refused trace is tried again, and how often
	// the server is asked whether it can do now what it could not.
	RefusedInterval time.Duration `mapstructure:"refused_interval"`
	// DrainTimeout is how long a shutdown without storage waits for what is in
	// memory to be delivered.
	DrainTimeout time.Duration `mapstructure:"drain_timeout"`
}

// NonGenAI is what becomes of traces without a GenAI span.
type NonGenAI string

// The choices.
const (
	Drop      NonGenAI = "drop"
	TraceOnly NonGenAI = "trace_only"
	Project   NonGenAI = "project"
)

func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	// MLflow answers a locked database with 503, but only after 20 s.
	client.Timeout = 60 * time.Second
	// With two or more workers MLflow stalls every answer on a kept-alive
	// connection by 40 ms (Nagle's algorithm against delayed acknowledgements),
	// and it closes idle connections after 5 s.
	client.DisableKeepAlives = true //nolint:staticcheck // disable_keep_alives is what people set; its successor only switches it
	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval, retry.MaxInterval, retry.MaxElapsedTime = time.Second, time.Minute, 0
	return &Config{
		ClientConfig:   client,
		Workspace:      WorkspaceConfig{MaxWorkspaces: 100},
		Experiment:     ExperimentConfig{Name: "Default", MaxExperiments: 100},
		Prices:         listprices.Default(),
		NonGenAITraces: Drop,
		Assembly: AssemblyConfig{
			WaitAfterRoot: 2 * time.Second, MaxWait: time.Minute, MaxOpen: 6 * time.Hour, LateWindow: 5 * time.Minute,
			MaxTraceSpans: 20_000, MaxTraceBytes: 32 << 20,
		},
		Limits: LimitsConfig{MaxTraces: 500_000, MaxSpans: 5_000_000, MaxBytes: 2 << 30, MaxSpanBytes: 8 << 20, MaxRefused: 1000},
		Delivery: DeliveryConfig{
			Runs: true, Traces: true, Artifacts: true, Running: true, RunningInterval: time.Minute,
			Concurrency: 4, MemoryMiB: 192, RefusedInterval: time.Hour, DrainTimeout: 10 * time.Second,
		},
		RetryConfig: retry,
		QueueConfig: configoptional.Default(exporterhelper.NewDefaultQueueConfig()),
	}
}

// Validate checks what does not depend on the sections below, which have their
// own Validate; the Collector puts the path in front of each error.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch u, err := url.Parse(strings.TrimSpace(c.ClientConfig.Endpoint)); {
	case c.ClientConfig.Endpoint == "":
		bad("endpoint: missing; write the address of the MLflow tracking server, such as http://mlflow:5000")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		bad("endpoint: not the address of a tracking server; write it like http://mlflow:5000")
	}
	if c.ClientConfig.ProxyURL != "" { // what the HTTP client says of it at the start would have the password in it
		if u, err := url.Parse(c.ClientConfig.ProxyURL); err != nil || u.Host == "" {
			bad("proxy_url: not the address of a proxy; write it like http://proxy:3128")
		}
	}
	if c.ClientConfig.Compression.IsCompressed() {
		bad("compression: MLflow takes compressed bodies for spans only, and those are compressed anyway; leave the key out")
	}
	switch {
	case c.Token != "" && (c.Username != "" || c.Password != ""):
		bad("token: give either token or username and password")
	case c.Username == "" && c.Password != "":
		bad("username: missing beside password")
	case c.ClientConfig.Auth.HasValue() && (c.Token != "" || c.Username != ""):
		bad("auth: give either an auth extension or token or username")
	}
	if c.UIEndpoint != "" {
		if u, err := url.Parse(c.UIEndpoint); err != nil || u.Host == "" {
			bad("ui_endpoint: not an address; write it like https://mlflow.example.com")
		}
	}
	switch c.NonGenAITraces {
	case Drop, TraceOnly, Project:
	default:
		bad("non_genai_traces: %q is none of drop, trace_only and project", c.NonGenAITraces)
	}
	switch {
	case c.NonGenAITraces == TraceOnly && !c.Delivery.Traces:
		bad("non_genai_traces: trace_only delivers the trace, which delivery::traces leaves out; write drop or project")
	case c.NonGenAITraces == Project && !c.Delivery.Runs:
		bad("non_genai_traces: project makes runs, which delivery::runs leaves out; write drop or trace_only")
	}
	if _, err := c.rules(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Validate checks the section.
func (c *WorkspaceConfig) Validate() error {
	if c.Name != "" && !workspaceName.MatchString(c.Name) {
		return fmt.Errorf("name: %q is no name of an MLflow workspace; write lowercase letters, digits and hyphens", c.Name)
	}
	return positive(field{"max_workspaces", int64(c.MaxWorkspaces)})
}

// Validate checks the section.
func (c *ExperimentConfig) Validate() error {
	if strings.TrimSpace(c.Name) == "" {
		return errors.New("name: missing; write the name of an MLflow experiment, it is made when there is none")
	}
	return positive(field{"max_experiments", int64(c.MaxExperiments)})
}

// Validate checks the section.
func (c *AssemblyConfig) Validate() error {
	if err := positive(field{"wait_after_root", int64(c.WaitAfterRoot)}, field{"max_wait", int64(c.MaxWait)},
		field{"max_trace_spans", int64(c.MaxTraceSpans)}, field{"max_trace_bytes", c.MaxTraceBytes}); err != nil {
		return err
	}
	if c.MaxWait < c.WaitAfterRoot {
		return fmt.Errorf("max_wait: %v is less than wait_after_root (%v)", c.MaxWait, c.WaitAfterRoot)
	}
	if c.MaxOpen != 0 && c.MaxOpen < c.MaxWait {
		return fmt.Errorf("max_open: %v is less than max_wait (%v); 0 waits no longer than max_wait for a root", c.MaxOpen, c.MaxWait)
	}
	if c.LateWindow < 0 {
		return errors.New("late_window: must not be negative; 0 keeps nothing")
	}
	return nil
}

// Validate checks the section.
func (c *LimitsConfig) Validate() error {
	return positive(field{"max_traces", int64(c.MaxTraces)}, field{"max_spans", int64(c.MaxSpans)},
		field{"max_bytes", c.MaxBytes},
		field{"max_span_bytes", int64(c.MaxSpanBytes)}, field{"max_refused", int64(c.MaxRefused)})
}

// maxMiB bounds what is given in MiB, and counted in bytes.
const maxMiB = math.MaxInt64 >> 20

// Validate checks the section.
func (c *DeliveryConfig) Validate() error {
	if !c.Runs && !c.Traces {
		return errors.New("traces: false beside runs: false leaves nothing to deliver")
	}
	if c.MemoryMiB > maxMiB {
		return fmt.Errorf("memory_mib: %d MiB are more than a number of bytes may be; write it in MiB, such as 192", c.MemoryMiB)
	}
	return positive(field{"concurrency", int64(c.Concurrency)}, field{"memory_mib", c.MemoryMiB},
		field{"running_interval", int64(c.RunningInterval)},
		field{"refused_interval", int64(c.RefusedInterval)}, field{"drain_timeout", int64(c.DrainTimeout)})
}

// refresh is the least time between two deliveries of a trace that is under way; 0 shows none.
func (c *DeliveryConfig) refresh() time.Duration {
	if !c.Running {
		return 0
	}
	return c.RunningInterval
}

type field struct {
	key   string
	value int64
}

func positive(fields ...field) error {
	var errs []error
	for _, f := range fields {
		if f.value <= 0 {
			errs = append(errs, fmt.Errorf("%s: must be more than zero", f.key))
		}
	}
	return errors.Join(errs...)
}

// rules reads the rules from where they are.
func (c *Config) rules() (runs.Rules, error) {
	switch {
	case c.RulesFile != "" && len(c.Rules) > 0:
		return runs.Rules{}, errors.New("rules_file: give either rules or rules_file")
	case c.RulesFile != "":
		text, err := readRules(c.RulesFile)
		if err != nil {
			return runs.Rules{}, fmt.Errorf("rules_file: %w", err)
		}
		r, err := runs.ParseRules(text)
		if err != nil {
			return r, fmt.Errorf("rules_file: %s: %w", c.RulesFile, err)
		}
		return r, nil
	case len(c.Rules) > 0:
		text, err := yaml.Marshal(c.Rules)
		if err != nil {
			return runs.Rules{}, fmt.Errorf("rules: %w", err)
		}
		r, err := runs.ParseRules(text)
		if unknown, ok := errors.AsType[*runs.UnknownKeyError](err); ok {
			unknown.Line = 0 // of a text that was made just now
			err = fmt.Errorf("parse rules: %w", unknown)
		}
		if err != nil {
			return r, fmt.Errorf("rules: %w", err)
		}
		return r, nil
	}
	return runs.Rules{}, nil
}

// maxRulesFile bounds a file of rules, in bytes.
const maxRulesFile = 1 << 20

// readRules reads a file. A pipe would be waited for while the Collector starts, and a device has no end.
func readRules(name string) ([]byte, error) {
	switch info, err := os.Stat(name); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	case info.Size() > maxRulesFile:
		return nil, fmt.Errorf("%s has more than the %d bytes that are read: is it the right file?", name, maxRulesFile)
	}
	return os.ReadFile(name)
}
