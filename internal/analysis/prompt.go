package analysis

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/text"
)

var (
	//go:embed assets/commentary.yaml
	defaultPrompt []byte
	//go:embed assets/answer.yaml
	answerPrompt []byte
	//go:embed assets/context.yaml
	defaultContext []byte
)

// maxFile bounds prompt and context files, in bytes: a wrong path should
// give an error, not a prompt of megabytes.
const maxFile = 256 << 10

// Prompt is the instruction of the one call. Content may hold {{context}} and
// {{language}}; a content without {{context}} gets the themes appended.
type Prompt struct {
	Name        string `yaml:"name"`
	Version     string `yaml:"version"` // empty in a file: the first 12 hex digits of the content's SHA-256
	Description string `yaml:"description"`
	Content     string `yaml:"content"`
}

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

// LoadPrompt reads a prompt file; an empty path gives the built-in prompt. A
// prompt without a version gets one from its content, so that every run can be
// traced to the very words that were used.
func LoadPrompt(path string) (*Prompt, error) { return loadPrompt(path, defaultPrompt) }

func loadPrompt(path string, builtIn []byte) (*Prompt, error) {
	p := new(Prompt)
	if err := loadYAML(path, builtIn, p); err != nil {
		return nil, fmt.Errorf("read prompt: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("read prompt %s: %w", orBuiltIn(path), err)
	}
	if p.Version == "" {
		sum := sha256.Sum256([]byte(p.Content))
		p.Version = hex.EncodeToString(sum[:])[:12]
	}
	return p, nil
}

// placeholder finds {{…}}, known or not.
var placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// check refuses a prompt that could not work. Unknown placeholders are refused,
// since the model would be sent them as they stand.
func (p *Prompt) check() error {
	if p.Name == "" {
		return errors.New("name is empty: give the prompt a name")
	}
	if strings.TrimSpace(p.Content) == "" {
		return errors.New("content is empty: write the instructions there")
	}
	for _, h := range placeholder.FindAllString(p.Content, -1) {
		if h != "{{context}}" && h != "{{language}}" {
			return fmt.Errorf("%s is not known: only {{context}} and {{language}} are filled in", text.Clip(h, 60))
		}
	}
	return nil
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

// system is the system message: the prompt with its placeholders filled in.
// They are filled in one pass, so that a theme which holds "{{language}}" stays
// as it is.
func (p *Prompt) system(c *ProjectContext, language string) string {
	content := p.Content
	if c == nil { // themes are for comments
		return strings.TrimSpace(strings.ReplaceAll(content, "{{language}}", language))
	}
	if !strings.Contains(content, "{{context}}") {
		content = strings.TrimRight(content, "\n") + "\n\n{{context}}\n"
	}
	return strings.TrimSpace(strings.NewReplacer("{{context}}", c.text(), "{{language}}", language).Replace(content))
}

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
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		// One byte more than allowed shows that the file is too long.
		if data, err = io.ReadAll(io.LimitReader(f, maxFile+1)); err != nil {
			return err
		}
		if len(data) > maxFile {
			return fmt.Errorf("%s is larger than %d KiB: is it the right file?", path, maxFile>>10)
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
