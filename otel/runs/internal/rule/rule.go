// Package rule is what is left of the rules of package runs when they are ready to
// be followed: limits filled in, patterns to be matched. It has no YAML and no
// documentation for people who write rules; both are on runs.Rules.
package rule

import "strings"

// Set is the rules of one projection.
type Set struct {
	Runs        []Run
	OnlyListed  bool
	Inherit     []string
	Collect     bool
	ColorBy     string
	Colors      map[string]string
	Ignore      []string
	TraceTags   []string
	TraceErrors map[string][]string

	VersionParams []string
	Limits        Limits
}

// Run makes a run of each span that it names, or keeps it from being one. Its
// fields are those of runs.RunRule, in the same order.
type Run struct {
	Span       string
	Skip       bool
	Name       string
	Params     map[string]string
	Metrics    map[string]string
	Tags       map[string]string
	Artifacts  map[string]string
	Set        map[string]string
	NoDefaults bool
}

// Limits bounds one projection. Its fields are those of runs.Limits, in the same
// order, all more than zero.
type Limits struct {
	Runs          int
	ArtifactBytes int
	ParamChars    int
	TagChars      int
	Metrics       int
	Params        int
	Tags          int
}

// For returns the first rule that names a span, or nil.
func (s *Set) For(span string) *Run {
	for i := range s.Runs {
		if Matches(s.Runs[i].Span, span) {
			return &s.Runs[i]
		}
	}
	return nil
}

// Lists reports whether a rule asks for runs of that very span. A rule for all
// spans says nothing about one.
func (s *Set) Lists(span string) bool {
	for i := range s.Runs {
		if r := &s.Runs[i]; !r.Skip && r.Span != "*" && Matches(r.Span, span) {
			return true
		}
	}
	return false
}

// Ignores reports whether the defaults leave an attribute out.
func (s *Set) Ignores(key string) bool {
	for _, pattern := range s.Ignore {
		if Matches(pattern, key) {
			return true
		}
	}
	return false
}

// Matches compares a name with a pattern that may end in a wildcard.
func Matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
