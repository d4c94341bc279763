package prompts_test

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
)

func TestFilesAreReadOrSaidToBeWrong(t *testing.T) {
	for name, tc := range map[string]struct{ file, version, problem string }{
		"with a version":          {"name: p\nversion: v7\ncontent: Hello {{context}} {{language}}\n", "v7", ""},
		"version by content":      {"name: p\ndescription: d\ncontent: Hello\n", "185f8db32271", ""},
		"version by all":          {"name: p\ncontent: Hello\nuser: \"{{page}}\"\ntemperature: 0\nmax_tokens: 500\n", "09db06044586", ""},
		"misspelt key":            {"name: p\ncontents: Hello\n", "", "line 2: there is no key contents: a prompt has name"},
		"no name":                 {"content: Hello\n", "", "name is empty"},
		"no content":              {"name: p\n", "", "content is empty"},
		"unknown placeholder":     {"name: p\ncontent: \"{{ context }}\"\n", "", "content holds {{ context }}, which is not known: only {{context}} and {{language}}"},
		"page in the content":     {"name: p\ncontent: \"{{page}}\"\n", "", "write it into user"},
		"no page":                 {"name: p\ncontent: Hello\nuser: Go.\n", "", "user holds {{page}} 0 times"},
		"two pages":               {"name: p\ncontent: Hello\nuser: \"{{page}} {{page}}\"\n", "", "{{page}} 2 times"},
		"themes in the user part": {"name: p\ncontent: Hello\nuser: \"{{page}} {{context}}\"\n", "", "user holds {{context}}"},
		"too hot":                 {"name: p\ncontent: Hello\ntemperature: 2.5\n", "", "temperature is 2.5"},
		"no number":               {"name: p\ncontent: Hello\ntemperature: .nan\n", "", "temperature is NaN"},
		"too short answers":       {"name: p\ncontent: Hello\nmax_tokens: 3\n", "", "max_tokens is 3"},
		"not YAML":                {"name: [\n", "", "yaml"},
		"empty":                   {"", "", "is empty"},
		"two prompts":             {"name: p\ncontent: Hello\n---\nname: q\ncontent: Bye\n", "", "more than one YAML document"},
		"garbage behind":          {"name: p\ncontent: Hello\n--- [\n", "", "more than one YAML document"},
		"one with its marks":      {"---\nname: p\nversion: v7\ncontent: Hello\n...\n", "v7", ""},
		"a NUL":                   {"name: p\ncontent: \"a\\0b\"\n", "", "NUL"},
		"huge":                    {"name: p\ncontent: " + strings.Repeat("x", prompts.MaxText+1), "", "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := prompts.Parse([]byte(tc.file))
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

func TestAPromptIsTheSameAfterItWasWrittenAndRead(t *testing.T) {
	for _, p := range []*job.Prompt{
		prompts.BuiltIn(),
		{Name: "p", Version: "3", System: "Hello.\n", User: "  {{page}}\n\nGo.", Temperature: new(0.0), MaxTokens: 900, Description: "why: because"},
	} {
		text, err := prompts.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := prompts.Parse(text)
		if err != nil || again.System != p.System || again.User != p.User || again.Version != p.Version || again.Description != p.Description ||
			again.MaxTokens != p.MaxTokens || (again.Temperature == nil) != (p.Temperature == nil) {
			t.Errorf("%+v became %+v, %v:\n%s", p, again, err, text)
		}
	}
}

func TestReferences(t *testing.T) {
	for text, want := range map[string]prompts.Ref{
		"commentary":            {Name: "commentary"},
		"commentary@production": {Name: "commentary", Alias: "production"},
		"a.b-c_1/12":            {Name: "a.b-c_1", Version: 12},
	} {
		got, err := prompts.ParseRef(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a b", "a@", "@b", "a/", "a/0", "a/x", "a/-1", "a/01", "a@b/1", "a/1@b", "a@latest", "a@v3", "a'b", "prompts:/a/1"} {
		if r, err := prompts.ParseRef(text); err == nil || !strings.Contains(err.Error(), "write it like") {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: p\ncontent: Hello {{context}}\nuser: \"{{page}}\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := prompts.Parse(data)
		if err != nil {
			return
		}
		text, err := prompts.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := prompts.Parse(text)
		if err != nil || again.System != p.System || again.User != p.User || again.Version != p.Version {
			t.Errorf("%q became %q, %v", data, text, err)
		}
	})
}
