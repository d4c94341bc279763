package registry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
)

func TestAPromptThatWasPushedIsLoadedAsItWas(t *testing.T) {
	r, c := open(t)
	name := promptName(t)
	for _, p := range []*job.Prompt{
		{Name: "x", System: "Say it in {{language}}.", Description: "The first."},
		{Name: "x", System: "Say it in {{language}}.", User: "{{page}} & <b>", Temperature: new(0.0), MaxTokens: 900},
	} {
		v, made, err := r.Push(t.Context(), name, p, "0")
		if err != nil || !made {
			t.Fatal(made, err)
		}
		got, err := r.Load(t.Context(), prompts.Ref{Name: name, Version: v.Version})
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != name || got.Version != v.Ref().Version || !got.Registered || got.System != p.System || got.User != p.User ||
			got.MaxTokens != p.MaxTokens || (got.Temperature == nil) != (p.Temperature == nil) || got.Description != p.Description {
			t.Errorf("%+v came back as %+v", p, got)
		}
		again, made, err := r.Push(t.Context(), name, p, "0")
		if err != nil || made || again.Version != v.Version {
			t.Errorf("pushed again: version %d, made %v, %v", again.Version, made, err)
		}
		if string(v.Format) != `{"type":"object"}` {
			t.Errorf("response format %s", v.Format)
		}
	}
	if err := c.SetPromptAlias(t.Context(), name, "production", 1); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[prompts.Ref]string{{Name: name}: "2", {Name: name, Alias: "production"}: "1", {Name: name, Version: 2}: "2"} {
		if got, err := r.Load(t.Context(), ref); err != nil || got.Version != want || got.Alias != ref.Alias {
			t.Errorf("%s: %+v, %v", ref, got, err)
		}
	}
	if p, err := c.GetPrompt(t.Context(), name); err != nil || strings.Join(p.Experiments, " ") != "0" {
		t.Errorf("shown in %v, %v", p.Experiments, err)
	}
}

func TestWhatIsNotThereSaysHowToMakeIt(t *testing.T) {
	r, _ := open(t)
	name := promptName(t)
	for ref, says := range map[prompts.Ref]string{
		{Name: name}: "`commentator prompts push " + name + "`", {Name: name, Alias: "candidate"}: "--alias candidate", {Name: name, Version: 3}: "has no version 3",
	} {
		if _, err := r.Load(t.Context(), ref); !registry.IsNotFound(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// TestAVersionThatCantWorkIsRefused: MLflow's own pages and clients take any text.
func TestAVersionThatCantWorkIsRefused(t *testing.T) {
	r, c := open(t)
	name := promptName(t)
	chat := func(roles ...string) (all []mlflow.PromptMessage) {
		for _, role := range roles {
			all = append(all, mlflow.PromptMessage{Role: role, Content: "Hello."})
		}
		return all
	}
	for says, spec := range map[string]mlflow.PromptSpec{
		"{{page}} 0 times":         {Messages: chat("system", "user")},
		"other messages":           {Messages: chat("user")},
		"{{ page }}, which is not": {Text: "Say {{ page }}."},
		"content is empty":         {Text: " "},
		"model config":             {Text: "Hello.", Model: []byte(`{"temperature":"hot"}`)},
		"read the messages":        {Text: "Hello.", Tags: nil},
	} {
		spec.Name = name
		v, err := c.RegisterPrompt(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if says == "read the messages" {
			if err := c.SetPromptVersionTag(t.Context(), name, v.Version, "_mlflow_prompt_type", "chat"); err != nil {
				t.Fatal(err)
			}
		}
		_, err = r.Load(t.Context(), prompts.Ref{Name: name, Version: v.Version})
		if err == nil || registry.IsNotFound(err) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name+"/"+v.Ref().Version) ||
			!strings.Contains(err.Error(), "prompts push") {
			t.Errorf("%s: %v", says, err)
		}
	}
	text, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "Say it in {{language}}."}) // as MLflow's page makes it
	if err != nil {
		t.Fatal(err)
	}
	if p, err := r.Load(t.Context(), prompts.Ref{Name: name, Version: text.Version}); err != nil || p.System != "Say it in {{language}}." {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAServerWithoutARegistrySaysSo(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/version" {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write([]byte("2.14.3"))
	}))
	t.Cleanup(old.Close)
	r := registry.New(connect(t, old.URL), nil)
	_, err := r.Load(t.Context(), prompts.Ref{Name: "commentary"})
	if err == nil || !strings.Contains(err.Error(), "has no prompt registry: MLflow 2.21 or newer is needed, this is 2.14.3") {
		t.Error(err)
	}
}
