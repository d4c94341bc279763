package registry

import (
	"context"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/mlflow"
)

// Version is a version of a prompt, whether it can work or not.
type Version struct {
	Ref     prompts.Ref // by its number
	Prompt  *job.Prompt // as far as it could be read
	Fault   error       // why it can't be used; nil where it can
	Aliases []string
	Created time.Time
	User    string // who registered it; empty where the server does not know
	Tags    []mlflow.Tag
}

// newVersion reads a version. Where its messages can't be read, the prompt has their text.
func newVersion(v mlflow.PromptVersion) Version {
	out := Version{
		Ref:     prompts.Ref{Name: v.Name, Version: v.Version},
		Aliases: slices.Sorted(slices.Values(v.Aliases)), Created: v.Created.UTC(), User: v.User, Tags: v.Tags,
	}
	if out.Prompt, out.Fault = promptOf(v); out.Fault != nil {
		out.Prompt = &job.Prompt{Name: v.Name, Version: v.Ref().Version, Registered: true, Description: v.CommitMessage, System: v.Text}
		for _, m := range v.Messages {
			out.Prompt.System += m.Content
		}
	}
	return out
}

// Get gets what a reference names, the newest version for a name alone. [IsNotFound] holds where there is
// none.
func (r *Registry) Get(ctx context.Context, ref prompts.Ref) (Version, error) {
	if err := r.supported(ctx); err != nil {
		return Version{}, err
	}
	v, err := r.version(ctx, ref)
	if err != nil {
		return Version{}, err
	}
	out := newVersion(v)
	if p, err := r.client.GetPrompt(ctx, ref.Name); err == nil { // by an alias, older servers tell of no aliases
		out.Aliases = aliasesOf(p, v.Version)
	}
	return out, nil
}

// aliasesOf are those that lead to a version, by name.
func aliasesOf(p mlflow.RegisteredPrompt, version int) (all []string) {
	for alias, v := range p.Aliases {
		if v == version {
			all = append(all, alias)
		}
	}
	slices.Sort(all)
	return all
}

// maxVersions bounds the versions of a prompt that are listed.
const maxVersions = 1000

// Versions are those of a prompt, newest first, the newest 1000. [IsNotFound] holds where there are none.
func (r *Registry) Versions(ctx context.Context, name string) (all []Version, err error) {
	if err := r.supported(ctx); err != nil {
		return nil, err
	}
	p, err := r.client.GetPrompt(ctx, name)
	if mlflow.IsNotFound(err) {
		return nil, &NotFoundError{prompts.Ref{Name: name}, r.client.URI()}
	}
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, name, func(v mlflow.PromptVersion) error {
		one := newVersion(v)
		one.Aliases = aliasesOf(p, v.Version)
		if all = append(all, one); len(all) == maxVersions {
			return errEnough
		}
		return nil
	})
	return all, err
}

// List are the prompts of the server, by name.
func (r *Registry) List(ctx context.Context) (all []mlflow.RegisteredPrompt, err error) {
	if err := r.supported(ctx); err != nil {
		return nil, err
	}
	err = r.client.Prompts(ctx, func(p mlflow.RegisteredPrompt) error { all = append(all, p); return nil })
	return all, err
}
