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

func TestPromptFilesAreReadOrSaidToBeWrong(t *testing.T) {
	for name, tc := range map[string]struct{ file, problem string }{
		"sound":        {"name: p\ncontent: Hello {{context}} {{language}}\n", ""},
		"misspelt key": {"name: p\ncontents: Hello\n", "contents"},
		"no name":      {"content: Hello\n", "name is empty"},
		"huge":         {"name: " + strings.Repeat("x", maxFile), "right file"},
	} {
		path := write(t, tc.file)
		_, err := LoadPrompt(path)
		if (err != nil) != (tc.problem != "") || err != nil && !(strings.Contains(err.Error(), tc.problem) && strings.Contains(err.Error(), path)) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := LoadPrompt(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "read prompt") {
		t.Error(err)
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
	system := systemOf(p, c, "en")
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

func TestThePromptOfAJobGoesBeforeTheAnalystsOwn(t *testing.T) {
	s := &server{answer: always(says(good))}
	a, _, _ := analyst(t, s, nil)
	p := &job.Prompt{
		Name: "commentary", Version: "7", Registered: true, System: "Say it in {{language}}.", User: "Page:\n{{page}}\nNow, in {{language}}.\n",
		Temperature: new(1.5), MaxTokens: 700,
	}
	before := a.Describe()
	o, err := a.Analyze(job.WithPrompt(t.Context(), p), page(t, "coverage"))
	if err != nil {
		t.Fatal(err)
	}
	system, user := o.Messages[0].Content, o.Messages[1].Content
	if !strings.HasPrefix(system, "Say it in en.\n\nThemes of our team") || !strings.HasPrefix(user, "Page:\nBelow is text") ||
		!strings.HasSuffix(user, " >>>\nNow, in en.") || strings.Contains(user, "{{") {
		t.Errorf("system %q, user %q", system, user)
	}
	if o.PromptName != "commentary" || o.PromptVersion != "7" || o.Temperature != 1.5 || o.MaxTokens != 700 {
		t.Errorf("%+v", o)
	}
	if got := s.bodies[0]; !strings.Contains(got, `"max_tokens":700`) || !strings.Contains(got, `"temperature":1.5`) {
		t.Errorf("sent %s", got)
	}
	if o, err = a.Analyze(job.WithPrompt(t.Context(), nil), page(t, "coverage")); err != nil || o.PromptName != before.PromptName {
		t.Errorf("without one: %s, %v", o.PromptName, err)
	}
	answered, err := a.Answer(job.WithPrompt(t.Context(), p), page(t, "coverage"), "Why?")
	if answered == nil || answered.PromptName != "technoshare-answer" {
		t.Errorf("a question is answered by %+v, %v", answered, err)
	}
}

func TestAPageThatNamesPlaceholdersStaysAsItIs(t *testing.T) {
	got := userOf(&job.Prompt{User: "{{language}}: {{page}}"}, "It says {{language}} and {{page}}.", "en")
	if got != "en: It says {{language}} and {{page}}." {
		t.Errorf("%q", got)
	}
}

func TestAPromptThatLeavesNoRoomForAPageIsNoPromptOfTheModel(t *testing.T) {
	s := &server{answer: always(says(good))}
	a, _, _ := analyst(t, s, nil)
	long := &job.Prompt{Name: "p", Version: "1", System: strings.Repeat("Be brief. ", 6000)}
	for name, tc := range map[string]struct {
		p    *job.Prompt
		says string
	}{
		"sound":      {&job.Prompt{Name: "p", System: "Hello."}, ""},
		"too long":   {long, "leaves 0 tokens for the page"},
		"too much":   {&job.Prompt{Name: "p", System: "Hello.", MaxTokens: 90000}, "max_tokens of the prompt"},
		"not sound":  {&job.Prompt{Name: "p", System: "{{page}}"}, "{{page}}"},
		"long pages": {&job.Prompt{Name: "p", System: "Hello.", User: "{{page}}" + strings.Repeat("Be brief. ", 5500)}, "leaves 0 tokens"},
	} {
		if err := a.CheckPrompt(tc.p); (err != nil) != (tc.says != "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := a.Analyze(job.WithPrompt(t.Context(), long), page(t, "coverage"))
	if err == nil || !strings.Contains(err.Error(), "prompt p, version 1, can't be used") || s.calls() != 0 {
		t.Error(err)
	}
}
