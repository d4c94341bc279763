package mlflow_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestRealServerPromptIsReadBackAsRegistered(t *testing.T) {
	c := client(t, server.URI(t))
	name := promptName(t)
	spec := mlflow.PromptSpec{
		Name: name, Messages: []mlflow.PromptMessage{{Role: "system", Content: "Say <b> & {{language}}."}, {Role: "user", Content: "{{page}}"}},
		Format: []byte(`{"type":"object"}`), Model: []byte(`{"temperature":0.2}`),
		CommitMessage: "The first.", Tags: []mlflow.Tag{{Key: "by", Value: "us"}},
	}
	first, err := c.RegisterPrompt(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "Say {{language}} of {{page}}."})
	if err != nil {
		t.Fatal(err)
	}
	if first.Version != 1 || second.Version != 2 || first.Ref() != (mlflow.PromptRef{Name: name, Version: "1"}) {
		t.Fatalf("versions %d and %d", first.Version, second.Version)
	}
	got, err := c.GetPromptVersion(t.Context(), name, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Messages, spec.Messages) || string(got.Format) != string(spec.Format) || string(got.Model) != string(spec.Model) ||
		got.CommitMessage != spec.CommitMessage || !slices.Equal(got.Tags, spec.Tags) || got.Text != "" || got.Created.IsZero() {
		t.Errorf("%+v", got)
	}
	var all []int
	if err := c.PromptVersions(t.Context(), name, func(v mlflow.PromptVersion) error { all = append(all, v.Version); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all, []int{2, 1}) {
		t.Errorf("versions %v", all)
	}
}

func TestRealServerAliasLeadsToOneVersion(t *testing.T) {
	c := client(t, server.URI(t))
	name := promptName(t)
	for _, text := range []string{"One.", "Two."} {
		if _, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.GetPromptByAlias(t.Context(), name, "production"); !mlflow.IsNotFound(err) || mlflow.IsRetryable(err) {
		t.Errorf("no alias yet: %v", err)
	}
	for _, version := range []int{1, 2} {
		if err := c.SetPromptAlias(t.Context(), name, "production", version); err != nil {
			t.Fatal(err)
		}
		if v, err := c.GetPromptByAlias(t.Context(), name, "production"); err != nil || v.Version != version {
			t.Errorf("alias leads to %d, %v", v.Version, err)
		}
	}
	if err := c.SetPromptVersionTag(t.Context(), name, 2, "why", "better"); err != nil {
		t.Fatal(err)
	}
	v, err := c.GetPromptVersion(t.Context(), name, 2)
	if err != nil || !slices.Equal(v.Aliases, []string{"production"}) || v.Tag("why") != "better" || v.Text != "Two." {
		t.Errorf("%+v, %v", v, err)
	}
	var found mlflow.RegisteredPrompt
	err = c.Prompts(t.Context(), func(p mlflow.RegisteredPrompt) error {
		if p.Name == name {
			found = p
		}
		return nil
	})
	if err != nil || found.Latest != 2 || !maps.Equal(found.Aliases, map[string]int{"production": 2}) {
		t.Errorf("%+v, %v", found, err)
	}
	for range 2 { // one that is gone is no error
		if err := c.DeletePromptAlias(t.Context(), name, "production"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.GetPromptByAlias(t.Context(), name, "production"); !mlflow.IsNotFound(err) {
		t.Errorf("the alias is gone: %v", err)
	}
}

func TestRealServerPromptIsShownInExperimentsOnce(t *testing.T) {
	c := client(t, server.URI(t))
	name := promptName(t)
	if _, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "One."}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "12", "1"} {
		if err := c.ShowPromptIn(t.Context(), name, id); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := c.GetPrompt(t.Context(), name); err != nil || !slices.Equal(p.Experiments, []string{"1", "12"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if err := c.ShowPromptIn(t.Context(), name+"x", "1"); !mlflow.IsNotFound(err) {
		t.Error(err)
	}
}

func TestRealServerUnknownPromptsAreNotFound(t *testing.T) {
	c := client(t, server.URI(t))
	name := promptName(t)
	if _, err := c.GetPrompt(t.Context(), name); !mlflow.IsNotFound(err) {
		t.Error(err)
	}
	if _, err := c.GetPromptVersion(t.Context(), name, 1); !mlflow.IsNotFound(err) {
		t.Error(err)
	}
	if _, err := c.GetPromptByAlias(t.Context(), name, "production"); !mlflow.IsNotFound(err) {
		t.Error(err)
	}
	err := c.PromptVersions(t.Context(), name, func(mlflow.PromptVersion) error { return errors.New("there is none") })
	if err != nil {
		t.Error(err)
	}
}

// TestAModelIsNoPrompt: MLflow keeps both in one place.
func TestAModelIsNoPrompt(t *testing.T) {
	c := client(t, answering(t, 200, `{"registered_model":{"name":"m"}}`).URL)
	_, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: "m", Text: "x"})
	if !errors.Is(err, mlflow.ErrNoPrompt) || !strings.Contains(err.Error(), "register prompt m") {
		t.Error(err)
	}
	c = client(t, answering(t, 200, `{"model_version":{"name":"m","version":"3"}}`).URL)
	if _, err := c.GetPromptVersion(t.Context(), "m", 3); !errors.Is(err, mlflow.ErrNoPrompt) {
		t.Error(err)
	}
	if _, err := c.GetPromptVersion(t.Context(), "other", 3); err == nil || errors.Is(err, mlflow.ErrNoPrompt) {
		t.Errorf("the answer is about another: %v", err)
	}
}

// promptName is a name that no other test has.
func promptName(t *testing.T) string {
	t.Helper()
	return mlflow.ModelName(mlflowtest.Experiment(t))
}
