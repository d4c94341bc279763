// Package registry keeps prompts as versions in MLflow's prompt registry, and follows its aliases. In
// go a reference or a prompt, out comes the version; [Follower] is what a worker asks.
//
// What MLflow knows of a version is written as its own client writes it (package mlflow), so that its
// pages show text, differences, aliases and linked traces.
package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/mlflow"
)

// Registry is the prompt registry of one MLflow server. It is safe for concurrent use.
type Registry struct {
	client *mlflow.Client
	schema json.RawMessage
}

// New makes a registry of a server. schema is that of answers, which is shown with each version; it
// may be nil where nothing is pushed.
func New(client *mlflow.Client, schema json.RawMessage) *Registry {
	var compact bytes.Buffer
	if json.Compact(&compact, schema) == nil {
		schema = compact.Bytes()
	}
	return &Registry{client, schema}
}

// NotFoundError says that the registry does not have what a reference names.
type NotFoundError struct {
	Ref prompts.Ref
	At  string // the server
}

func (e *NotFoundError) Error() string {
	switch {
	case e.Ref.Alias != "":
		return fmt.Sprintf("no version of prompt %s has the alias %s at %s: `commentator prompts show %s` lists what there is, and "+
			"`commentator prompts push %s FILE.yaml --alias %s` makes one", e.Ref.Name, e.Ref.Alias, e.At, e.Ref.Name, e.Ref.Name, e.Ref.Alias)
	case e.Ref.Version > 0:
		return fmt.Sprintf("prompt %s has no version %d at %s: `commentator prompts show %s` lists what there is",
			e.Ref.Name, e.Ref.Version, e.At, e.Ref.Name)
	}
	return fmt.Sprintf("there is no prompt %s at %s: `commentator prompts push %s` makes it of the built-in one, with a FILE.yaml of yours",
		e.Ref.Name, e.At, e.Ref.Name)
}

// IsNotFound reports whether the registry lacks the prompt, version or alias, or the server the run, that was named.
func IsNotFound(err error) bool {
	_, ok := errors.AsType[*NotFoundError](err)
	_, run := errors.AsType[*noRunError](err)
	return ok || run
}

// supported says in one sentence where a server has no registry.
func (r *Registry) supported(ctx context.Context) error {
	caps, err := r.client.Capabilities(ctx)
	if err != nil {
		return err
	}
	if why := caps.Missing(mlflow.FeaturePrompts); why != "" {
		return fmt.Errorf("the MLflow server at %s has no prompt registry: %s", r.client.URI(), why)
	}
	return nil
}

// Load gets the version that a reference names, the newest one for a name alone. One that can't work
// is an error that says what, where and how to mend it; [IsNotFound] holds where there is none.
func (r *Registry) Load(ctx context.Context, ref prompts.Ref) (*job.Prompt, error) {
	if err := r.supported(ctx); err != nil {
		return nil, err
	}
	v, err := r.version(ctx, ref)
	if err != nil {
		return nil, err
	}
	p, err := promptOf(v)
	if err != nil {
		return nil, err
	}
	p.Alias = ref.Alias
	return p, nil
}

// version gets what a reference names, whether it can work or not.
func (r *Registry) version(ctx context.Context, ref prompts.Ref) (v mlflow.PromptVersion, err error) {
	switch {
	case ref.Alias != "":
		v, err = r.client.GetPromptByAlias(ctx, ref.Name, ref.Alias)
	case ref.Version > 0:
		v, err = r.client.GetPromptVersion(ctx, ref.Name, ref.Version)
	default:
		v, err = r.newest(ctx, ref.Name)
	}
	if mlflow.IsNotFound(err) {
		return v, &NotFoundError{ref, r.client.URI()}
	}
	if err != nil {
		return v, fmt.Errorf("read prompt %s: %w", ref, err)
	}
	return v, nil
}

// aliases are those of a prompt with the versions that they lead to; none of one that is not there.
func (r *Registry) aliases(ctx context.Context, name string) (map[string]int, error) {
	p, err := r.client.GetPrompt(ctx, name)
	if mlflow.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read prompt %s: %w", name, err)
	}
	return p.Aliases, nil
}

// errEnough ends a search.
var errEnough = errors.New("enough")

