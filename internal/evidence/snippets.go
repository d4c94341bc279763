package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// SnippetRules bound the snippets of a page.
type SnippetRules struct {
	Max      int // number of snippets
	MaxChars int // characters of one snippet
	Tokens   int // all snippets together, counted as one token per four bytes
}

// block is a passage of the text between two borders, with its heading path.
type block struct {
	start, end int // byte offsets in the text
	heading    string
	page       int // 1-based, 0 when the source has no pages
}

// cutSnippets chooses passages that cover the whole of text, in its order: when there are more
// than the rules allow, they are taken at even distances, the first and the last among them,
// rather than from the top. Of a text with a lead, three quarters of them may be the lead's. The
// blocks come in the order of the text, so the pages of a PDF are counted on from one to the next.
func cutSnippets(ev *job.Evidence, rules SnippetRules) []job.Snippet {
	plain, sourceURL := ev.Text, ev.FinalURL
	blocks := cover(splitBlocks(plain, ev.Lead, rules.MaxChars), ev.Lead, rules)
	if len(blocks) == 0 { // nothing but headings
		blocks = []block{{end: min(len(plain), len(text.Clip(plain, rules.MaxChars)))}}
	}
	out := make([]job.Snippet, 0, len(blocks))
	for _, b := range blocks {
		for b.page < len(ev.PageOffsets) && ev.PageOffsets[b.page] <= b.start {
			b.page++
		}
		content := strings.TrimSpace(plain[b.start:b.end])
		if content == "" {
			continue
		}
		sum := sha256.Sum256([]byte(content))
		out = append(out, job.Snippet{
			ID: fmt.Sprintf("s%d", len(out)+1), Content: content, SourceURL: sourceURL,
			Position: b.position(), SHA256: hex.EncodeToString(sum[:]),
		})
	}
	return out
}

// position says where the block stands, for people.
func (b block) position() string {
	var parts []string
	if b.page > 0 {
		parts = append(parts, fmt.Sprintf("page %d", b.page))
	}
	if b.heading != "" {
		parts = append(parts, b.heading)
	}
	return strings.Join(append(parts, fmt.Sprintf("offset %d", b.start)), " · ")
}

// splitBlocks cuts text into passages of at most maxChars characters, at headings, then
// paragraphs, then sentences, then words. Short paragraphs are joined, across a heading when
// its section is shorter than half a passage, but not across the end of the lead. path holds the heading of each level above the
// current position, cur the block that the next paragraph may join, or -1 when none. Headings
// themselves are in no block but within one that spans them.
func splitBlocks(plain string, lead, maxChars int) []block {
	var (
		out  []block
		path [7]string
		cur  = -1
		past bool // the lead ends before pos
	)
	heading := func() string {
		var names []string
		for _, h := range path {
			if h != "" {
				names = append(names, h)
			}
		}
		return strings.Join(names, " › ")
	}
	for pos := 0; pos < len(plain); {
		end := pos + len(plain[pos:])
		if i := strings.Index(plain[pos:], "\n\n"); i >= 0 {
			end = pos + i
		}
		if pos < lead && lead < end {
			end = lead
		}
		if lead > 0 && pos >= lead && !past {
			cur, path, past = -1, [7]string{}, true // what is around it has headings of its own
		}
		para := plain[pos:end]
		next := end
		for next < len(plain) && (plain[next] == '\n' || plain[next] == ' ') {
			next++
		}
		switch level, title := headingOf(para); {
		case level > 0:
			path[level] = title
			for i := level + 1; i < len(path); i++ {
				path[i] = ""
			}
			if cur >= 0 && longer(plain[out[cur].start:out[cur].end], maxChars/2) {
				cur = -1 // a short section goes with the next
			}
		case cur >= 0 && !longer(plain[out[cur].start:end], maxChars):
			out[cur].end = end
		default:
			for _, part := range splitLong(plain, pos, end, maxChars) {
				out = append(out, block{start: part[0], end: part[1], heading: heading()})
			}
			cur = len(out) - 1
		}
		pos = next
	}
	return out
}

