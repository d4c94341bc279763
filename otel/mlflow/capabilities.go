package mlflow

import (
	"maps"
	"strconv"
	"strings"
)

// Feature is something that some MLflow servers can do and others cannot.
type Feature int

// The features on which delivery depends, in the order in which people read them.
const (
	// FeatureTraces: the server has traces with spans of MLflow 3.
	FeatureTraces Feature = iota
	// FeatureTraceInfo: traces have ids of the client's, previews and assessments
	// (POST api/3.0/mlflow/traces).
	FeatureTraceInfo
	// FeatureTraceRequests: traces exist in the form of MLflow 2.14, with ids of the
	// server's (POST api/2.0/mlflow/traces).
	FeatureTraceRequests
	// FeatureTracePages: traces have pages of their own in the web interface.
	FeatureTracePages
	// FeatureOTLP: spans are taken at /v1/traces, and the server's own pages can
	// read them afterwards.
	FeatureOTLP
	// FeatureOTLPGzip: a compressed body is taken at /v1/traces.
	FeatureOTLPGzip
	// FeatureInfoUpdate: writing the info of a trace may leave out what the server
	// itself made of the spans. Without it such a write fails.
	FeatureInfoUpdate
	// FeatureTokensOnce: spans sent again do not count their tokens again.
	FeatureTokensOnce
	// FeatureLinkTraces: a trace can be shown in the Traces tab of a run.
	FeatureLinkTraces
	// FeatureLinkPrompts: a trace can be shown on the pages of its prompts.
	FeatureLinkPrompts
	// FeatureAttachments: files of a trace beside its spans, to which spans refer, are
	// shown on its page.
	FeatureAttachments
	// FeatureLoggedModels: a run can be one of a version of a program.
	FeatureLoggedModels
	// FeatureDatasets: the server keeps evaluation datasets.
	FeatureDatasets
	// FeaturePrompts: there is a registry of prompts, with versions and aliases.
	FeaturePrompts
	// featureCount ends the list.
	featureCount
)

// features says what each feature is called, which release of MLflow has it first,
// and what becomes of a trace without it. It is the only place that knows releases.
//
// Sources: mlflow/tracing/attachments.py, mlflow/server/handlers.py, otel_api.py and sqlalchemy_store.py of the
// releases, and the servers of the matrix test. Releases 3.4 and 3.5 take spans
// that their own pages do not find again, so that OTLP counts from 3.6 on.
var features = [featureCount]struct {
	name    string
	since   release
	without string
}{
	FeatureTraces:        {"traces of MLflow 3", release{3, 0}, "the trace is an artifact of its run too"},
	FeatureTraceInfo:     {"trace info", release{3, 2}, "the trace has an id of the server's, and no assessments"},
	FeatureTraceRequests: {"a Traces tab", release{2, 14}, "the trace is only an artifact of its run"},
	FeatureTracePages:    {"pages of traces", release{3, 4}, "addresses lead to the list of traces"},
	FeatureOTLP:          {"spans over OTLP", release{3, 6}, "spans go to the artifacts of the trace, as MLflow's own clients write them"},
	FeatureOTLPGzip:      {"compressed spans", release{3, 7}, "spans are sent as they are"},
	FeatureInfoUpdate:    {"repeated trace info", release{3, 10}, "the info is read before it is written"},
	FeatureTokensOnce:    {"tokens counted once", release{3, 17}, "the sum is written again after spans were sent again"},
	FeatureLinkTraces:    {"traces of a run", release{3, 3}, "traces name their run, runs do not list them"},
	FeatureLinkPrompts:   {"traces of a prompt", release{3, 10}, "prompts do not list their traces"},
	FeatureAttachments:   {"attachments of a trace", release{3, 12}, "pictures in messages stay in the spans, as they came"},
	FeatureLoggedModels:  {"versions of a program", release{3, 0}, "runs do not belong to a version"},
	FeatureDatasets:      {"evaluation datasets", release{3, 4}, "feedback and failures can't be gathered as examples"},
	FeaturePrompts:       {"a prompt registry", release{2, 21}, "prompts are those of the program and of its files"},
}

// String returns the feature's name for people.
func (f Feature) String() string {
	if f < 0 || f >= featureCount {
		return "Feature(" + strconv.Itoa(int(f)) + ")"
	}
	return features[f].name
}

// Without says in one sentence what becomes of a trace on a server that lacks the
// feature.
func (f Feature) Without() string { return features[f].without }

// Features returns all features, in the order in which people read them.
func Features() []Feature {
	all := make([]Feature, featureCount)
	for i := range all {
		all[i] = Feature(i)
	}
	return all
}

// release is major and minor version of MLflow.
type release [2]int

func (r release) before(other release) bool {
	return r[0] < other[0] || r[0] == other[0] && r[1] < other[1]
}

func (r release) String() string { return strconv.Itoa(r[0]) + "." + strconv.Itoa(r[1]) }

// parseRelease reads what /version answers, such as 3.17.2, 3.1.0rc1 or 2.22.5.dev0.
func parseRelease(version string) (release, bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return release{}, false
	}
	var r release
	for i := range r {
		digits := strings.TrimRightFunc(parts[i], func(c rune) bool { return c < '0' || c > '9' })
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 {
			return release{}, false
		}
		r[i] = n
	}
	return r, true
}

// Capabilities is what one server was found to be able to do. It is a value that
// does not change any more, safe for concurrent use.
type Capabilities struct {
	// Version is the server's release, such as 3.17.2; empty where the server, or
	// a proxy in front of it, does not give it. Then the newest is assumed until
	// an answer says otherwise.
	Version string
	// Store is the class of the server's tracking store, such as SqlStore or
	// FileStore; empty before MLflow 3.9, which does not give it.
	Store string

	missing map[Feature]string // with the reason
}

// Has reports whether the server has the feature.
func (c Capabilities) Has(f Feature) bool { return c.missing[f] == "" }

// Missing says why the server lacks a feature, in words for people; it is empty for
// one that is there.
func (c Capabilities) Missing(f Feature) string { return c.missing[f] }

// capabilitiesOf is what the table says about a release.
func capabilitiesOf(version string) Capabilities {
	c := Capabilities{Version: version, missing: map[Feature]string{}}
	r, ok := parseRelease(version)
	if !ok {
		return c
	}
	for f, row := range features {
		if r.before(row.since) {
			c.missing[Feature(f)] = "MLflow " + row.since.String() + " or newer is needed, this is " + version
		}
	}
	return c
}

// without is a copy that lacks more.
func (c Capabilities) without(missing map[Feature]string) Capabilities {
	c.missing = maps.Clone(c.missing)
	for f, why := range missing {
		if c.missing[f] == "" {
			c.missing[f] = why
		}
	}
	return c
}
