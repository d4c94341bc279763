package evidence

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// defaultRules are the built-in rules, in the same form as an operator's file.
//
//go:embed rules.yaml
var defaultRules []byte

// Rule is what holds for a host and the hosts below it. Zero fields are not set. The fields
// that are accepted but do nothing keep files readable that were written for earlier versions.
type Rule struct {
	Adapter       string  `yaml:"adapter"`
	Extraction    string  `yaml:"extraction"` // accepted for old files; there is one way
	MaxSnippets   int     `yaml:"max_snippets"`
	MaxChars      int     `yaml:"max_chars_per_snippet"`
	MaxTokens     int     `yaml:"max_tokens"`
	Timeout       seconds `yaml:"timeout"`
	Pause         seconds `yaml:"pause"`
	FetchReadme   *bool   `yaml:"fetch_readme"`
	FetchReleases *bool   `yaml:"fetch_releases"`
	FetchAbstract *bool   `yaml:"fetch_abstract"` // accepted for old files; always
	FetchPDFText  *bool   `yaml:"fetch_pdf_text"`
}

// seconds is a duration written as a number of seconds or with a unit.
type seconds time.Duration

// UnmarshalYAML implements [yaml.Unmarshaler]. It takes 15, 1.5 and 1m30s, up to an hour.
func (s *seconds) UnmarshalYAML(n *yaml.Node) error {
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil && f >= 0 && f <= 3600 {
		*s = seconds(f * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < 0 || d > time.Hour {
		return fmt.Errorf("line %d: %q is no time from 0 to 3600 seconds; write 15 or 15s", n.Line, n.Value)
	}
	*s = seconds(d)
	return nil
}

// Rules are rules by host; "default" holds where no other does. It does not change once it is
// parsed, so it is safe for concurrent use.
type Rules struct{ byHost map[string]Rule }

// ParseRules reads rules as YAML, on top of the built-in ones. An empty file changes nothing.
// A name that is not known, of a field or an adapter, is an error: a rule with a slip of the
// pen would otherwise do nothing, unseen.
func ParseRules(file []byte) (Rules, error) {
	r := Rules{map[string]Rule{}}
	if err := r.read(defaultRules); err != nil {
		return Rules{}, fmt.Errorf("built-in rules: %w", err)
	}
	if err := r.read(file); err != nil {
		return Rules{}, fmt.Errorf("domain rules: %w", err)
	}
	return r, nil
}

// read adds the rules of a file, whose fields win over those that are there.
func (r Rules) read(file []byte) error {
	var doc struct {
		Rules map[string]yaml.Node `yaml:"rules"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(file))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read YAML: %w", err)
	}
	for host, node := range doc.Rules {
		rule := r.byHost[host] // fields not in the file keep their value
		// Written out and read again, since a node by itself can't be decoded strictly (yaml.v3
		// has KnownFields on the Decoder only).
		var b bytes.Buffer
		if err := yaml.NewEncoder(&b).Encode(&node); err != nil {
			return fmt.Errorf("rule for %s: %w", host, err)
		}
		strict := yaml.NewDecoder(&b)
		strict.KnownFields(true)
		if err := strict.Decode(&rule); err != nil {
			return fmt.Errorf("rule for %s: %w", host, err)
		}
		if rule.Adapter != "" {
			name := adapterName(rule.Adapter)
			if name == "" {
				const help = "write generic, arxiv, github or another name of the list"
				return fmt.Errorf("rule for %s: there is no adapter %q; %s", host, rule.Adapter, help)
			}
			rule.Adapter = name
		}
		if rule.MaxSnippets < 0 || rule.MaxChars < 0 || rule.MaxTokens < 0 {
			return fmt.Errorf("rule for %s: a number is negative", host)
		}
		r.byHost[strings.ToLower(host)] = rule
	}
	return nil
}

// forHost merges the rules of host's parent domains over the default, the nearest last. An
// adapter named by "default" is left out: it would switch all others off. For docs.example.com
// it merges com, example.com and docs.example.com, in this order.
func (r Rules) forHost(host string) Rule {
	rule := r.byHost["default"]
	rule.Adapter = ""
	labels := strings.Split(strings.ToLower(host), ".")
	for i := len(labels) - 1; i >= 0; i-- {
		if over, ok := r.byHost[strings.Join(labels[i:], ".")]; ok {
			rule = rule.with(over)
		}
	}
	return rule
}

// with returns r with the fields that o sets. The fields that are only accepted are left out.
func (r Rule) with(o Rule) Rule {
	set(&r.Adapter, o.Adapter)
	set(&r.MaxSnippets, o.MaxSnippets)
	set(&r.MaxChars, o.MaxChars)
	set(&r.MaxTokens, o.MaxTokens)
	set(&r.Timeout, o.Timeout)
	set(&r.Pause, o.Pause)
	set(&r.FetchReadme, o.FetchReadme)
	set(&r.FetchReleases, o.FetchReleases)
	set(&r.FetchPDFText, o.FetchPDFText)
	return r
}

// set writes v unless it is zero.
func set[T comparable](to *T, v T) {
	var zero T
	if v != zero {
		*to = v
	}
}

// pauses returns the pauses between requests, by host, "" for all others.
func (r Rules) pauses() map[string]time.Duration {
	out := map[string]time.Duration{}
	for host, rule := range r.byHost {
		if host == "default" {
			host = ""
		}
		if rule.Pause > 0 {
			out[host] = time.Duration(rule.Pause)
		}
	}
	return out
}

// off reports whether a switch is set to false.
func off(b *bool) bool { return b != nil && !*b }
