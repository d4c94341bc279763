// Copyright (C) 2021 Markus Mobius
// Licensed under the Apache License, Version 2.0; see LICENSE.

// Package trafilatura is the content extractor of go-trafilatura v1.12.2
// (github.com/markusmobius/go-trafilatura), itself a port of
// github.com/adbar/trafilatura, without what this program does not use:
// metadata, dates, comments, duplicates, other extractors, logging.
//
// In: a parsed page. Out: the nodes of its main content. The library as a whole
// cannot be used here: through its date parser it costs each start of the
// program 0.2 s and each process 40 MB. Nothing in it was changed but what is
// named in README.md.
package trafilatura

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-shiori/dom"
	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/trafilatura/etree"
)

// Options are those of the library that still decide something.
type Options struct {
	Config        *Config
	Focus         ExtractionFocus
	ExcludeTables bool
	IncludeImages bool
	IncludeLinks  bool
}

// ExtractionFocus weighs recall against precision.
type ExtractionFocus uint8

const (
	Balanced ExtractionFocus = iota
	FavorRecall
	FavorPrecision
)

// Config holds sizes.
type Config struct {
	// MinExtractedSize is the length in characters below which the next way of
	// extraction is tried; 0 takes 250.
	MinExtractedSize int
}

// Extract returns the main content of doc, which it leaves untouched, and its
// text in one line.
func Extract(doc *html.Node, opts Options) (*html.Node, string) {
	if opts.Config == nil {
		opts.Config = &Config{}
	}
	if opts.Config.MinExtractedSize == 0 {
		opts.Config = &Config{MinExtractedSize: 250}
	}
	doc = dom.Clone(doc, true)
	backup := dom.Clone(doc, true)
	docCleaning(doc, opts)
	convertTags(doc, opts)
	body, text := extractContent(doc, opts)
	if utf8.RuneCountInString(text) < opts.Config.MinExtractedSize && opts.Focus != FavorPrecision {
		body, text = baseline(backup)
	}
	postCleaning(body)
	return body, text
}

func trim(s string) string { return strings.Join(strings.Fields(s), " ") }

// shareLine is a line that only names a service to share the page with.
var shareLine = regexp.MustCompile(`(?i)^\W*(Drucken|E-?Mail|Facebook|Flipboard|Google|Instagram|Linkedin|Mail|PDF|Pinterest|Pocket|Print|QQ|Reddit|Twitter|WeChat|WeiBo|Whatsapp|Xing|Mehr zum Thema:?|More on this.{0,8})$`)

// textFilter says whether the text of n is unwanted.
func textFilter(n *html.Node) bool {
	text, tail := etree.Text(n), etree.Tail(n)
	if text == "" {
		text = tail
	}
	if !textCharsTest(text) {
		return true
	}
	for line := range strings.SplitSeq(text, "\n") {
		if shareLine.MatchString(line) {
			return true
		}
	}
	return false
}

func textCharsTest(s string) bool { return trim(s) != "" }
