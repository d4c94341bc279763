package job

import "context"

// Prompt is one version of the instruction of the model call. What it means is said by package
// prompts, which makes them; nobody changes one. It is stored as a checkpoint, and kept on disk
// between processes: fields must survive a round trip through JSON, and keep their names.
type Prompt struct {
	Name    string `json:"name"`
	Version string `json:"version"` // a number of the registry, else what the file says, or a hash of the content
	// Alias is that by which a registered version was found; empty for one that was named by its number.
	Alias string `json:"alias,omitempty"`
	// Registered says that Name and Version are those of MLflow's prompt registry.
	Registered  bool   `json:"registered,omitempty"`
	Description string `json:"description,omitempty"`

	System string `json:"system"`         // with {{context}} and {{language}}
	User   string `json:"user,omitempty"` // with {{page}} and {{language}}; empty: the program's own

	Temperature *float64 `json:"temperature,omitempty"` // nil: as set for the model
	MaxTokens   int      `json:"max_tokens,omitempty"`  // of the answer; 0: as set for the model
}

// Ref names the version, as NAME/VERSION.
func (p *Prompt) Ref() string { return p.Name + "/" + p.Version }

// Prompts choose the prompt of a job.
type Prompts interface {
	// Prompt is the prompt for a job of a channel that has set the alias, which may be empty. It is
	// nil where the analyst's own is to be used. It waits for nothing, and is safe for concurrent use.
	Prompt(jobID, alias string) *Prompt
}

// promptKey is where the prompt of an analysis stands in a context, see [languageKey].
type promptKey struct{}

// WithPrompt has analysts make comments by a prompt instead of their own; nil changes nothing.
// Questions are answered by the analyst's own.
func WithPrompt(ctx context.Context, p *Prompt) context.Context {
	if p == nil {
		return ctx
	}
	return context.WithValue(ctx, promptKey{}, p)
}

// PromptOf is the prompt that [WithPrompt] has set; nil for none.
func PromptOf(ctx context.Context) *Prompt {
	p, _ := ctx.Value(promptKey{}).(*Prompt)
	return p
}
