package comment

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

var update = flag.Bool("update", false, "write golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sample() job.Reply {
	return job.Reply{
		Outcome: job.OutcomeSuccess, URL: "https://arxiv.org/abs/2403.01234", Title: "Sparse Judges: Cheap LLM Evaluation at Scale",
		Comment: &job.Comment{
			TLDR: []string{
				"**SparseJudge** asks an expensive judge model only when three cheap ones disagree.",
				"It agrees with people in 86.7 % of cases at 9 % of the cost of GPT-4 Turbo alone.",
				"**Position bias** explains most of the disagreement between small judges.",
			},
			Summary: "Anna Ivanova of ETH Zürich and two co-authors propose a cascade for grading model outputs. Llama 3 8B, Mistral 7B and Qwen2 7B vote first, and a stronger LLM decides only in cases of dispute. On `MT-Bench` and 12,400 production conversations the method reaches 86.7 % agreement with annotators. Swapping the order of two answers flips a weak judge in one of five cases. Code is at [the project's page](https://github.com/example/sparse_judge?tab=readme&x=1) under Apache 2.0.",
			Projects: []string{
				"**LLMOps & Evaluation** — Put the cascade before our own judge and compare agreement & cost on last month's traces.",
				"**RAG / Retrieval** — Grade retrieved passages with `n < 4` votes and ask the strong model only in cases of dispute.",
				"**Data Labeling & Synthetic Data** — Send only disputed items to people.",
			},
			SimilarTech: []string{
				"**FrugalGPT** — A cascade of models that saves cost in a similar way.",
				"**G-Eval** — Uses a single strong model as judge.",
			},
		},
		Adapter: "ArxivAdapter", Coverage: "partial", CoverageNote: "paywalled: summary from the abstract only",
		RunURL: "http://127.0.0.1:5000/#/experiments/1/runs/0123456789abcdef", TraceURL: "http://127.0.0.1:5000/#/experiments/1/traces?selectedEvaluationId=tr-01",
	}
}

// hostile tries everything at once.
func hostile() job.Reply {
	c := sample()
	c.Title = "Win <!channel> & <https://evil.example|bank.example> \u202Egnp.exe"
	c.URL = "https://a.example/x|y<z>\"'`(1)*"
	c.Comment = &job.Comment{
		TLDR: []string{
			"Hello <!channel>, <@U012ABCDEF> and <#C012ABCDEF|general> &amp; <!here>.",
			"See [https://bank.example](https://evil.example/login) and [bank.example](http://evil.example) and [safe](javascript:alert(1)).",
			"A *single* star, _under_ scores, snake_case_name, ~strike~, `code <b>` and a\u200B\u2060\uFEFFhidden\u202E turn.",
		},
		Summary:     "<script>alert(1)</script> <img src=x onerror=alert(2)> ![pic](https://evil.example/p.png) **bold <@U1>** **Red**is a**b**c\nsecond # line <https://evil.example|label> \x1b[31mred\x07 👨‍👩‍👧 می‌خواهم \U000E0041.",
		Projects:    []string{"# heading", "- bullet", "1. first", "> quote | table", "$x^2$ \\ back"},
		SimilarTech: nil,
	}
	c.CoverageNote = "<b>half</b> of `it` | [x](y)"
	c.RunURL = "javascript:alert(1)"
	c.TraceURL = "https://user:secret@mlflow.example/x"
	return c
}

func problem() job.Reply {
	return job.Reply{
		URL: "https://arxiv.org/abs/2403.01234", Title: "Sparse Judges", Outcome: "gate_failed",
		Reasons: []string{"names: not on the page: “Elon Musk” in the summary", "links: not on the page: https://evil.example in project 2 <!channel>"},
		RunURL:  "http://127.0.0.1:5000/#/experiments/1/runs/0123",
	}
}

