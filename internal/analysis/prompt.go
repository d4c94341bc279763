package analysis

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/namedfile"
)

var (
	//go:embed assets/answer.yaml
	answerPrompt []byte
	//go:embed assets/context.yaml
	defaultContext []byte
)

// maxFile bounds prompt and context files, in bytes: a wrong path should
// give an error, not a prompt of megabytes.
const maxFile = 256 << 10

// ProjectContext is what the team works on; the call maps a link onto it.
type ProjectContext struct {
	Name        string  `yaml:"name"`
	Description string  `yaml:"description"`
	Themes      []Theme `yaml:"themes"`
}

// Theme is one field of work of the team.
type Theme struct {
	Name            string   `yaml:"name"`
	Pains           []string `yaml:"pains"`
	Stack           []string `yaml:"stack"`
	SuccessCriteria []string `yaml:"success_criteria"`
	Positioning     string   `yaml:"positioning"`
}

// LoadPrompt reads a prompt file, see package prompts; an empty path gives the built-in prompt.
func LoadPrompt(path string) (*job.Prompt, error) {
	if path == "" {
		return prompts.BuiltIn(), nil
	}
	data, err := namedfile.Read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("read prompt: %w", err)
	}
	p, err := prompts.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read prompt %s: %w", path, err)
	}
	return p, nil
}

// LoadContext reads a project context file; an empty path gives the built-in
// one. At least one theme with a name is needed: the ideas of a comment begin
// with one.
func LoadContext(path string) (*ProjectContext, error) {
	c := new(ProjectContext)
	if err := loadYAML(path, defaultContext, c); err != nil {
		return nil, fmt.Errorf("read project context: %w", err)
	}
	if len(c.Themes) == 0 {
		return nil, fmt.Errorf("read project context %s: themes is empty: list at least one theme with a name", orBuiltIn(path))
	}
	for i, t := range c.Themes {
		if strings.TrimSpace(t.Name) == "" {
			return nil, fmt.Errorf("read project context %s: theme %d has no name", orBuiltIn(path), i+1)
		}
	}
	return c, nil
}

// systemOf is the system message: that of a prompt with its placeholders filled in.
// They are filled in one pass, so that a theme which holds "{{language}}" stays
// as it is.
func systemOf(p *job.Prompt, c *ProjectContext, language string) string {
	content := p.System
	if c == nil { // themes are for comments
		return strings.TrimSpace(strings.ReplaceAll(content, prompts.Language, language))
	}
	if !strings.Contains(content, prompts.Context) {
		content = strings.TrimRight(content, "\n") + "\n\n" + prompts.Context + "\n"
	}
	return strings.TrimSpace(strings.NewReplacer(prompts.Context, c.text(), prompts.Language, language).Replace(content))
}

// userOf is the user message: that of a prompt with the page in its place.
func userOf(p *job.Prompt, page, language string) string {
	return strings.TrimSpace(strings.NewReplacer(prompts.Page, page, prompts.Language, language).Replace(templateOf(p)))
}

// templateOf is the user message of a prompt before anything is filled in.
func templateOf(p *job.Prompt) string { return cmp.Or(p.User, prompts.DefaultUser) }

// text is the context as the model reads it: an indented list, in the order of
// the file.
func (c *ProjectContext) text() string {
	var b strings.Builder
	b.WriteString("Themes of our team\n")
	for _, t := range c.Themes {
		fmt.Fprintf(&b, "- %s", t.Name)
		if t.Positioning != "" {
			fmt.Fprintf(&b, ": %s", t.Positioning)
		}
		b.WriteByte('\n')
		writeList(&b, "pains", t.Pains)
		writeList(&b, "stack", t.Stack)
		writeList(&b, "success", t.SuccessCriteria)
	}
	return strings.TrimRight(b.String(), "\n")
}

func writeList(b *strings.Builder, name string, items []string) {
	if len(items) > 0 {
		fmt.Fprintf(b, "  %s: %s\n", name, strings.Join(items, "; "))
	}
}

// loadYAML decodes the file at path, or builtIn, into v. Unknown keys are
// errors: a misspelt one would otherwise be lost without a word.
func loadYAML(path string, builtIn []byte, v any) error {
	data := builtIn
	if path != "" {
		var err error
		if data, err = namedfile.Read(path, maxFile); err != nil {
			return err
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s is empty", orBuiltIn(path))
		}
		return fmt.Errorf("%s: %w", orBuiltIn(path), err)
	}
	return nil
}

func orBuiltIn(path string) string {
	if path == "" {
		return "(built in)"
	}
	return path
}
