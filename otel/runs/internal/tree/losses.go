package tree

import (
	"strings"
	"unicode/utf8"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Losses is what a span lost before it got here, by the limits of the SDK that made it.
type Losses struct {
	// Attributes are those of the span, of its events and links, and of a local root's
	// resource; Events and Links are whole ones.
	Attributes, Events, Links int
	// Cut are the attributes whose value ends at a length limit, by key in order.
	Cut []string
}

// Any reports whether anything was lost.
func (l Losses) Any() bool { return l.Attributes+l.Events+l.Links+len(l.Cut) > 0 }

// Add adds the losses of another span.
func (l *Losses) Add(o Losses) {
	l.Attributes += o.Attributes
	l.Events += o.Events
	l.Links += o.Links
	l.Cut = append(l.Cut, o.Cut...)
}

// dropped reads what the SDK says it left out.
func dropped(s *tracepb.Span) (l Losses) {
	attributes := uint64(s.GetDroppedAttributesCount())
	for _, e := range s.GetEvents() {
		attributes += uint64(e.GetDroppedAttributesCount())
	}
	for _, k := range s.GetLinks() {
		attributes += uint64(k.GetDroppedAttributesCount())
	}
	l.Attributes = int(min(attributes, maxDropped)) //nolint:gosec // bounded
	l.Events = int(min(s.GetDroppedEventsCount(), maxDropped))
	l.Links = int(min(s.GetDroppedLinksCount(), maxDropped))
	return l
}

// maxDropped bounds the counts that are believed, so that their sums fit everywhere.
const maxDropped = 1 << 30

// minCut is the shortest length, in characters, that is taken for a limit of the SDK.
const minCut = 32

// findCut finds values that the SDK cut at its length limit, of which OTLP has no word
// (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT). JSON that ends in the middle was cut. So was every
// text of exactly that length in the trace if none is longer, or of a length that people
// choose for a limit if two texts have it.
func (t *Tree) findCut() {
	limit, longest := 0, 0
	texts := map[string]bool{} // different ones of the greatest length
	each := func(visit func(s *Span, a *dialect.Attr, length int)) {
		for _, s := range t.Ordered {
			for i := range s.Facts.Attrs {
				if text, ok := s.Facts.Attrs[i].Value.(string); ok && len(text) >= minCut {
					visit(s, &s.Facts.Attrs[i], utf8.RuneCountInString(text))
				}
			}
		}
	}
	each(func(s *Span, a *dialect.Attr, length int) {
		if length > longest {
			longest = length
			clear(texts)
		}
		if length == longest {
			texts[a.Value.(string)] = true
		}
		if length < minCut || !endsInside(a.Value.(string)) {
			return
		}
		limit = max(limit, length)
		s.Losses.Cut = append(s.Losses.Cut, a.Key)
	})
	switch {
	case limit == 0 && len(texts) > 1 && isLimit(longest):
		limit = longest
	case limit == 0 || limit < longest:
		return
	}
	each(func(s *Span, a *dialect.Attr, length int) {
		if length == limit && !endsInside(a.Value.(string)) {
			s.Losses.Cut = append(s.Losses.Cut, a.Key)
		}
	})
}

// isLimit reports whether a length is one that people choose: a power of two or one less,
// or whole hundreds.
func isLimit(n int) bool {
	return n >= 128 && (n&(n-1) == 0 || n&(n+1) == 0 || n%100 == 0)
}

// endsInside reports whether a text is JSON that ends in the middle.
func endsInside(text string) bool {
	t := strings.TrimSpace(text)
	if t == "" || t[0] != '{' && t[0] != '[' {
		return false
	}
	if last := t[len(t)-1]; t[0] == '{' && last == '}' || t[0] == '[' && last == ']' {
		return false
	}
	_, cut := value.Parsed(text)
	return cut
}

// noteLosses says what was lost, one sentence a span and kind of loss.
func (t *Tree) noteLosses() {
	for _, s := range t.Ordered {
		l, name := s.Losses, s.PB.GetName()
		if l.Attributes > 0 {
			t.Notes.Add("span %q lost %d attributes to the limits of its SDK", name, l.Attributes)
		}
		if l.Events > 0 {
			t.Notes.Add("span %q lost %d events to the limits of its SDK", name, l.Events)
		}
		if l.Links > 0 {
			t.Notes.Add("span %q lost %d links to the limits of its SDK", name, l.Links)
		}
		for _, key := range l.Cut {
			t.Notes.Add("attribute %q of span %q was cut before it came here", key, name)
		}
	}
}