func TestGolden(t *testing.T) {
	offline := sample()
	offline.Offline, offline.Coverage, offline.Adapter = true, "full", "GenericAdapter"
	offline.Comment = &job.Comment{TLDR: sample().Comment.TLDR, Summary: sample().Comment.Summary, Projects: []string{}, SimilarTech: []string{}}
	for name, c := range map[string]job.Reply{"comment": sample(), "offline": offline, "hostile": hostile()} {
		b, err := json.MarshalIndent(Messages(c), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", string(b)+"\n")
		golden(t, name+".md", Markdown(c))
		golden(t, name+".answer.md", Answer(c))
		golden(t, name+".html", HTML(c))
		golden(t, name+".txt", Terminal(c, 80, false))
		golden(t, name+".ansi", Terminal(c, 80, true))
	}
	failed := job.Reply{URL: "https://down.example/page", Outcome: "error", Reasons: []string{"fetch https://down.example/page: connection refused; try again later"}, TraceURL: "http://127.0.0.1:5000/#/t"}
	for name, p := range map[string]job.Reply{"gate_failed": problem(), "error": failed, "no_urls": {Outcome: "no_urls"}} {
		b, err := json.MarshalIndent(Messages(p)[0], "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", string(b)+"\n")
		golden(t, name+".md", Markdown(p))
		golden(t, name+".answer.md", Answer(p))
		golden(t, name+".html", HTML(p))
		golden(t, name+".txt", Terminal(p, 80, false))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; got\n%s", name, got)
	}
}

// blocks reads a message's blocks as Slack's client does.
func blocks(t testing.TB, m job.Message) []slack.Block {
	t.Helper()
	var b slack.Blocks
	if err := json.Unmarshal(m.Blocks, &b); err != nil {
		t.Fatal(err)
	}
	return b.BlockSet
}

// oneMessage is the reply, which must fit into one message.
func oneMessage(t testing.TB, r job.Reply) []job.Message {
	t.Helper()
	all := Messages(r)
	if len(all) != 1 {
		t.Errorf("%d messages say why there is no comment", len(all))
	}
	return all
}

// texts are all mrkdwn texts of a message.
func texts(t testing.TB, m job.Message) []string {
	t.Helper()
	var out []string
	for _, b := range blocks(t, m) {
		switch b := b.(type) {
		case *slack.SectionBlock:
			out = append(out, b.Text.Text)
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				out = append(out, e.(*slack.TextBlockObject).Text)
			}
		case *slack.ContextActionsBlock: // see TestButtonsStandBelowComments
		default:
			t.Fatalf("unexpected block %T", b)
		}
	}
	return out
}

