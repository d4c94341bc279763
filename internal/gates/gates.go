package gates

import (
	"slices"

	"github.com/technoshare/commentator/internal/job"
)

// Options adjust the gates to who made the result, and for whom.
type Options struct {
	// Offline says that the result is made of the page's own sentences: there
	// are no project ideas, a short page gives a short summary, and the
	// language is the page's.
	Offline bool
	// Answer says that the result answers a question: the form of a comment is
	// not asked for.
	Answer bool
	// Language is the language that comments shall have, as ISO 639-1 code.
	// Empty: that of the page.
	Language string
	// ProjectThemes are the team's themes, which a comment may name.
	ProjectThemes []string
	// Allow are further names that a comment may use though no page has them,
	// such as the team's own products.
	Allow []string
}

// Gate describes one gate: what people read of it in the documentation, and how
// much its verdict weighs. A blocking gate that fails keeps the comment from
// being posted; an advisory one is only reported.
type Gate struct {
	Name     string
	Checks   string       // what must hold
	Why      string       // what users suffer without it
	Severity job.Severity // the result of a blocking gate in doubt is advisory
	run      func(*input) verdict
}

// Gates lists all gates in the order of the report. The order has no effect on
// the verdicts: every gate runs, also when an earlier one has failed, so that
// one report names everything that is wrong with a comment. Names are part of
// spans, tables and saved reports and should not change.
func Gates() []Gate {
	return []Gate{
		{"evidence", "there is evidence, and retrieval did not fail", "a comment without evidence is invention", job.Blocking, checkEvidence},
		{"coverage", "the evidence covers the whole page", "a teaser must not pass for the article", job.Advisory, checkCoverage},
		{"tldr", "exactly 3 items, each one sentence without line break", "the first lines are all that most people read", job.Blocking,
			checkTLDR},
		{"summary", "one paragraph of 5 to 10 sentences, at least 100 characters, no bullets", "readers rely on the form", job.Blocking,
			checkSummary},
		{"projects", "3 to 8 ideas, each on one line", "the link has to be brought home to the team", job.Blocking, checkProjects},
		{"project_themes", "each idea names one of the team's themes", "ideas without a theme reach nobody", job.Advisory, checkProjectThemes},
		{"similar_tech", "at most 8 items, each **Name** — one sentence", "readers rely on the form", job.Blocking, checkSimilarTech},
		{"links", "every link is on the page", "made-up and planted links harm who clicks", job.Blocking, checkLinks},
		{"names", "names in tldr and summary are in the evidence, in any script", "models invent people, products and firms",
			job.Blocking, checkNames},
		{"numbers", "numbers, units and dates in tldr and summary are in the evidence", "models invent figures, and people quote them",
			job.Blocking, checkNumbers},
		{"placeholder", "no placeholder and no talk of the model about itself", "half-filled templates look foolish", job.Blocking,
			checkPlaceholder},
		{"language", "all parts are in the language asked for", "people read one language here", job.Blocking, checkLanguage},
		{"length", "each part fits into a section, all into one message of Slack", "long comments are not read, and Slack refuses them",
			job.Blocking, checkLength},
		{"repetition", "no sentence twice, no loops", "small models run in circles", job.Blocking, checkRepetition},
		{"injection", "no mention, markup or order that the page planted", "a page must not speak with the team's voice", job.Blocking,
			checkInjection},
		{"calls", "what the comment asks for, sells or accuses is what the page is about", "a page must not send the team to its own ends",
			job.Blocking, checkCalls},
		{"secrets", "no key, token, password or card number", "what is posted is known to all", job.Blocking, checkSecrets},
	}
}

// ofForm reports whether a gate is about the form of a comment, which an answer
// does not have.
func ofForm(name string) bool {
	switch name {
	case "tldr", "summary", "projects", "project_themes", "similar_tech":
		return true
	}
	return false
}

// Checker is a [job.Gates] with the rules of a team. It holds settings only and
// may be used by several goroutines. The pipeline calls it once for each
// attempt, after the analysis and before anything is posted.
type Checker struct{ options Options }

var _ job.Gates = Checker{}

// New makes a Checker. Options.Offline is taken from each analysis.
func New(opts Options) Checker { return Checker{opts} }

// Check runs all gates on an analysis, which must not be nil. An analysis
// without a result fails.
func (c Checker) Check(ev *job.Evidence, a *job.Analysis) job.Report {
	opts := c.options
	opts.Offline = a.Offline()
	if a.Language != "" {
		opts.Language = a.Language // of its channel
	}
	if a.Question != "" {
		// Names of the question may be repeated, its numbers only if the page has them.
		opts.Answer, opts.Allow = true, append(slices.Clone(opts.Allow), a.Question)
	}
	return Check(ev, a.Result, opts)
}

// Check runs all gates and reports each, passed or not. Evidence and result may
// be nil: nil evidence counts as a failed retrieval, a nil result as an empty
// comment, and either fails. Check changes neither of them, and its time is
// bounded whatever their size (see maxPart and maxCorpus).
func Check(ev *job.Evidence, res *job.Comment, opts Options) job.Report {
	in := newInput(ev, res, opts)
	gates := Gates()
	report := job.Report{Results: make([]job.GateResult, 0, len(gates))}
	for _, g := range gates {
		if opts.Answer && ofForm(g.Name) {
			continue
		}
		v := g.run(in)
		severity := g.Severity
		if v.doubtful {
			severity = job.Advisory
		}
		report.Results = append(report.Results, job.GateResult{
			Name: g.Name, Passed: v.passed, Detail: v.detail, Score: v.score, Severity: severity,
		})
	}
	return report
}