// headingOf reads a paragraph that is a Markdown heading; level is 0 for others. It matches
// "## Cost of use", not "#hashtag" and not "####### seven".
func headingOf(para string) (level int, title string) {
	for level < len(para) && para[level] == '#' {
		level++
	}
	if level == 0 || level > 6 || level >= len(para) || para[level] != ' ' || strings.Contains(para, "\n") {
		return 0, ""
	}
	title = strings.TrimSpace(para[level:])
	if len(title) > 120 {
		title = title[:strings.LastIndexByte(title[:120], ' ')+1]
	}
	return level, strings.TrimSpace(title)
}

// splitLong cuts text[start:end] into parts of at most maxChars characters. Bounds are counted
// in characters but kept as byte offsets. Each part is at least half a passage long, see
// cutPoint, so the loop ends.
func splitLong(plain string, start, end, maxChars int) [][2]int {
	var parts [][2]int
	for longer(plain[start:end], maxChars) {
		limit := start
		for i := 0; i < maxChars && limit < end; i++ {
			_, n := utf8.DecodeRuneInString(plain[limit:])
			limit += n
		}
		at := cutPoint(plain[start:limit]) + start
		parts = append(parts, [2]int{start, at})
		start = at
		for start < end && (plain[start] == ' ' || plain[start] == '\n') {
			start++
		}
	}
	if start < end {
		parts = append(parts, [2]int{start, end})
	}
	return parts
}

// longer reports whether s has more than n characters. It counts no further: a page may be one
// paragraph.
func longer(s string, n int) bool {
	if len(s) <= n {
		return false
	}
	for range s {
		if n--; n < 0 {
			return true
		}
	}
	return false
}

// cutPoint is where s is best cut: after its last sentence, line or word, none of which may
// leave less than half. It is a byte offset after the mark; a space behind it goes with
// neither part. Chinese and Japanese end sentences without a space.
func cutPoint(s string) int {
	best := -1
	for _, mark := range []string{". ", "! ", "? ", "。", "！", "？", ".\n", "\n"} {
		if i := strings.LastIndex(s, mark); i >= 0 && i+len(strings.TrimRight(mark, " ")) > best {
			best = i + len(strings.TrimRight(mark, " "))
		}
	}
	if best >= len(s)/2 {
		return best
	}
	if i := strings.LastIndexAny(s, " \n"); i >= len(s)/2 {
		return i
	}
	return len(s)
}

// cover thins blocks to the rules, those of the lead first, so that what the link names is there
// as far as it goes, and those around it with what room is left.
func cover(blocks []block, lead int, rules SnippetRules) []block {
	n := 0
	for n < len(blocks) && blocks[n].start < lead {
		n++
	}
	if n == 0 || n == len(blocks) {
		return thin(blocks, rules)
	}
	share := func(of int) int { return (of*3 + 3) / 4 }
	own := thin(blocks[:n], SnippetRules{Max: share(rules.Max), Tokens: share(rules.Tokens)})
	rest := SnippetRules{Max: rules.Max - len(own), Tokens: rules.Tokens - tokensOf(own)}
	if rules.Max > 0 && rest.Max <= 0 || rules.Tokens > 0 && rest.Tokens <= 0 {
		return own
	}
	around := thin(blocks[n:], rest)
	if rules.Tokens > 0 && tokensOf(around) > rest.Tokens {
		return own
	}
	return append(slices.Clip(own), around...)
}

// thin takes blocks at even distances. Fewer are tried until they fit into the tokens. When
// even one does not, it is taken all the same: evidence without a snippet could not be quoted.
func thin(blocks []block, rules SnippetRules) []block {
	want := len(blocks)
	if rules.Max > 0 {
		want = min(want, rules.Max)
	}
	for ; want > 0; want-- {
		chosen := spread(blocks, want)
		if rules.Tokens <= 0 || tokensOf(chosen) <= rules.Tokens {
			return chosen
		}
	}
	return blocks[:min(1, len(blocks))]
}

// spread takes want blocks at even distances, the first and the last among them.
func spread(blocks []block, want int) []block {
	if want >= len(blocks) {
		return blocks
	}
	if want == 1 {
		return blocks[:1]
	}
	out := make([]block, 0, want)
	for i := range want {
		out = append(out, blocks[i*(len(blocks)-1)/(want-1)])
	}
	return out
}

// tokensOf counts one token for each four bytes, rounded up for each block.
func tokensOf(blocks []block) int {
	n := 0
	for _, b := range blocks {
		n += (b.end - b.start + 3) / 4
	}
	return n
}
