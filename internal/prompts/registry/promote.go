package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// RefusedError says why an alias is not moved: what was shown is not enough, or speaks against it.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// IsRefused reports whether an alias was not moved because nothing shows that the version is good.
func IsRefused(err error) bool {
	_, ok := errors.AsType[*RefusedError](err)
	return ok
}

// noRunError says that there is no run of the id that was given as an evaluation's.
type noRunError struct{ id, at string }

func (e *noRunError) Error() string {
	return fmt.Sprintf("there is no run %s at %s: give the id of the candidate's run, as `commentator eval` prints it", e.id, e.at)
}

// CheckComparison says whether an evaluation run allows to promote a version: it compared this very
// version with a baseline, and the verdict was pass. It returns the reason in words, or a
// [RefusedError]; [IsNotFound] holds where there is no such run.
func (r *Registry) CheckComparison(ctx context.Context, ref prompts.Ref, runID string) (reason string, err error) {
	run, err := r.client.GetRun(ctx, runID)
	if mlflow.IsNotFound(err) {
		return "", &noRunError{runID, r.client.URI()}
	}
	if err != nil {
		return "", fmt.Errorf("read the comparison: %w", err)
	}
	tags := mlflow.TagMap(run.Data.Tags)
	refuse := func(format string, args ...any) (string, error) {
		return "", &RefusedError{fmt.Sprintf("run %s does not allow it: ", runID) + fmt.Sprintf(format, args...)}
	}
	of := tags[prompts.EvaluatedTag]
	switch verdict := tags[prompts.VerdictTag]; {
	case run.Info.LifecycleStage == "deleted":
		return refuse("it was deleted")
	case tags[mlflowattr.RunTypeTag] != mlflowattr.RunTypeEvaluation:
		return refuse("it is no evaluation")
	case of == "":
		return refuse("it is of no candidate, but of a baseline perhaps: give the run of %s, or make one by "+
			"`commentator eval --prompt %[1]s --baseline …`", ref)
	case of != ref.String():
		return refuse("it evaluated %s, and not %s", of, ref)
	case !compared(run):
		return refuse("it was compared with no other: evaluate with --baseline")
	case verdict == "":
		return refuse("its comparison has no verdict: it has not come to an end")
	case verdict != prompts.VerdictPass:
		return refuse("the verdict of its comparison is %s", text.OneLine(text.Clip(verdict, 60)))
	}
	return "the comparison of evaluation run " + runID + " passed", nil
}

// compared reports whether a run has the metrics of a comparison, see package compare of otel/eval.
func compared(run mlflow.Run) bool {
	return slices.ContainsFunc(run.Data.Metrics, func(m mlflow.Metric) bool { return strings.HasPrefix(m.Key, "compare/") })
}

// Move is an alias that was moved.
type Move struct {
	Alias    string
	From, To int // versions; From is 0 where the alias was new
	Moved    bool
}

// Promote moves an alias to a version that can work. by and reason are written into the registry before
// it moves, with the version that it comes from. An alias that leads there already stays, and nothing is
// written.
func (r *Registry) Promote(ctx context.Context, ref prompts.Ref, alias, by, reason string) (Move, error) {
	m := Move{Alias: alias, To: ref.Version}
	v, err := r.Get(ctx, ref)
	if err != nil {
		return m, err
	}
	if v.Fault != nil {
		return m, v.Fault
	}
	there, err := r.aliases(ctx, ref.Name)
	if err != nil {
		return m, err
	}
	if m.From = there[alias]; m.From == m.To {
		return m, nil
	}
	words := fmt.Sprintf("%s by %s", time.Now().UTC().Format(time.RFC3339), by)
	if m.From > 0 {
		words += fmt.Sprintf(", from version %d", m.From)
		if err := r.tag(ctx, ref, prompts.FormerTag(alias), strconv.Itoa(m.From)); err != nil {
			return m, err
		}
	}
	if err := r.tag(ctx, ref, prompts.PromotedTag(alias), words+": "+reason); err != nil {
		return m, err
	}
	return r.move(ctx, ref.Name, m)
}

// errNoFormer says that there is nothing to go back to.
var errNoFormer = errors.New("the registry does not say which version it came from: " +
	"`commentator prompts promote NAME/VERSION --force REASON` moves it")

// Rollback moves an alias back to the version that Promote moved it from, and writes why onto the one that
// it leaves.
func (r *Registry) Rollback(ctx context.Context, name, alias, by, reason string) (Move, error) {
	v, err := r.Get(ctx, prompts.Ref{Name: name, Alias: alias})
	if err != nil {
		return Move{Alias: alias}, err
	}
	m := Move{Alias: alias, From: v.Ref.Version}
	m.To, _ = strconv.Atoi(mlflow.TagMap(v.Tags)[prompts.FormerTag(alias)])
	if m.To < 1 || m.To == m.From {
		return m, fmt.Errorf("roll %s@%s back from version %d: %w", name, alias, m.From, errNoFormer)
	}
	former, err := r.Get(ctx, prompts.Ref{Name: name, Version: m.To})
	if err != nil {
		return m, err
	}
	if former.Fault != nil {
		return m, former.Fault
	}
	words := fmt.Sprintf("%s by %s, to version %d: %s", time.Now().UTC().Format(time.RFC3339), by, m.To, reason)
	if err := r.tag(ctx, v.Ref, prompts.RolledBackTag(alias), words); err != nil {
		return m, err
	}
	return r.move(ctx, name, m)
}

func (r *Registry) move(ctx context.Context, name string, m Move) (Move, error) {
	if err := r.client.SetPromptAlias(ctx, name, m.Alias, m.To); err != nil {
		return m, fmt.Errorf("move %s@%s to version %d: %w", name, m.Alias, m.To, err)
	}
	m.Moved = true
	return m, nil
}

func (r *Registry) tag(ctx context.Context, ref prompts.Ref, key, value string) error {
	if err := r.client.SetPromptVersionTag(ctx, ref.Name, ref.Version, key, text.OneLine(text.Clip(value, 2000))); err != nil {
		return fmt.Errorf("write tag %s of prompt %s: %w", key, ref, err)
	}
	return nil
}

// SetAlias has an alias lead to a version that was just pushed. [prompts.Production] is only given a first
// version in this way: after that Promote moves it.
func (r *Registry) SetAlias(ctx context.Context, ref prompts.Ref, alias string) (Move, error) {
	there, err := r.aliases(ctx, ref.Name)
	if err != nil {
		return Move{Alias: alias}, err
	}
	m := Move{Alias: alias, From: there[alias], To: ref.Version}
	if m.From == m.To {
		return m, nil
	}
	if alias == prompts.Production && m.From > 0 {
		return m, &RefusedError{fmt.Sprintf("%s@%s leads to version %d, and only `commentator prompts promote %s --alias %s "+
			"--comparison RUN_ID` moves it", ref.Name, alias, m.From, ref, alias)}
	}
	return r.move(ctx, ref.Name, m)
}
