// Package xmltext reads XML that is neither a page nor a feed: of caption files it makes paragraphs
// with times, of any other XML its text. It also repairs XML that is not well-formed, for packages
// that parse it.
package xmltext

import (
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// tag is markup inside a line of captions.
var tag = regexp.MustCompile(`<[^>]*>`)

// Captions joins the lines of a caption file into paragraphs of a minute, each with the hour
// and minute at which it is said. It is "" for XML of another kind. It reads YouTube's plain
// XML form, <transcript><text start="1.5" dur="2">…</text></transcript>. Text is escaped twice
// there, which the XML decoder undoes once.
func Captions(body []byte) string {
	var t struct {
		Lines []struct {
			Start string `xml:"start,attr"`
			Text  string `xml:",chardata"`
		} `xml:"text"`
	}
	if xml.Unmarshal(body, &t) != nil {
		return ""
	}
	var paragraphs []string
	var words []string
	minute := -1
	flush := func() {
		if len(words) > 0 {
			paragraphs = append(paragraphs, fmt.Sprintf("[%d:%02d] %s", minute/60, minute%60, strings.Join(words, " ")))
			words = nil
		}
	}
	for _, l := range t.Lines {
		text := text.OneLine(tag.ReplaceAllString(html.UnescapeString(l.Text), ""))
		if text == "" {
			continue
		}
		seconds, _ := strconv.ParseFloat(l.Start, 64) // 0 for a line without a time
		if m := int(seconds) / 60; m != minute {
			flush()
			minute = m
		}
		words = append(words, text)
	}
	flush()
	return strings.Join(paragraphs, "\n\n")
}