// each calls visit for each version of a prompt, newest first, until that returns an error, which is
// returned unless it is errEnough.
func (r *Registry) each(ctx context.Context, name string, visit func(mlflow.PromptVersion) error) error {
	if err := r.client.PromptVersions(ctx, name, visit); !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

// newest gets the newest version; the error of one that there is none of is a [NotFoundError].
func (r *Registry) newest(ctx context.Context, name string) (v mlflow.PromptVersion, err error) {
	err = r.each(ctx, name, func(newest mlflow.PromptVersion) error { v = newest; return errEnough })
	if err == nil && v.Version == 0 {
		err = &NotFoundError{prompts.Ref{Name: name}, r.client.URI()}
	}
	return v, err
}

// modelConfig is what a version says of the call (PromptModelConfig of MLflow).
type modelConfig struct {
	Temperature *float64 `json:"temperature,omitempty"`
	MaxTokens   int      `json:"max_tokens,omitempty"`
}

// promptOf reads a version as a prompt. Its error names the version.
func promptOf(v mlflow.PromptVersion) (*job.Prompt, error) {
	p := &job.Prompt{Name: v.Name, Version: strconv.Itoa(v.Version), Registered: true, Description: v.CommitMessage}
	refused := func(why error) (*job.Prompt, error) {
		return nil, fmt.Errorf("prompt %s/%d can't be used: %w; mend it in a new version: `commentator prompts show %s/%d` prints it as a file, "+
			"`commentator prompts push %s FILE.yaml` takes the mended one", v.Name, v.Version, why, v.Name, v.Version, v.Name)
	}
	switch {
	case v.Fault != nil:
		return refused(v.Fault)
	case len(v.Messages) == 0: // one text, as MLflow's page makes it
		p.System = v.Text
	case len(v.Messages) > 2 || v.Messages[0].Role != "system" || len(v.Messages) == 2 && v.Messages[1].Role != "user":
		return refused(errors.New("it is a chat of other messages than one of system and one of user"))
	default:
		p.System = v.Messages[0].Content
		if len(v.Messages) == 2 {
			p.User = v.Messages[1].Content
		}
	}
	if p.User == prompts.DefaultUser {
		p.User = ""
	}
	if len(v.Model) > 0 {
		var m modelConfig
		if err := json.Unmarshal(v.Model, &m); err != nil {
			return refused(fmt.Errorf("its model config is not read: %w", err))
		}
		p.Temperature, p.MaxTokens = m.Temperature, m.MaxTokens
	}
	if err := prompts.Check(p); err != nil {
		return refused(err)
	}
	return p, nil
}

// specOf is a prompt as a version to be registered.
func (r *Registry) specOf(name string, p *job.Prompt) (mlflow.PromptSpec, error) {
	user := p.User
	if user == "" {
		user = prompts.DefaultUser
	}
	s := mlflow.PromptSpec{
		Name: name, Messages: []mlflow.PromptMessage{{Role: "system", Content: p.System}, {Role: "user", Content: user}},
		Format: r.schema, CommitMessage: p.Description,
	}
	if m := (modelConfig{p.Temperature, p.MaxTokens}); m != (modelConfig{}) {
		text, err := json.Marshal(m)
		if err != nil {
			return s, fmt.Errorf("write the model config of prompt %s: %w", name, err)
		}
		s.Model = text
	}
	return s, nil
}

// Push registers a prompt under a name of the registry, and shows it among the prompts of an experiment
// unless that is empty. A version with the same content is not made again: made tells.
func (r *Registry) Push(
	ctx context.Context, name string, p *job.Prompt, experimentID string,
) (v mlflow.PromptVersion, made bool, err error) {
	if err := r.supported(ctx); err != nil {
		return v, false, err
	}
	if err := prompts.Check(p); err != nil {
		return v, false, err
	}
	spec, err := r.specOf(name, p)
	if err != nil {
		return v, false, err
	}
	v, found, err := r.same(ctx, spec)
	if err == nil && !found {
		v, err = r.client.RegisterPrompt(ctx, spec)
		if mlflow.IsAmbiguous(err) { // it may have been made all the same
			if same, found, again := r.same(ctx, spec); again == nil && found {
				v, err = same, nil
			}
		}
	}
	if err == nil && experimentID != "" {
		err = r.client.ShowPromptIn(ctx, name, experimentID)
	}
	return v, !found, err
}

// same finds the newest version that is equal to a new one, in all that decides the answer.
func (r *Registry) same(ctx context.Context, spec mlflow.PromptSpec) (v mlflow.PromptVersion, found bool, err error) {
	err = r.each(ctx, spec.Name, func(old mlflow.PromptVersion) error {
		if !slices.Equal(old.Messages, spec.Messages) || string(old.Format) != string(spec.Format) || string(old.Model) != string(spec.Model) {
			return nil
		}
		v, found = old, true
		return errEnough
	})
	return v, found, err
}
