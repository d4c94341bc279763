package pdf

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// columnsOf sets texts in columns side by side, row by row as some programs do, or one column
// after the other; each is lower than the one before by offset.
func columnsOf(texts [][]string, x, width, y, size, lead, offset float64, byRow bool) string {
	var b strings.Builder
	at := func(column, line int) {
		if line < len(texts[column]) {
			b.WriteString(show("F3", size, x+float64(column)*width, y-float64(line)*lead-float64(column)*offset, texts[column][line]))
		}
	}
	most := 0
	for _, t := range texts {
		most = max(most, len(t))
	}
	if byRow {
		for line := range most {
			for column := range texts {
				at(column, line)
			}
		}
		return b.String()
	}
	for column := range texts {
		for line := range texts[column] {
			at(column, line)
		}
	}
	return b.String()
}

func TestColumnsAreReadOneAfterTheOther(t *testing.T) {
	r := newReader(t)
	two := [][]string{fill(shards+" "+costs, 52), fill(readers+" "+shards, 52)}
	three := [][]string{fill(shards, 34), fill(readers, 34), fill(costs, 34)}
	flow := []string{shards, readers}
	for _, c := range []struct {
		name, content string
		says          []string // in this order
	}{
		{"two columns row by row", columnsOf(two, 50, 255, 760, 10, 12, 0, true), flow},
		{"two columns one by one", columnsOf(two, 50, 255, 760, 10, 12, 0, false), flow},
		{"two columns on other baselines", columnsOf(two, 50, 255, 760, 10, 12, 5, true), flow},
		{"a narrow gutter", columnsOf(two, 50, 232, 760, 10, 12, 0, true), flow},
		{"a few lines", columnsOf([][]string{fill(shards[:120], 40), fill(readers[:120], 40)}, 50, 255, 760, 10, 12, 0, true),
			[]string{shards[:107], readers[:107]}},
		{"three columns", columnsOf(three, 40, 175, 760, 10, 12, 0, true), []string{shards, readers, costs}},
		{"three columns on other baselines", columnsOf(three, 40, 175, 760, 10, 12, 4, true), []string{shards, readers, costs}},
		{
			"a title and an abstract across",
			show("F2", 18, 120, 790, "Sharding a billing service") + prose("F3", 10, 50, 760, 12, fill("Abstract. "+costs, 110)...) +
				columnsOf([][]string{fill(shards, 52), fill(readers, 52)}, 50, 255, 700, 10, 12, 0, true),
			[]string{"Sharding a billing service", costs, shards, readers},
		},
		{
			"a figure across",
			columnsOf([][]string{fill(shards, 52), fill(readers, 52)}, 50, 255, 760, 10, 12, 0, true) +
				show("F1", 9, 60, 640, "Figure 1: Rows that differed in each of the eleven weeks, by country and by shard of the service") +
				columnsOf([][]string{fill(costs, 52), fill("More. "+shards, 52)}, 50, 255, 600, 10, 12, 0, true),
			[]string{shards, readers, "Figure 1", costs, "More. " + shards},
		},
		{
			"a narrow list beside the text",
			columnsOf([][]string{{"Contents", "Shards", "Readers", "Costs"}, fill(shards+" "+readers, 70)}, 50, 130, 760, 10, 14, 3, true),
			[]string{"Costs", shards + " " + readers},
		},
		{
			"lists side by side",
			columnsOf([][]string{{"\x95 Fast start", "\x95 Low memory", "\x95 No locks"}, {"\x95 Slow start", "\x95 High memory",
				"\x95 Many locks"}}, 60, 255, 700, 18, 30, 0, true),
			[]string{"• Fast start", "• Low memory", "• No locks", "• Slow start", "• High memory"},
		},
	} {
		d := readFile(t, r, c.name, document{}.write(c.content))
		rest := d.Pages[0]
		for _, s := range c.says {
			_, after, found := strings.Cut(rest, s)
			if !found {
				t.Errorf("%s: %q is not where it belongs\n%s", c.name, s, d.Pages[0])
				break
			}
			rest = after
		}
	}
}

