package registry

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/mlflow"
)

// What a canary has to show.
const (
	// LeastJobs is how many jobs both versions must have had since the candidate was registered.
	LeastJobs = 20
	// Margin is by how much, as a share of the jobs, the candidate may do worse in passing the gates, and
	// by how much more often it may get a 👎.
	Margin = 0.05
	// leastOpinions is how many jobs of both must have an opinion, before opinions count.
	leastOpinions = 10
	// maxJobs bounds the runs that are read of a version.
	maxJobs = 10_000
	// maxPages bounds the pages that they are looked for on.
	maxPages = 100
)

// Arm is what the jobs of a version came to.
type Arm struct {
	Version      int
	Jobs         int // that ended
	Passed       int // of them: answered, all gates passed
	Opinions, Up int // jobs that somebody judged, and those where the newest opinion is 👍
}

// Comparison is a canary's jobs beside those of production in the same time.
type Comparison struct {
	Candidate, Production Arm
	Since                 time.Time // when the candidate was registered
}

// CompareCanary reads the jobs of a version, and of the one that an alias leads to, from their runs in an
// experiment. Of a job with several attempts the last counts.
func (r *Registry) CompareCanary(ctx context.Context, ref prompts.Ref, alias, experimentID string) (Comparison, error) {
	var c Comparison
	v, err := r.Get(ctx, ref)
	if err != nil {
		return c, err
	}
	there, err := r.aliases(ctx, ref.Name)
	if err != nil {
		return c, err
	}
	c.Since, c.Candidate.Version, c.Production.Version = v.Created, ref.Version, there[alias]
	switch c.Production.Version {
	case 0:
		return c, &NotFoundError{prompts.Ref{Name: ref.Name, Alias: alias}, r.client.URI()}
	case ref.Version:
		return c, &RefusedError{fmt.Sprintf("%s@%s leads to version %d already: there is nothing to compare it with",
			ref.Name, alias, ref.Version)}
	}
	for _, arm := range []*Arm{&c.Candidate, &c.Production} {
		if err := r.count(ctx, ref.Name, arm, experimentID, c.Since); err != nil {
			return c, fmt.Errorf("read the jobs of prompt %s/%d: %w", ref.Name, arm.Version, err)
		}
	}
	return c, nil
}

// count reads an arm.
func (r *Registry) count(ctx context.Context, name string, arm *Arm, experimentID string, since time.Time) error {
	q := mlflow.RunSearch{
		ExperimentIDs: []string{experimentID}, MaxResults: 1000, OrderBy: []string{"attributes.start_time DESC"},
		Filter: fmt.Sprintf("tags.%s = '%s/%d' and %s and attributes.start_time >= %d",
			mlflowview.PromptTag, name, arm.Version, mlflowview.JobsOnly, since.UnixMilli()),
	}
	seen := map[string]bool{}
	for range maxPages {
		runs, next, err := r.client.SearchRuns(ctx, q)
		if err != nil {
			return err
		}
		for _, run := range runs {
			tags := mlflow.TagMap(run.Data.Tags)
			if id := tags[mlflowview.JobIDTag]; id == "" || seen[id] || tags[mlflowview.OutcomeTag] == "" {
				continue // an earlier attempt, or one that has not ended
			}
			seen[tags[mlflowview.JobIDTag]] = true
			arm.add(tags[mlflowview.OutcomeTag], run.Data.Metrics)
		}
		if q.PageToken = next; next == "" || arm.Jobs >= maxJobs {
			return nil
		}
	}
	return nil
}

func (a *Arm) add(outcome string, metrics []mlflow.Metric) {
	a.Jobs++
	if outcome == string(job.OutcomeSuccess) {
		a.Passed++
	}
	for _, m := range metrics {
		if m.Key == mlflowview.FeedbackMetric(job.FeedbackName) && !math.IsNaN(m.Value) { // NaN: it was taken back
			a.Opinions++
			if m.Value == 1 {
				a.Up++
			}
		}
	}
}

// Lines are the comparison for people, a line for each number.
func (c Comparison) Lines() []string {
	share := func(n, of int) string {
		if of == 0 {
			return "none"
		}
		return fmt.Sprintf("%d of %d (%.0f %%)", n, of, 100*float64(n)/float64(of))
	}
	lines := []string{"since " + c.Since.Format(time.RFC3339)}
	for _, x := range []struct {
		what string
		of   func(Arm) (int, int)
	}{
		{"gates passed", func(a Arm) (int, int) { return a.Passed, a.Jobs }},
		{"👍 of jobs with an opinion", func(a Arm) (int, int) { return a.Up, a.Opinions }},
	} {
		n, of := x.of(c.Candidate)
		m, all := x.of(c.Production)
		line := fmt.Sprintf("%s: version %d %s, version %d %s", x.what, c.Candidate.Version, share(n, of), c.Production.Version, share(m, all))
		if of > 0 && all > 0 {
			diff, low, high := difference(n, of, m, all)
			line += fmt.Sprintf("; difference %+.0f points (95 %% interval %+.0f to %+.0f)", 100*diff, 100*low, 100*high)
		}
		lines = append(lines, line)
	}
	return lines
}

// Verdict is nil where the candidate may take production's place, and a [RefusedError] where there are too
// few jobs, or it does worse.
func (c Comparison) Verdict() error {
	n := min(c.Candidate.Jobs, c.Production.Jobs)
	if n < LeastJobs {
		return &RefusedError{fmt.Sprintf("too few jobs to say anything: version %d has had %d, and version %d %d in the same time; "+
			"%d of both are needed", c.Candidate.Version, c.Candidate.Jobs, c.Production.Version, c.Production.Jobs, LeastJobs)}
	}
	if d, _, _ := difference(c.Candidate.Passed, c.Candidate.Jobs, c.Production.Passed, c.Production.Jobs); d < -Margin {
		return &RefusedError{fmt.Sprintf("version %d passes the gates less often: %.0f points, and %.0f are allowed",
			c.Candidate.Version, 100*d, -100*Margin)}
	}
	if min(c.Candidate.Opinions, c.Production.Opinions) < leastOpinions {
		return nil
	}
	if d, _, _ := difference(c.Candidate.Up, c.Candidate.Opinions, c.Production.Up, c.Production.Opinions); d < -Margin {
		return &RefusedError{fmt.Sprintf("version %d gets a 👎 more often: %.0f points, and %.0f are allowed",
			c.Candidate.Version, -100*d, 100*Margin)}
	}
	return nil
}

// Reason is the comparison in one line, for the registry.
func (c Comparison) Reason() string { return "canary " + strings.Join(c.Lines(), "; ") }

// difference is that of two shares, with Newcombe's interval of 95 % (method 10 of Stat. Med. 1998, 17,
// 873–890): it holds for shares near 0 and 1, and for few.
func difference(n, of, m, all int) (diff, low, high float64) {
	p, q := float64(n)/float64(of), float64(m)/float64(all)
	l1, u1 := wilson(n, of)
	l2, u2 := wilson(m, all)
	diff = p - q
	return diff, diff - math.Hypot(p-l1, u2-q), diff + math.Hypot(u1-p, q-l2)
}

// wilson is the score interval of a share.
func wilson(n, of int) (low, high float64) {
	const z = 1.959964
	count, p := float64(of), float64(n)/float64(of)
	mid, half := p+z*z/(2*count), z*math.Sqrt(p*(1-p)/count+z*z/(4*count*count))
	return (mid - half) / (1 + z*z/count), (mid + half) / (1 + z*z/count)
}
