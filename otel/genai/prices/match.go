package prices

import (
	"regexp"
	"strings"
	"time"
)

// fold brings a name to the form in which names are compared.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// find returns the entry that counts for a call on its day, by the rules of the package documentation.
func (t *Table) find(c Call, day string) (entry, bool) {
	vendor, known := t.vendorOf(c)
	for _, name := range c.names() {
		if name == "" {
			continue
		}
		if e, ok := t.lookup(name, vendor, known, day); ok {
			return e, true
		}
	}
	return entry{}, false
}

// names are those by which a call is looked up, one after the other. A fine-tuned model costs other than what it was made of.
func (c Call) names() [2]string {
	answered, asked := fold(c.Answered), fold(c.Asked)
	switch {
	case isFineTuned(answered):
		return [2]string{answered}
	case isFineTuned(asked):
		return [2]string{asked}
	}
	return [2]string{answered, asked}
}

// isFineTuned reports whether a name is that of a model that its owner trained further: ft:gpt-4o-2024-08-06:acme::7q.
func isFineTuned(name string) bool {
	return strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], "ft:")
}

// vendorOf returns whose prices count for a call, "" where the provider does not say. known is false where there is a
// provider that has no list prices.
func (t *Table) vendorOf(c Call) (vendor string, known bool) {
	if vendor := servedBy(c.Server); vendor != "" {
		return vendor, true // whatever the SDK takes it for
	}
	provider := fold(c.Provider)
	if provider == "" || isGateway(provider) {
		return "", true
	}
	vendor, known = t.aliases[provider]
	if first, _, more := strings.Cut(provider, "."); !known && more { // openai.chat
		if isGateway(first) {
			return "", true
		}
		vendor, known = t.aliases[first]
	}
	return vendor, known
}

// isGateway reports whether a provider only passes calls on, at the list prices of those that answer them.
func isGateway(provider string) bool {
	switch provider {
	case "litellm", "litellm_proxy", "openrouter":
		return true
	}
	return false
}

// resells reports whether a vendor sells models of others.
func resells(vendor string) bool {
	switch vendor {
	case "azure", "bedrock", "groq", "vertex":
		return true
	}
	return false
}

// lookup finds a name, first among the entries of one's own.
func (t *Table) lookup(name, vendor string, known bool, day string) (entry, bool) {
	if e, ok := spelled(t.own, name); ok {
		return e, true
	}
	if !known {
		return entry{}, false
	}
	if vendor != "" { // groq calls models openai/gpt-oss-20b
		if e, ok := spelled(t.vendors[vendor], name); ok {
			return e, true
		}
	}
	owner, rest, ok := t.split(name)
	switch {
	case !ok:
		return entry{}, false
	case rest != name:
		if e, ok := spelled(t.own, rest); ok {
			return e, true
		}
	}
	switch {
	case resells(vendor): // at prices of its own, whatever maker stands in front
		return spelled(t.vendors[vendor], rest)
	case owner != "":
		return spelled(t.vendors[owner], rest)
	case vendor != "":
		return spelled(t.vendors[vendor], rest)
	}
	return t.agreed(rest, day)
}

// split takes off what stands before the name of a model, and returns the vendor that it names, "" where nothing stood
// there. It reports false where nobody knows what stands there.
func (t *Table) split(name string) (vendor, rest string, ok bool) {
	if strings.HasPrefix(name, "arn:") {
		if parts := strings.SplitN(name, ":", 4); len(parts) < 4 || parts[2] != "bedrock" {
			return "", "", false
		}
		return "bedrock", name[strings.LastIndexByte(name, '/')+1:], true
	}
	if i := strings.Index(name, "publishers/"); i >= 0 { // of Vertex, within a project or not
		publisher, model, found := strings.Cut(name[i+len("publishers/"):], "/models/")
		return "vertex", model, found && publisher == "google"
	}
	rest = name
	for {
		front, after, more := strings.Cut(rest, "/")
		switch {
		case !more:
			return vendor, rest, true
		case front == "models":
			vendor = "google"
		case isGateway(front):
		case vendor == "" && t.aliases[front] != "":
			vendor = t.aliases[front]
		default:
			return "", "", false
		}
		rest = after
	}
}

// agreed finds the entry of a name on whose price on a day all vendors that have the name agree.
func (t *Table) agreed(name, day string) (entry, bool) {
	var found entry
	var price price
	first := ""
	for vendor, models := range t.vendors {
		e, ok := spelled(models, name)
		if !ok {
			continue
		}
		p, ok := e.on(day)
		switch {
		case !ok || first != "" && !p.equal(price):
			return entry{}, false
		case first == "" || vendor < first: // any of them, but always the same
			found, price, first = e, p, vendor
		}
	}
	return found, first != ""
}

// spelled finds a name as it stands, else without the date of a snapshot, else with hyphens for dots.
func spelled(models map[string]entry, name string) (entry, bool) {
	if len(models) == 0 {
		return entry{}, false
	}
	if e, ok := models[name]; ok {
		return e, true
	}
	if e, ok := models[undated(name)]; ok {
		return e, true
	}
	if !strings.Contains(name, ".") {
		return entry{}, false
	}
	dashed := versionDot.ReplaceAllString(name, "$1-$2")
	if e, ok := models[dashed]; ok {
		return e, true
	}
	e, ok := models[undated(dashed)]
	return e, ok
}

var (
	versionDot = regexp.MustCompile(`(\d)\.(\d)`)
	snapshot   = regexp.MustCompile(`[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$`)
)

// undated takes the date of a snapshot off a name: gpt-4o-2024-08-06, claude-3-7-sonnet-20250219, claude-sonnet-4@20250514,
// gpt-4-0613. Four digits are a date where they are a month and a day: Mistral's are a year and a month, of another model.
func undated(name string) string {
	m := snapshot.FindStringSubmatchIndex(name)
	if m == nil {
		return name
	}
	date := name[m[2]:m[3]]
	layout := map[int]string{10: time.DateOnly, 8: "20060102", 4: "0102"}[len(date)]
	if _, err := time.Parse(layout, date); err != nil {
		return name
	}
	return name[:m[0]]
}
