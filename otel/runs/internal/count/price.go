package count

import (
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// saysCost reports whether the span says what its GenAI work cost.
func (c *Tally) saysCost(s *tree.Span) bool {
	n := c.Of(s)
	return n.Cost != nil && (n.GenAI || s.Facts.ShowsCost())
}

// priceCall computes what the one call that the span counts costs by list. A sum over several calls has no cost: what
// each of them cost, and by which tier of the list, it does not say.
func (c *Tally) priceCall(s *tree.Span, own *Totals) {
	var usage prices.Usage
	switch u := own.Usage; {
	case c.prices == nil:
		return
	case own.Calls == 1 && own.UsageKnown && u.Split():
		usage = prices.Usage{Input: u.Input, CachedInput: u.Cached, CacheWrite: u.Written, Output: u.Output, Reasoning: u.Reasoning}
	case c.Of(s).Kind == kind.Embedding && own.EmbeddingCalls == 1 && own.EmbeddingTokens > 0:
		usage = prices.Usage{Input: own.EmbeddingTokens}
	default:
		return
	}
	f := s.Facts
	asked, answered := f.Models()
	var began time.Time // the call's own, so that a trace that is read again later costs the same
	if s.Start > 0 {
		began = tree.Time(s.Start)
	}
	cost, ok := c.prices.Cost(prices.Call{
		Provider: f.Provider, Server: word(s, serverKeys()), ServiceTier: word(s, tierKeys()),
		Asked: asked, Answered: answered, Usage: usage, Time: began,
	})
	if !ok {
		return
	}
	c.Of(s).Listed = &cost
	own.Cost, own.CostKnown, own.Lists = cost.Total(), true, []string{cost.Source}
}

// serverKeys and tierKeys are attributes that say who was asked, and at which service tier it answered.
func serverKeys() []string { return []string{"server.address", "net.peer.name"} }

func tierKeys() []string {
	return []string{
		"openai.response.service_tier", "gen_ai.openai.response.service_tier", "genaihttp.response.service_tier",
		"openai.request.service_tier", "gen_ai.openai.request.service_tier",
	}
}

// PriceKeys are all attributes that pricing reads beside what the dialect knows.
func PriceKeys() []string { return append(serverKeys(), tierKeys()...) }

// word returns the first of some attributes that the span has.
func word(s *tree.Span, keys []string) string {
	for _, key := range keys {
		if v, ok := s.Attribute(key); ok {
			if w := value.Word(v); w != "" {
				return w
			}
		}
	}
	return ""
}

// Listing says in words that a cost was computed, and by which prices.
func Listing(lists []string) string { return "list prices: " + strings.Join(lists, ", ") }
