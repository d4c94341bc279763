package gates

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

func TestEvidenceGate(t *testing.T) {
	testGate(t, checkEvidence, []gateTest{
		{name: "text", page: evidenceOf("A page.")},
		{name: "a description alone", page: job.Evidence{Description: "About it.", Coverage: job.CoveragePartial}},
		{name: "a snippet alone", page: job.Evidence{Snippets: []job.Snippet{{Content: "words"}}, Coverage: job.CoverageFull}},
		{name: "nothing", page: job.Evidence{Coverage: job.CoverageFull}, want: "gave no text;"},
		{name: "white space", page: job.Evidence{Text: " \n", Description: "\t", Coverage: job.CoverageFull, Errors: []string{"a wall"}}, want: "gave no text (a wall)"},
		{name: "failed with text", page: job.Evidence{Text: "words", Coverage: job.CoverageFailed}, want: "retrieval failed;"},
	})
}

func TestCoverageGate(t *testing.T) {
	testGate(t, checkCoverage, []gateTest{
		{name: "full", page: job.Evidence{Coverage: job.CoverageFull}},
		{name: "partial", page: job.Evidence{Coverage: job.CoveragePartial, Errors: []string{"paywall", "no transcript"}}, want: "(paywall; no transcript)"},
		{name: "failed", page: job.Evidence{Coverage: job.CoverageFailed}, want: "failed"},
		{name: "unknown", page: job.Evidence{}, want: `""`},
	})
}

func TestTLDRGate(t *testing.T) {
	const good = "The team measured water vapor."
	three := func(s string) job.Comment { return job.Comment{TLDR: []string{good, s, good}} }
	testGate(t, checkTLDR, []gateTest{
		{name: "three sentences", said: three(good)},
		{name: "none", said: job.Comment{}, want: "0 items"},
		{name: "two", said: job.Comment{TLDR: []string{good, good}}, want: "2 items"},
		{name: "four", said: job.Comment{TLDR: []string{good, good, good, good}}, want: "4 items"},
		{name: "two of a short page, offline", page: evidenceOf("One. Two."), said: job.Comment{TLDR: []string{good, good}}, opts: Options{Offline: true}},
		{name: "none of a short page, offline", page: evidenceOf("One. Two."), opts: Options{Offline: true}, want: "0 items"},
		{name: "an abbreviation is no end", said: three("The U.S. team met Dr. Ruiz of Acme Inc. at 5 p.m. on Monday.")},
		{name: "a version is no end", said: three("Node.js 22.1 needs Python 3.12 now.")},
		{name: "bold", said: three("**The team** measured water vapor!")},
		{name: "a question", said: three("Is there water vapor on it?")},
		{name: "no end mark", said: three("The team measured water vapor")},
		{name: "Japanese", said: three("衛星の上で水蒸気を測定した。")},
		{name: "a Japanese fragment", said: three("水蒸気"), want: "no full sentence"},
		{name: "empty", said: three("  "), want: "item 2 is empty"},
		{name: "marks alone", said: three("**…**"), want: "item 2 is empty"},
		{name: "two sentences", said: three("They measured it. It was much."), want: "has 2 sentences"},
		{name: "two Chinese sentences", said: three("他们测量了水蒸气。水很多。"), want: "has 2 sentences"},
		{name: "a fragment", said: three("Water vapor"), want: "no full sentence"},
		{name: "a line break", said: three("The team\nmeasured vapor."), want: "line break"},
		{name: "a line separator", said: three("The team\u2028measured vapor."), want: "line break"},
		{name: "a break at the end", said: three(good + "\n")},
		{name: "a dash", said: three("- The team measured vapor."), want: "bullet"},
		{name: "a dot", said: three("•The team measured vapor."), want: "bullet"},
		{name: "a number", said: three("1. The team measured vapor."), want: "bullet"},
		{name: "a year", said: three("2019 was the year of it.")},
		{name: "bold is no bullet", said: three("*Europa* has some water.")},
	})
}

func TestSummaryGate(t *testing.T) {
	const sentence = "The team measured water vapor. "
	times := func(n int) string { return strings.TrimSpace(strings.Repeat(sentence, n)) }
	testGate(t, checkSummary, []gateTest{
		{name: "five", said: said(times(5))},
		{name: "ten", said: said(times(10))},
		{name: "four", said: said(times(4)), want: "4 sentences"},
		{name: "eleven", said: said(times(11)), want: "11 sentences"},
		{name: "eleven by an abbreviation", said: said(times(9) + " They met Acme Inc. There it ended.")},
		{name: "four and an abbreviation", said: said(times(3) + " They met Acme Inc. There it ended.")},
		{name: "empty", said: said(" \n"), want: "empty"},
		{name: "few characters", said: said("It is. It was. It has. It had. It did."), want: "characters, at least 100"},
		{name: "two lines", said: said(times(3) + "\n" + times(3)), want: "2 lines"},
		{name: "two paragraphs", said: said(times(3) + "\n\n" + times(3)), want: "2 lines"},
		{name: "bullets", said: said(times(5) + "\n- one"), want: "a bullet"},
		{name: "short page, offline", page: evidenceOf("It works."), said: said("It works."), opts: Options{Offline: true}},
		{name: "long page, offline", page: evidenceOf(times(8)), said: said("It works."), opts: Options{Offline: true}, want: "1 sentence"},
	})
}

