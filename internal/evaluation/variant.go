package evaluation

import (
	"cmp"
	"strconv"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Variant is a version of a prompt with a model.
type Variant struct {
	Prompt  *job.Prompt
	Analyst job.Analyst // asks the model, by this prompt
}

// Model is the model's name.
func (v Variant) Model() string { return v.Analyst.Describe().Model }

// PromptName is NAME/VERSION.
func (v Variant) PromptName() string { return v.Prompt.Ref() }

// String is how reports and the run in MLflow name the variant.
func (v Variant) String() string { return v.PromptName() + ", " + v.Model() }

// Same reports whether two variants would ask the same.
func (v Variant) Same(other Variant) bool { return v.String() == other.String() }

// prompt is the version as attributes name it.
func (v Variant) prompt() mlflowattr.Prompt {
	return mlflowattr.Prompt{Name: v.Prompt.Name, Version: v.Prompt.Version}
}

// params are what the run in MLflow says of the variant.
func (v Variant) params() map[string]string {
	s := v.Analyst.Describe()
	p := map[string]string{
		"model": s.Model, "analyst": s.Analyst, "prompt_name": v.Prompt.Name, "prompt_version": v.Prompt.Version,
		"max_tokens": strconv.Itoa(cmp.Or(v.Prompt.MaxTokens, s.MaxTokens)),
	}
	if t := cmp.Or(v.Prompt.Temperature, s.Temperature); t != nil {
		p["temperature"] = strconv.FormatFloat(*t, 'g', -1, 64)
	}
	if s.Language != "" {
		p["language"] = s.Language
	}
	return p
}