// checkMessages holds what Slack demands and what safety demands.
func checkMessages(t testing.TB, all []job.Message) {
	t.Helper()
	if len(all) == 0 {
		t.Fatal("no message")
	}
	for _, m := range all {
		if m.Text == "" || size(m.Text) > 4000 || strings.ContainsAny(m.Text, "<>") {
			t.Errorf("fallback %q", m.Text)
		}
		if len(blocks(t, m)) == 0 || len(blocks(t, m)) > 50 {
			t.Errorf("%d blocks", len(blocks(t, m)))
		}
		total := 0
		for _, s := range texts(t, m) {
			total += size(s)
			if n := size(s); n == 0 || n > 3000 {
				t.Errorf("a block of %d characters", n)
			}
			if !utf8.ValidString(s) {
				t.Errorf("invalid UTF-8 in %q", s)
			}
			checkMrkdwn(t, s)
		}
		if total > 13000 {
			t.Errorf("%d characters in a message", total)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{`\u003c!`, `\u003c@`, `\u003c#`, "<!", "<@", "<#"} {
			if strings.Contains(string(b), raw) {
				t.Errorf("%s in %s", raw, b)
			}
		}
	}
}

// checkMrkdwn: the only markup that begins with < is a link to http or https
// with one label; nothing invisible is left but our own word border.
func checkMrkdwn(t testing.TB, s string) {
	t.Helper()
	for rest := s; ; {
		i := strings.IndexAny(rest, "<>")
		if i < 0 {
			break
		}
		end := strings.IndexByte(rest[i:], '>')
		if rest[i] == '>' || end < 0 {
			t.Fatalf("open markup in %q", s)
		}
		link := rest[i+1 : i+end]
		if !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") || strings.Count(link, "|") != 1 || strings.Contains(link, "<") {
			t.Fatalf("markup %q in %q", link, s)
		}
		rest = rest[i+end+1:]
	}
	for _, r := range s {
		if r != '\n' && r != '\u200B' && text.Invisible(r) {
			t.Fatalf("%U in %q", r, s)
		}
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	checkMessages(t, Messages(hostile()))
	all := strings.Join(texts(t, Messages(hostile())[0]), "\n")
	for _, bad := range []string{"javascript:alert(1)|", "|bank.example>", "|https://bank.example>", "secret@", "\u202E", "\x1b", "*single*", "_under_", "~strike~"} {
		if strings.Contains(all, bad) {
			t.Errorf("%q in\n%s", bad, all)
		}
	}
	for _, good := range []string{"&lt;!channel&gt;", "snake_case_name", "👨‍👩‍👧", "می‌خواهم", "N/A", "evil.example/login|https://evil.example/login>"} {
		if !strings.Contains(all, good) {
			t.Errorf("%q is missing in\n%s", good, all)
		}
	}
	lookalike := hostile()
	lookalike.Title, lookalike.URL = "аррӏе.com: sign in", "https://аррӏе.com/" // Cyrillic letters
	for _, title := range []string{lookalike.Title, ""} {
		lookalike.Title = title
		if head := texts(t, Messages(lookalike)[0])[0]; strings.Count(head, "xn--80ak6aa92e.com") != 2 {
			t.Errorf("%q hides the host: %s", title, head)
		}
	}
	page := HTML(hostile())
	for _, bad := range []string{"<script", "<img", "onerror=alert(2)>", `href="javascript`, "secret@"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	text := Markdown(hostile())
	for _, bad := range []string{"<script", "<img", "](javascript", "\n# heading", "- - bullet", "![pic]"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in\n%s", bad, text)
		}
	}
	if term := Terminal(hostile(), 80, false); strings.ContainsRune(term, '\x1b') || strings.ContainsRune(term, '\a') {
		t.Errorf("control characters in %q", term)
	}
}

func TestLongCommentsGoOnInTheNextMessage(t *testing.T) {
	c := sample()
	word := func(i int) string {
		return string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + "&"
	}
	var all []string
	for i := range 4000 {
		all = append(all, word(i))
	}
	c.Comment.Summary = strings.Join(all, " ")
	got := Messages(c)
	checkMessages(t, got)
	if len(got) < 2 {
		t.Fatalf("%d messages", len(got))
	}
	var joined strings.Builder
	for _, m := range got {
		joined.WriteString(" " + strings.Join(texts(t, m), " "))
	}
	words := map[string]bool{}
	for w := range strings.FieldsSeq(joined.String()) {
		words[w] = true
	}
	for _, w := range all {
		if !words[slackutilsx.EscapeMessage(w)] {
			t.Fatalf("%q was lost", w)
		}
	}
	if last := strings.Join(texts(t, got[len(got)-1]), "\n"); !strings.Contains(last, "continued, ") || !strings.Contains(last, "MLflow run") {
		t.Errorf("the last message is %s", last)
	}
	c = sample()
	for range 400 {
		c.Comment.Projects = append(c.Comment.Projects, "**x** — "+strings.Repeat("y", 3500))
	}
	checkMessages(t, Messages(c))
}

func TestSectionsComeInOrder(t *testing.T) {
	s := strings.Join(texts(t, Messages(sample())[0]), "\n")
	at := -1
	for _, h := range []string{"*<https://arxiv.org/abs/2403.01234|Sparse Judges", "*TL;DR*", "*Summary*", "*Projects*", "*Similar tech*", "ArxivAdapter · partial: paywalled", "|MLflow run>", "|trace>"} {
		i := strings.Index(s, h)
		if i <= at {
			t.Errorf("%q at %d, after %d in\n%s", h, i, at, s)
		}
		at = i
	}
}

func TestButtonsStandBelowComments(t *testing.T) {
	long := sample()
	long.Comment.Summary = strings.Repeat("A sentence of some words. ", 1200)
	answer := sample()
	answer.Question, answer.Comment = "Why?", &job.Comment{Answer: "Therefore."}
	for name, c := range map[string]struct {
		reply job.Reply
		want  int
	}{"comment": {sample(), 1}, "long": {long, 1}, "answer": {answer, 1}, "problem": {problem(), 0}} {
		all := Messages(c.reply)
		n := 0
		for i, m := range all {
			bs := blocks(t, m)
			for j, b := range bs {
				actions, ok := b.(*slack.ContextActionsBlock)
				if !ok {
					continue
				}
				n++
				e, ok := actions.Elements.ElementSet[0].(*slack.FeedbackButtonsBlockElement)
				if !ok || e.ActionID != job.FeedbackAction || e.PositiveButton.Value != job.FeedbackGood || e.NegativeButton.Value != job.FeedbackBad {
					t.Errorf("%s: %+v", name, e)
				}
				if i != len(all)-1 || j != len(bs)-1 {
					t.Errorf("%s: the buttons are block %d of %d in message %d of %d", name, j, len(bs), i, len(all))
				}
			}
		}
		if n != c.want || name == "long" && len(all) < 2 {
			t.Errorf("%s: %d blocks with buttons in %d messages", name, n, len(all))
		}
	}
}

func TestEmptyCommentsAndProblemsAreStillMessages(t *testing.T) {
	checkMessages(t, Messages(job.Reply{Outcome: job.OutcomeSuccess}))
	checkMessages(t, Messages(job.Reply{Outcome: job.OutcomeSuccess, Comment: &job.Comment{}}))
	checkMessages(t, oneMessage(t, job.Reply{}))
	many := problem()
	for range 100 {
		many.Reasons = append(many.Reasons, strings.Repeat("very <long> & ", 400))
	}
	checkMessages(t, oneMessage(t, many))
}

func TestTerminalKeepsItsWidth(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		for l := range strings.SplitSeq(Terminal(sample(), width, false), "\n") {
			if utf8.RuneCountInString(l) > width && len(strings.Fields(l)) > 1 && !strings.Contains(l, "http") {
				t.Errorf("width %d: %q", width, l)
			}
		}
	}
	if s := Terminal(sample(), 80, false); strings.Contains(s, "\x1b") {
		t.Error("color though off")
	}
	if s := Terminal(sample(), 80, true); strings.Count(s, "\x1b[1m") == 0 {
		t.Error("no color though on")
	}
}