func TestTablesAreReadByTheirRows(t *testing.T) {
	r := newReader(t)
	rows := func(x, width float64, cells ...[]string) string {
		var b strings.Builder
		for i, row := range cells {
			for j, c := range row {
				b.WriteString(show("F1", 10, x+float64(j)*width, 700-float64(i)*16, c))
			}
		}
		return b.String()
	}
	for _, c := range []struct{ name, content, want string }{
		{
			"figures",
			rows(72, 110, []string{"Model", "Params", "MMLU"}, []string{"Alpha", "7", "63.2"}, []string{"Beta", "13", "68.9"},
				[]string{"Gamma", "70", "79.5"}),
			"Model | Params | MMLU\nAlpha | 7 | 63.2\nBeta | 13 | 68.9\nGamma | 70 | 79.5",
		},
		{
			"settings and what they mean",
			rows(72, 130, []string{"retries", "How often a call is tried again"}, []string{"timeout", "Seconds that a call may take, 30 else"},
				[]string{"proxy", "Address that all calls go through"}),
			"retries | How often a call is tried again\ntimeout | Seconds that a call may take, 30 else\nproxy | Address that all calls go through",
		},
	} {
		d := readFile(t, r, c.name, document{}.write(prose("F1", 10, 72, 760, 12, fill(shards, 90)...)+c.content))
		if !strings.Contains(d.Pages[0], c.want) {
			t.Errorf("%s: %s", c.name, d.Pages[0])
		}
	}
}

func TestWordsAreReadInWhateverOrderTheyArePainted(t *testing.T) {
	r := newReader(t)
	var words []string
	for i, l := range fill(shards+" "+readers, 80) {
		x := 72.0
		for w := range strings.FieldsSeq(l) {
			words = append(words, show("F4", 10, x, 700-13*float64(i), w))
			x += 6*float64(len(w)) + 6
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	d := readFile(t, r, "shuffled", document{}.write(strings.Join(words, "")))
	if d.Pages[0] != shards+" "+readers {
		t.Error(d.Pages[0])
	}
}

func TestPagesTurnedOnTheirSideAreReadUpright(t *testing.T) {
	r := newReader(t)
	lines := prose("F1", 10, 60, 500, 12, fill(shards+" "+readers, 110)...)
	for name, c := range map[string]struct{ page, content string }{
		"turned by the page": {"/Rotate 90", "0 1 -1 0 595 0 cm " + lines},
		"turned back":        {"/Rotate 270", "0 -1 1 0 0 842 cm " + lines},
		"upside down":        {"/Rotate 180", "-1 0 0 -1 595 842 cm " + lines},
		"turned by the text": {"", "0 1 -1 0 595 0 cm " + lines},
	} {
		d := readFile(t, r, name, document{page: c.page}.write(c.content))
		if d.Pages[0] != shards+" "+readers {
			t.Errorf("%s: %s", name, d.Pages[0])
		}
	}
}

func TestStampsInTheMarginComeLast(t *testing.T) {
	stamp := "q 0 1 -1 0 30 250 cm " + show("F3", 20, 0, 0, "arXiv:2401.01234v1 [cs.DB] 3 Jan 2026") + "Q\n"
	d := readFile(t, newReader(t), "stamp", document{info: "/Title (main.dvi)"}.write(
		stamp+show("F2", 16, 150, 760, "Ropes Considered Useful")+prose("F3", 10, 72, 720, 12, fill(shards, 90)...)))
	if d.Title != "Ropes Considered Useful" || !strings.HasSuffix(d.Pages[0], "line by line.\n\narXiv:2401.01234v1 [cs.DB] 3 Jan 2026") {
		t.Errorf("%q\n%s", d.Title, d.Pages[0])
	}
}

func TestHeadersAndFootersGo(t *testing.T) {
	var pages []string
	for i, text := range []string{shards, readers, costs, shards, readers, costs} {
		head := "Sharding a billing service"
		if i%2 == 1 {
			head = "A. Lovelace"
		}
		pages = append(pages, show("F1", 8, 72, 810, head)+show("F1", 8, 500, 810, string(rune('1'+i)))+prose("F3", 10, 72, 760,
			12, fill(text, 90)...)+
			show("F1", 8, 250, 30, "Page "+string(rune('1'+i))+" of 6"))
	}
	d := readFile(t, newReader(t), "headers", document{}.write(pages...))
	for i, want := range []string{shards, readers, costs, shards, readers, costs} {
		if d.Pages[i] != want {
			t.Errorf("page %d: %s", i+1, d.Pages[i])
		}
	}
}
