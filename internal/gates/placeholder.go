package gates

import (
	"fmt"
	"strings"
)

// placeholders are what stands in a comment that was not finished, or that
// speaks of its making: "lorem ipsum", TODO, "[insert name]", "{{theme}}", "As
// an AI language model", "I cannot access", "Sure, here is the summary", "Item
// 1". An excusable one is fine where the page has it too: articles show
// templates. No page excuses a model that speaks of itself.
var placeholders = []struct {
	what      string
	find      func(string) string
	excusable bool
}{
	{"filler text", finder(`(?i)\blorem ipsum\b|\bdolor sit amet\b`), true},
	{"a note to finish it", finder(`\b(?:TODO|TBD|FIXME|XXX)\b`), true},
	// "[insert name]", "[date]", "<your answer>", but not "[link](https://…)".
	{"a gap to fill", finder(`(?i)\[(?:insert|your|add|enter|name|company|product|date|link|topic|theme|technology|` +
		`placeholder|xxx|…|\.\.\.)[^\]\n]{0,60}\](?:[^(]|$)|<(?:insert|your|placeholder|name|theme|topic)[ _-]?[^<>\n]{0,60}>`), true},
	// "{{ title }}", "{% if %}", "${NAME}", "{summary}".
	{"template braces", finder(`\{\{[^}\n]{0,80}\}\}|\{%[^%\n]{0,80}%\}|\$\{[^}\n]{1,80}\}|` +
		`\{(?:name|title|theme|url|topic|text|summary|placeholder)\}`), true},
	// "As an AI language model", "my training data".
	{"words about the model", finder(`(?i)\bas an? (?:ai|large language|language) (?:language )?(?:model|assistant)\b|` +
		`\bas an ai\b|\bi(?:'m| am) (?:just )?an? (?:ai|language model|large language model)\b|` +
		`\bmy (?:training data|knowledge cutoff)\b`), false},
	// "I'm sorry", "I cannot access", "I don't have access".
	{"a refusal", finder(`(?i)\bi(?:'m| am) (?:sorry|afraid|unable)\b|` +
		`\bi (?:can(?:no|')t|cannot|do not|don't) ` +
		`(?:access|browse|open|assist|help|provide|fulfil|comply|have (?:access|enough|the ability))\b|\bsorry, but i\b`), false},
	// "Sure, here it is", "Here is the summary", "TL;DR: …" at the start of a
	// part.
	{"a preamble", finder(`(?i)^\s*(?:sure|certainly|of course)[,!]|` +
		`^\s*here (?:is|are|'s) (?:the|a|your|my)\b[^.]{0,30}` +
		`\b(?:summary|tl;?dr|json|commentary|bullets?)\b|^\s*(?:summary|tl;?dr)\s*:`), false},
	// "First full sentence.", "Item 1", "**Theme** — …", "N/A", "…" as a whole
	// part.
	{"the form instead of its content", finder(`(?i)^\s*(?:first|second|third|one) (?:full )?sentence\.?\s*$|` +
		`^\s*(?:sentence|item|bullet|project|idea|name|theme) ?\d?\.?\s*$|\*\*(?:theme|name|theme name|technology)\*\*\s*[—–:-]|` +
		`^\s*(?:string|n/?a|none|null|undefined)\.?\s*$|^\s*[.…]+\s*$`), false},
}

// checkPlaceholder looks for what a model leaves when it fills a form instead
// of writing. What the page itself says is excused where a page may honestly
// say it.
func checkPlaceholder(in *input) verdict {
	var found []string
	page := strings.ToLower(in.corpus.text)
	parts := in.parts()
	for _, p := range parts {
		for _, ph := range placeholders {
			hit := ph.find(p.text)
			// The offline analyst says nothing but what the page says.
			if hit == "" || (ph.excusable || in.opts.Offline) && strings.Contains(page, strings.ToLower(strings.TrimSpace(hit))) {
				continue
			}
			found = append(found, fmt.Sprintf("%s in %s: “%s”", ph.what, p.name, excerpt(hit)))
		}
	}
	return faults(found, len(parts), "none found")
}