func TestProjectsGate(t *testing.T) {
	ideas := func(n int) []string { return strings.Split(strings.Repeat("**RAG** — Index it.|", n), "|")[:n] }
	testGate(t, checkProjects, []gateTest{
		{name: "three", said: job.Comment{Projects: ideas(3)}},
		{name: "eight", said: job.Comment{Projects: ideas(8)}},
		{name: "two", said: job.Comment{Projects: ideas(2)}, want: "2 ideas, 3 to 8"},
		{name: "nine", said: job.Comment{Projects: ideas(9)}, want: "9 ideas"},
		{name: "none", want: "0 ideas"},
		{name: "none, offline", opts: Options{Offline: true}},
		{name: "an empty one", said: job.Comment{Projects: append(ideas(3), " — ")}, want: "idea 4 is empty"},
		{name: "two lines", said: job.Comment{Projects: append(ideas(3), "**RAG** — Index\nit.")}, want: "idea 4 has a line break"},
	})
}

func TestProjectThemesGate(t *testing.T) {
	opts := Options{ProjectThemes: []string{"RAG / Retrieval", "LLMOps & Evaluation"}}
	testGate(t, checkProjectThemes, []gateTest{
		{name: "a theme", said: project("**RAG / Retrieval** — Index it."), opts: opts},
		{name: "another spelling", said: project("**rag/retrieval** – Index it."), opts: opts},
		{name: "a colon in the bold", said: project("**LLMOps & Evaluation:** Judge it."), opts: opts},
		{name: "single stars", said: project("*RAG / Retrieval* - Index it."), opts: opts},
		{name: "a theme of nobody", said: project("**Space travel** — Fly."), opts: opts, want: "“Space travel”, which is no theme"},
		{name: "half a theme", said: project("**RAG** — Index it."), opts: opts, want: "no theme"},
		{name: "no bold", said: project("RAG / Retrieval — Index it."), opts: opts, want: "does not start with"},
		{name: "no dash", said: project("**RAG / Retrieval** Index it."), opts: opts, want: "does not start with"},
		{name: "open bold", said: project("**RAG / Retrieval — Index it."), opts: opts, want: "does not start with"},
		{name: "no themes", said: project("Index it.")},
		{name: "no ideas", opts: opts},
	})
}

func TestSimilarTechGate(t *testing.T) {
	items := func(s ...string) job.Comment { return job.Comment{SimilarTech: s} }
	testGate(t, checkSimilarTech, []gateTest{
		{name: "none"},
		{name: "one", said: items("**Redis** — A store in memory.")},
		{name: "a sentence with an abbreviation", said: items("**Redis** — A store by Redis Inc. Labs of old.")},
		{name: "nine", said: items("**A1** — a.", "**B1** — b.", "**C1** — c.", "**D1** — d.", "**E1** — e.", "**F1** — f.", "**G1** — g.", "**H1** — h.", "**I1** — i."), want: "9 items"},
		{name: "no name", said: items("A store in memory."), want: "is not **Name**"},
		{name: "an empty name", said: items("**—** — A store."), want: "is not **Name**"},
		{name: "no sentence", said: items("**Redis** — …"), want: "says nothing about “Redis”"},
		{name: "two sentences", said: items("**Redis** — A store. It is fast."), want: "2 sentences"},
		{name: "two lines", said: items("**Redis** — A\nstore."), want: "line break"},
		{name: "twice", said: items("**Py Torch** — a.", "**x1** — b.", "**pytorch** — c."), want: "item 3 names “pytorch” again, like item 1"},
	})
}

func TestLengthGate(t *testing.T) {
	testGate(t, checkLength, []gateTest{
		{name: "nothing"},
		{name: "a full item", said: job.Comment{TLDR: []string{strings.Repeat("x", maxTLDRItem)}}},
		{name: "one character more", said: job.Comment{TLDR: []string{strings.Repeat("x", maxTLDRItem+1)}}, want: "tldr item 1 has 501 characters, 500 fit"},
		{name: "characters, not bytes", said: job.Comment{TLDR: []string{strings.Repeat("世", maxTLDRItem)}}},
		{name: "after escaping", said: job.Comment{TLDR: []string{strings.Repeat("&", 101)}}, want: "505 characters"},
		{name: "a long summary", said: said(strings.Repeat("x", maxSummary+1)), want: "summary has 3001"},
		{name: "in all", said: job.Comment{Summary: strings.Repeat("x", maxSummary), Projects: repeat(strings.Repeat("x", maxItem), 10)}, want: "characters in all, 12000 fit"},
	})
	for s, want := range map[string]int{"": 0, "a<b>c&d": 17, "世界": 2} {
		if got := slackLength(s); got != want {
			t.Errorf("%q counts %d, want %d", s, got, want)
		}
	}
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}
