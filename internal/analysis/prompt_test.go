package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPromptFiles(t *testing.T) {
	for name, tc := range map[string]struct{ file, version, problem string }{
		"with a version":      {"name: p\nversion: v7\ncontent: Hello {{context}} {{language}}\n", "v7", ""},
		"version by content":  {"name: p\ndescription: d\ncontent: Hello\n", "185f8db32271", ""},
		"misspelt key":        {"name: p\ncontents: Hello\n", "", "contents"},
		"no name":             {"content: Hello\n", "", "name is empty"},
		"no content":          {"name: p\n", "", "content is empty"},
		"unknown placeholder": {"name: p\ncontent: \"{{ context }}\"\n", "", "only {{context}} and {{language}}"},
		"not YAML":            {"name: [\n", "", "read prompt"},
		"empty":               {"", "", "is empty"},
		"huge":                {"name: " + strings.Repeat("x", maxFile), "", "right file"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := LoadPrompt(write(t, tc.file))
			if tc.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || p.Version != tc.version {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestContextFiles(t *testing.T) {
	for name, tc := range map[string]struct{ file, problem string }{
		"one theme":     {"name: us\nthemes: [{name: Search, pains: [slow], stack: [Go], success_criteria: [fast], positioning: We search.}]\n", ""},
		"no themes":     {"name: us\n", "at least one theme"},
		"nameless":      {"themes: [{name: A}, {pains: [x]}]\n", "theme 2 has no name"},
		"misspelt key":  {"themes: [{name: A, pain: [x]}]\n", "pain"},
		"missing file ": {"", "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := LoadContext(write(t, tc.file))
			if tc.problem == "" {
				want := "Themes of our team\n- Search: We search.\n  pains: slow\n  stack: Go\n  success: fast"
				if err != nil || c.text() != want {
					t.Errorf("%v\n%s", err, c.text())
				}
			} else if err == nil || !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOwnPromptAndThemesAreUsed(t *testing.T) {
	s := &server{answer: always(says(good))}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) {
		c.PromptFile = write(t, "name: mine\nversion: \"3\"\ncontent: Comment in {{language}}.\n")
		c.ContextFile = write(t, "name: us\nthemes: [{name: Search}]\n")
		c.Language = "de"
	})
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := o.Messages[0].Content, "Comment in de.\n\nThemes of our team\n- Search"; got != want {
		t.Errorf("system message %q", got)
	}
	if o.PromptName != "mine" || o.PromptVersion != "3" || a.Describe().ContextName != "us" {
		t.Errorf("%+v", a.Describe())
	}
}

func TestBuiltInFilesAreSound(t *testing.T) {
	p, err := LoadPrompt("")
	if err != nil {
		t.Fatal(err)
	}
	c, err := LoadContext("")
	if err != nil {
		t.Fatal(err)
	}
	system := p.system(c, "en")
	if strings.Contains(system, "{{") || len(c.Themes) != 5 {
		t.Errorf("system message:\n%s", system)
	}
	if n := estimateTokens(system); n > 1300 {
		t.Errorf("the prompt takes %d tokens, too many for a small context", n)
	}
}

func TestTheLanguageOfAJobGoesBeforeTheOneThatIsSet(t *testing.T) {
	s := &server{answer: always(says(good))}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) {
		c.PromptFile = write(t, "name: mine\nversion: \"3\"\ncontent: Comment in {{language}}.\n")
		c.Language = "de"
	})
	for code, want := range map[string]string{"": "de", "fr": "fr"} {
		o, err := a.Analyze(job.WithLanguage(t.Context(), code), page(t, "coverage"))
		if err != nil {
			t.Fatal(err)
		}
		system, user := o.Messages[0].Content, o.Messages[1].Content
		if o.Language != want || !strings.HasPrefix(system, "Comment in "+want+".") || !strings.Contains(user, `in the language "`+want+`"`) {
			t.Errorf("for %q: %q, asked %q and %q", code, o.Language, system, user)
		}
	}
}
