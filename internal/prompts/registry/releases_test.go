package registry_test

import (
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestTheOldestAndTheNewestReleaseKeepPrompts: MLflow has had its registry since 2.21.
func TestTheOldestAndTheNewestReleaseKeepPrompts(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow servers")
	}
	for _, release := range []string{"2.22.5", "3.18.0"} {
		t.Run(release, func(t *testing.T) {
			s := mlflowtest.New(mlflowtest.WithVersion(release))
			t.Cleanup(s.Stop)
			r := registry.New(connect(t, s.URI(t)), []byte(`{"type":"object"}`))
			name := promptName(t)
			push(t, r, name, "One.", "production")
			v, made, err := r.Push(t.Context(), name, &job.Prompt{Name: "p", System: "Two.", User: "{{page}}", MaxTokens: 900}, "0")
			if err != nil || !made {
				t.Fatal(made, err)
			}
			ref := prompts.Ref{Name: name, Version: v.Version}
			if _, err := r.Promote(t.Context(), ref, "production", "me", "a test"); err != nil {
				t.Fatal(err)
			}
			f, log := follow(t, r, name, nil)
			f.Look(t.Context(), time.Minute)
			if p := f.Prompt("j", ""); p == nil || p.Version != "2" || p.User != "{{page}}" || p.MaxTokens != 900 {
				t.Errorf("%+v\n%s", p, log)
			}
			if got, err := r.Get(t.Context(), prompts.Ref{Name: name, Alias: "production"}); err != nil || len(got.Aliases) != 1 {
				t.Errorf("%+v, %v", got, err)
			}
			if m, err := r.Rollback(t.Context(), name, "production", "me", "a test"); err != nil || m.To != 1 {
				t.Errorf("%+v, %v", m, err)
			}
			if all, err := r.List(t.Context()); err != nil || len(all) != 1 || all[0].Aliases["production"] != 1 {
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
}
