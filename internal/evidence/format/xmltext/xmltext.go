// Package xmltext reads XML that is neither a page nor a feed: of caption files it makes paragraphs
// with times, of any other XML its text. It also repairs XML that is not well-formed, for packages
// that parse it.
package xmltext

import (
	"encoding/xml"
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// tag is markup inside a line of captions.
var tag = lazyregexp.New(`<[^>]*>`)

// caption is one line of a caption file.
type caption struct {
	Start    string `xml:"start,attr"`
	Duration string `xml:"dur,attr"`
	Text     string `xml:",chardata"`
}

// start and end are in seconds; 0 for a line without a time.
func (c caption) start() float64 {
	s, _ := strconv.ParseFloat(c.Start, 64)
	return s
}

func (c caption) end() float64 {
	d, _ := strconv.ParseFloat(c.Duration, 64)
	return c.start() + d
}

// Captions joins the lines of a caption file into paragraphs of a minute, each with the hour
// and minute at which it is said. It is "" for XML of another kind. It reads YouTube's plain
// XML form, <transcript><text start="1.5" dur="2">…</text></transcript>. Text is escaped twice
// there, which the XML decoder undoes once.
func Captions(body []byte) string {
	_, all := CaptionsFrom(body, 0)
	return all
}

// CaptionsFrom is Captions in two parts: what is said before that second of the film, and from
// there on.
func CaptionsFrom(body []byte, second float64) (before, from string) {
	var t struct {
		Lines []caption `xml:"text"`
	}
	if xml.Unmarshal(body, &t) != nil {
		return "", ""
	}
	at := 0
	for at < len(t.Lines) && t.Lines[at].start() < second && t.Lines[at].end() <= second {
		at++
	}
	return paragraphs(t.Lines[:at]), paragraphs(t.Lines[at:])
}

// paragraphs joins captions.
func paragraphs(lines []caption) string {
	var paragraphs []string
	var words []string
	minute := -1
	flush := func() {
		if len(words) > 0 {
			paragraphs = append(paragraphs, fmt.Sprintf("[%d:%02d] %s", minute/60, minute%60, strings.Join(words, " ")))
			words = nil
		}
	}
	for _, l := range lines {
		text := text.OneLine(tag.ReplaceAllString(html.UnescapeString(l.Text), ""))
		if text == "" {
			continue
		}
		if m := int(l.start()) / 60; m != minute {
			flush()
			minute = m
		}
		words = append(words, text)
	}
	flush()
	return strings.Join(paragraphs, "\n\n")
}