// FuzzForms: whatever the text, the messages hold Slack's limits and ours.
func FuzzForms(f *testing.F) {
	h := hostile()
	for _, s := range append(h.Comment.TLDR, h.Comment.Summary, h.Title, h.URL) {
		f.Add(s, s, s)
	}
	f.Add("**a** [b](http://c.d) `e` https://f.g/h_i*", "[x](http://y|z)", "**"+strings.Repeat("&<>", 100)+"**")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if len(a)+len(b)+len(c) > 2<<10 {
			t.Skip() // long ones cost twenty times as much, see TestFormsOfLongTexts
		}
		checkForms(t, a, b, c)
	})
}

func TestFormsOfLongTexts(t *testing.T) {
	checkForms(t, "https://a.example/"+strings.Repeat("x", 3500), "[l](https://a.example/"+strings.Repeat("&", 1990)+")", strings.Repeat("世", 4000))
	checkForms(t, "**a**", "[x](http://y|z)", "**"+strings.Repeat("&<>", 2000)+"**")
}

// checkForms holds what is true of the forms of any reply.
func checkForms(t *testing.T, a, b, c string) {
	t.Helper()
	com := job.Reply{Outcome: job.OutcomeSuccess, URL: a, Title: b, Comment: &job.Comment{TLDR: []string{a, b, c}, Summary: c, Projects: []string{c, a + b}, SimilarTech: []string{b + c}},
		Adapter: a, Coverage: job.Coverage(b), CoverageNote: c, RunURL: a, TraceURL: c, Offline: len(a)%2 == 0}
	checkMessages(t, Messages(com))
	checkMessages(t, oneMessage(t, job.Reply{URL: a, Title: b, Reasons: []string{c, a}, Outcome: job.OutcomeGateFailed}))
	page := HTML(com)
	if strings.Count(page, "<script") > 0 || strings.Count(page, "<main>") != 1 || strings.Count(page, "<section>") != 4 {
		t.Errorf("page %s", page)
	}
	if term := Terminal(com, 60, false); strings.ContainsAny(term, "\x1b\a\b\r") {
		t.Errorf("terminal %q", term)
	}
	if m := Markdown(com); strings.Contains(m, "<") || !utf8.ValidString(m) {
		t.Errorf("markdown %q", m)
	}
}
