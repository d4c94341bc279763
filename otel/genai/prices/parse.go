package prices

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// document is one YAML document while it is read.
type document struct {
	file   string
	vendor string
	source string
	dated  string
	names  []string // of its providers
	models *yaml.Node
	given  map[modelKey]int // the lines of the file on which models stand, of all its documents
}

// modelKey is a model as a file gives it a price: of a vendor, or with none of any provider.
type modelKey struct{ vendor, name string }

// maxPrice is far above all prices, in US dollars per million tokens, and keeps sums finite.
const maxPrice = 1e9

// fault says what is wrong with a field of a file.
func (d *document) fault(n *yaml.Node, field, format string, args ...any) error {
	return fmt.Errorf("%s: line %d, %s: %s", d.file, n.Line, field, fmt.Sprintf(format, args...))
}

// read adds the documents of a file to the table.
func (t *Table) read(file string, text []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	given := map[modelKey]int{}
	for some := false; ; some = true {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF) && !some:
			return fmt.Errorf("%s is empty", file)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := t.readDocument(&document{file: file, given: given}, doc.Content[0]); err != nil {
			return err
		}
	}
}

func (t *Table) readDocument(d *document, root *yaml.Node) error {
	err := d.fields(root, "the document", func(key string, v *yaml.Node) error {
		var err error
		switch key {
		case "vendor":
			d.vendor, err = d.word(v, key)
		case "source":
			d.source, err = d.word(v, key)
		case "dated":
			d.dated, err = d.day(v, key)
		case "providers":
			d.names, err = d.words(v, key)
		case "models":
			d.models = v
		default:
			err = d.fault(v, key, "there is no such key (known here: vendor, providers, source, dated, models)")
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case d.vendor == "" && len(d.names) > 0:
		return d.fault(root, "providers", "name the vendor whose providers they are")
	case d.vendor == "" && d.models == nil:
		return d.fault(root, "models", "there are none")
	}
	into := t.own
	if d.vendor != "" {
		d.vendor = cmp.Or(t.aliases[fold(d.vendor)], fold(d.vendor))
		if t.vendors[d.vendor] == nil {
			t.vendors[d.vendor] = map[string]entry{}
		}
		into = t.vendors[d.vendor]
		for _, alias := range append(d.names, d.vendor) {
			if other := t.aliases[fold(alias)]; other != "" && other != d.vendor {
				return d.fault(root, "providers", "%s is a provider of %s already", alias, other)
			}
			t.aliases[fold(alias)] = d.vendor
		}
	}
	if d.models == nil {
		return nil
	}
	return d.fields(d.models, "models", func(name string, v *yaml.Node) error {
		field, key := "models."+name, modelKey{d.vendor, fold(name)}
		switch line, twice := d.given[key]; {
		case key.name == "":
			return d.fault(v, field, "the name of the model is empty")
		case twice:
			return d.fault(v, field, "stands there twice, on line %d before", line)
		}
		d.given[key] = v.Line
		list, err := d.history(v, field)
		into[key.name] = entry{list, d.describe()}
		return err
	})
}

// describe says where the document's prices stand.
func (d *document) describe() string {
	who := cmp.Or(d.vendor, d.source, d.file)
	if d.dated == "" {
		return who
	}
	return who + " " + d.dated
}

// history reads the prices of a model: one, or a list by the days from which they hold.
func (d *document) history(n *yaml.Node, field string) ([]price, error) {
	if n.Kind != yaml.SequenceNode {
		p, err := d.price(n, field)
		return []price{p}, err
	}
	var list []price
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", field, i)
		e = resolved(e)
		p, err := d.price(e, at)
		switch {
		case err != nil:
			return nil, err
		case i > 0 && p.from == "":
			return nil, d.fault(e, at+".from", "say from which day on the price holds, in place of the one before it")
		case i > 0 && p.from <= list[i-1].from:
			return nil, d.fault(e, at+".from", "%s is not after %s, from which the one before it holds: put the earlier price first",
				p.from, list[i-1].from)
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, d.fault(n, field, "there is no price in the list")
	}
	return list, nil
}

// price reads a price of a model.
func (d *document) price(n *yaml.Node, field string) (price, error) {
	var p price
	var base tier
	err := d.fields(n, field, func(key string, v *yaml.Node) error {
		switch key {
		case "above":
			return d.tiers(&p, v, field+".above")
		case "from":
			var err error
			p.from, err = d.day(v, field+".from")
			return err
		}
		return d.amount(&base, key, v, field, "above, from")
	})
	if err == nil && base.input == nil && base.output == nil {
		err = d.fault(n, field, "there is no price: write input and output, in US dollars per million tokens, 0 for what is free")
	}
	if err != nil {
		return price{}, err
	}
	if base.input != nil {
		p.input = *base.input
	}
	if base.output != nil {
		p.output = *base.output
	}
	p.cachedInput, p.cacheWrite, p.reasoning = base.cachedInput, base.cacheWrite, base.reasoning
	return p, nil
}

func (d *document) tiers(p *price, list *yaml.Node, field string) error {
	if list.Kind != yaml.SequenceNode {
		return d.fault(list, field, "must be a list, like [{tokens: 200000, input: 4, output: 12}]")
	}
	for i, n := range list.Content {
		var t tier
		at := fmt.Sprintf("%s[%d]", field, i)
		n = resolved(n)
		err := d.fields(n, at, func(key string, v *yaml.Node) error {
			if key != "tokens" {
				return d.amount(&t, key, v, at, "tokens")
			}
			if err := v.Decode(&t.tokens); err != nil || t.tokens <= 0 {
				return d.fault(v, at+".tokens", "%q is no number of tokens", v.Value)
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case t.tokens == 0:
			return d.fault(n, at+".tokens", "say above how many tokens of input the prices hold")
		case slices.ContainsFunc(p.above, func(other tier) bool { return other.tokens == t.tokens }):
			return d.fault(n, at+".tokens", "%d tokens stand there twice", t.tokens)
		}
		p.above = append(p.above, t)
	}
	slices.SortFunc(p.above, func(a, b tier) int { return cmp.Compare(a.tokens, b.tokens) })
	return nil
}

// amount reads one price into the tier. beside is what else may stand there.
func (d *document) amount(t *tier, key string, v *yaml.Node, field, beside string) error {
	into := map[string]**float64{
		"input": &t.input, "cached_input": &t.cachedInput, "cache_write": &t.cacheWrite, "output": &t.output, "reasoning": &t.reasoning,
	}[key]
	field += "." + key
	if into == nil {
		return d.fault(v, field, "there is no such key (known here: input, cached_input, cache_write, output, reasoning, %s)", beside)
	}
	var usd float64
	switch err := v.Decode(&usd); {
	case err != nil || v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null" || math.IsNaN(usd) || usd > maxPrice:
		return d.fault(v, field, "%q is no price: write US dollars per million tokens, without quotes", v.Value)
	case usd < 0:
		return d.fault(v, field, "the price is negative: write US dollars per million tokens")
	}
	*into = &usd
	return nil
}

// fields calls read for each key of a mapping.
func (d *document) fields(n *yaml.Node, field string, read func(key string, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return d.fault(n, field, "must be a mapping of keys to values")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		if seen[fold(key.Value)] {
			return d.fault(key, field+"."+key.Value, "stands there twice")
		}
		seen[fold(key.Value)] = true
		if err := read(key.Value, resolved(v)); err != nil {
			return err
		}
	}
	return nil
}

// resolved is the node that an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (d *document) word(n *yaml.Node, field string) (string, error) {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		return "", d.fault(n, field, "must be a text")
	}
	return n.Value, nil
}

func (d *document) day(n *yaml.Node, field string) (string, error) {
	if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
		return "", d.fault(n, field, "%q is no day: write it like 2026-12-01", n.Value)
	}
	return n.Value, nil
}

func (d *document) words(n *yaml.Node, field string) ([]string, error) {
	var out []string
	if n.Kind != yaml.SequenceNode {
		return nil, d.fault(n, field, "must be a list of texts")
	}
	for i, e := range n.Content {
		w, err := d.word(resolved(e), fmt.Sprintf("%s[%d]", field, i))
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}
