package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// scripts sets text in which "^…^" is raised and "_…_" is lowered, in smaller type.
func scripts(y float64, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "BT /F3 12 Tf 1 0 0 1 72 %g Tm ", y)
	mark, from := rune(0), 0
	flush := func(to int) {
		part := strings.NewReplacer("(", `\(`, ")", `\)`).Replace(text[from:to])
		switch mark {
		case '^':
			fmt.Fprintf(&b, "/F3 8 Tf 4.5 Ts (%s) Tj /F3 12 Tf 0 Ts ", part)
		case '_':
			fmt.Fprintf(&b, "/F3 8 Tf -2 Ts (%s) Tj /F3 12 Tf 0 Ts ", part)
		default:
			fmt.Fprintf(&b, "(%s) Tj ", part)
		}
	}
	for i, r := range text {
		if r == '^' || r == '_' {
			flush(i)
			from = i + 1
			if mark == r {
				mark = 0
			} else {
				mark = r
			}
		}
	}
	flush(len(text))
	b.WriteString("ET\n")
	return b.String()
}

func TestPowersAndIndicesAreWritten(t *testing.T) {
	r := newReader(t)
	for in, want := range map[string]string{
		"It took 10^9^ steps and 3 m^2^ of floor.":  "It took 10^9 steps and 3 m^2 of floor.",
		"A load of 2.5 x 10^-3^ t CO_2_ a year.":    "A load of 2.5 x 10^-3 t CO_2 a year.",
		"Set x_i_ to 2^n+1^ and y_max_ to (a+b)^2^": "Set x_i to 2^{n+1} and y_max to (a+b)^2",
		"Water is H_2_O, salt Na^+^ and Cl^-^ here": "Water is H_2O, salt Na^+ and Cl^- here",
		"The result^3^ holds, as shown.^4^ More":    "The result[3] holds, as shown.[4] More",
		"On the 1^st^ and 22^nd^ of May 2019^5^ we": "On the 1st and 22nd of May 2019[5] we",
		"Ada Lovelace^1,2^ and C. Babbage^*^ wrote": "Ada Lovelace[1,2] and C. Babbage* wrote",
		"as said (see below)^7^ by others":          "as said (see below)[7] by others",
		"an O(n^2^) loop and log_2_ n bits":         "an O(n^2) loop and log_2 n bits",
		"3 km^2^/s and e^-x^ or 10^12^.":            "3 km^2/s and e^-x or 10^12.",
	} {
		d := readFile(t, r, in, document{}.write(scripts(700, in)+prose("F3", 12, 72, 680, 14, fill(shards, 80)...)))
		if !strings.HasPrefix(d.Pages[0], want) {
			t.Errorf("%s: %s", in, d.Pages[0])
		}
	}
}

func TestPowersOfTheSizeOfTheirTextAreWritten(t *testing.T) {
	line := "BT /F3 12 Tf 1 0 0 1 72 700 Tm (It took 10) Tj 4 Ts (9) Tj 0 Ts ( steps, and CO) Tj -3 Ts (2) Tj 0 Ts ( fell.) Tj ET\n"
	d := readFile(t, newReader(t), "rise", document{}.write(line+prose("F3", 12, 72, 660, 14, fill(shards, 80)...)))
	if !strings.HasPrefix(d.Pages[0], "It took 10^9 steps, and CO_2 fell.") {
		t.Error(d.Pages[0])
	}
}

func TestNotesComeAfterTheText(t *testing.T) {
	note := "BT 1 0 0 1 50 120 Tm /F3 5 Tf 2.5 Ts (1) Tj /F3 7 Tf 0 Ts ( The job is in the appendix.) Tj ET\n"
	left := fill(shards+" "+shards, 52)
	d := readFile(t, newReader(t), "notes", document{}.write(note+columnsOf([][]string{left, fill(readers+" "+costs, 52)}, 50,
		255, 760, 10, 12, 0, false)))
	if !strings.HasSuffix(d.Pages[0], "\n\n[1] The job is in the appendix.") {
		t.Error(d.Pages[0])
	}
}

func TestCodeKeepsItsLines(t *testing.T) {
	code := []string{"def shard(key):", "    n = hash(key) % 3", "    if n == 0:", "        return 'alpha'", "    return 'beta'"}
	d := readFile(t, newReader(t), "code", document{}.write(
		prose("F3", 11, 72, 760, 13, fill(shards, 90)...)+prose("F4", 9, 90, 690, 11, code...)+prose("F3", 11, 72, 620, 13,
			fill(readers, 90)...)))
	if !strings.Contains(d.Pages[0], "\n\n"+strings.Join(code, "\n")+"\n\n") {
		t.Error(d.Pages[0])
	}
}

func TestWordsAreMadeWhole(t *testing.T) {
	r := newReader(t)
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"cut words", []string{"The migration of the billing ser-", "vice took eleven weeks in all, and", "the service is quiet."},
			"billing service took"},
		{"words with a hyphen of their own", []string{"A nightly comparison is a low-", "cost job, and low-cost jobs are run",
			"more often."}, "low-cost job,"},
		{"names", []string{"The engine is named Trace-", "Monkey, and TraceMonkey is a thing", "of the past."}, "named TraceMonkey,"},
		{"compounds with capitals", []string{"It was written by the non-", "European team of the company in a", "few weeks."},
			"the non-European team"},
	} {
		d := readFile(t, r, c.name, document{}.write(prose("F3", 11, 72, 700, 13, c.lines...)))
		if !strings.Contains(d.Pages[0], c.want) {
			t.Errorf("%s: %s", c.name, d.Pages[0])
		}
	}
	d := readFile(t, r, "letters apart", document{}.write("BT /F2 16 Tf 5 Tc 1 0 0 1 72 780 Tm (ABSTRACT) Tj 0 Tc ET\n"+
		prose("F3", 11, 72, 700, 13, fill(shards, 80)...)))
	if !strings.HasPrefix(d.Pages[0], "ABSTRACT\n\nThe team") {
		t.Errorf("letters apart: %s", d.Pages[0])
	}
	lines := fill(shards[1:], 80)
	d = readFile(t, r, "initial", document{}.write(show("F3", 34, 72, 687, "T")+prose("F3", 11, 94, 700, 13, lines[:2]...)+
		prose("F3", 11, 72, 674, 13, lines[2:]...)))
	if d.Pages[0] != shards {
		t.Errorf("initial: %s", d.Pages[0])
	}
}
