package prompts

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

//go:embed assets/commentary.yaml
var builtIn []byte

// DefaultUser is the user message of a prompt that has none of its own.
const DefaultUser = "{{page}}\nWrite the JSON object for this page now, in the language \"{{language}}\"."

// MaxText bounds system and user message together, in bytes. MLflow takes 100,000 characters of a
// prompt, and no model reads so long an instruction.
const MaxText = 64 << 10

// file is a prompt as YAML. The names of its keys are seen by people.
type file struct {
	Name        string   `yaml:"name"`
	Version     string   `yaml:"version"`
	Description string   `yaml:"description"`
	Content     string   `yaml:"content"`
	User        string   `yaml:"user"`
	Temperature *float64 `yaml:"temperature"`
	MaxTokens   int      `yaml:"max_tokens"`
}

// BuiltIn is the program's own prompt.
func BuiltIn() *job.Prompt {
	p, err := Parse(builtIn)
	if err != nil { // a test reads it
		panic(err)
	}
	return p
}

// Parse reads a prompt file. Unknown keys are errors: a misspelt one would otherwise be lost without a
// word. A prompt without a version gets one from its content, so that every run can be traced to the
// very words that were used.
func Parse(data []byte) (*job.Prompt, error) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, explain(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one YAML document in the file: write one prompt, without a line of ---")
	}
	p := &job.Prompt{
		Name: f.Name, Version: f.Version, Description: f.Description, System: f.Content, User: f.User,
		Temperature: f.Temperature, MaxTokens: f.MaxTokens,
	}
	if err := Check(p); err != nil {
		return nil, err
	}
	if p.Version == "" {
		sum := sha256.Sum256([]byte(identity(p)))
		p.Version = hex.EncodeToString(sum[:])[:12]
	}
	return p, nil
}

// explain says of a key that does not exist which do, in place of the name of a Go type.
func explain(err error) error {
	var faults *yaml.TypeError
	if !errors.As(err, &faults) {
		return err
	}
	lines := make([]string, len(faults.Errors))
	for i, fault := range faults.Errors {
		lines[i] = fault
		line, rest, _ := strings.Cut(fault, "field ")
		if key, _, found := strings.Cut(rest, " not found in type "); found {
			lines[i] = line + "there is no key " + key + ": a prompt has name, version, description, content, user, temperature and max_tokens"
		}
	}
	return errors.New(strings.Join(lines, "; "))
}

// identity is all of a prompt that decides the answer; of one that has nothing but a content, that.
func identity(p *job.Prompt) string {
	id := p.System
	if p.User != "" {
		id += "\x00user\x00" + p.User
	}
	if p.Temperature != nil {
		id += fmt.Sprintf("\x00temperature\x00%g", *p.Temperature)
	}
	if p.MaxTokens > 0 {
		id += fmt.Sprintf("\x00max_tokens\x00%d", p.MaxTokens)
	}
	return id
}

// placeholder finds {{…}}, known or not.
var placeholder = lazyregexp.New(`\{\{[^{}]*\}\}`)

// Placeholders of the two messages.
const (
	Page     = "{{page}}"
	Language = "{{language}}"
	Context  = "{{context}}"
)

// Check refuses a prompt that could not work, and says how to mend it. Unknown placeholders are
// refused, since the model would be sent them as they stand.
func Check(p *job.Prompt) error {
	switch {
	case p.Name == "":
		return errors.New("name is empty: give the prompt a name")
	case strings.TrimSpace(p.System) == "":
		return errors.New("content is empty: write the instructions there")
	case strings.ContainsRune(p.System+p.User, 0):
		return errors.New("content or user holds a NUL character, which databases do not take: remove it")
	case len(p.System)+len(p.User) > MaxText:
		return fmt.Errorf("content and user have %d bytes: at most %d are taken", len(p.System)+len(p.User), MaxText)
	case strings.Contains(p.System, Page):
		return errors.New("content holds {{page}}: write it into user, " +
			"since the text of a page is not to be trusted with the place of instructions")
	}
	if err := known(p.System, "content", Context, Language); err != nil {
		return err
	}
	if p.User != "" {
		if err := known(p.User, "user", Page, Language); err != nil {
			return err
		}
		if n := strings.Count(p.User, Page); n != 1 {
			return fmt.Errorf("user holds {{page}} %d times: write it once, where the text of the page is to stand", n)
		}
	}
	if t := p.Temperature; t != nil && !(*t >= 0 && *t <= 2) {
		return fmt.Errorf("temperature is %g: write a number from 0 to 2, or leave it out", *t)
	}
	if n := p.MaxTokens; n != 0 && (n < 100 || n > 1_000_000) {
		return fmt.Errorf("max_tokens is %d: write 100 or more, or leave it out", n)
	}
	return nil
}

// known refuses placeholders that are not filled in.
func known(content, where string, names ...string) error {
	for _, h := range placeholder.FindAllString(content, -1) {
		if !slices.Contains(names, h) {
			return fmt.Errorf("%s holds %s, which is not known: only %s are filled in there", where, text.Clip(h, 60), strings.Join(names, " and "))
		}
	}
	return nil
}
