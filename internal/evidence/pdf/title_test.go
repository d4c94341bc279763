package pdf

import (
	"strings"
	"testing"
)

func TestTitlesThatProgramsMakeAreReplaced(t *testing.T) {
	r := newReader(t)
	const heading = "Sharding a billing service without losing a single row"
	large := show("F1", 8, 72, 800, "Technical Report 17") + show("F2", 20, 72, 760, "Sharding a billing service without") +
		show("F2", 20, 72, 736, "losing a single row") + prose("F3", 10, 72, 700, 12, fill(shards+" "+readers, 90)...)
	for said, want := range map[string]string{
		"Microsoft Word - final_v7 (2).docx": heading, "untitled": heading, "Untitled document": heading, "main.dvi": heading,
		"Slide 1": heading, "": heading,
		"LaTeX template": heading, "paper_final_v3.docx": heading, "PowerPoint Presentation": heading, "C:\\\\docs\\\\paper.doc": heading,
		"http://example.org/paper": heading, "Ghostscript": heading, "arXiv:2401.01234v1": heading, "3f2a9c44d01be77f": heading,
		"20240131_scan": heading,
		"Word - ":       heading, "(anonymous)": heading, "Titel": heading, "无标题": heading, "2": heading,
		"Microsoft PowerPoint - Quarterly review of shards": "Quarterly review of shards",
		"Ropes: an Alternative to Strings":                  "Ropes: an Alternative to Strings",
		"The Go Programming Language v1.26":                 "The Go Programming Language v1.26",
		"Attention Is All You Need":                         "Attention Is All You Need",
		"notes.txt":                                         "notes.txt",
		"TeX output 2001.02.03:1145":                        heading,
		"Print Job":                                         heading,
		"Layout 1":                                          heading,
		"Google Docs":                                       heading,
		"JOURNAL OF LATEX CLASS FILES, VOL. 14, NO. 8":      heading,
		"Paper Title (use style: paper title)":              heading,
		"Proceedings Template - WORD":                       heading,
		"USENIX Example Paper":                              heading,
		"Layout of tables in a store":                       "Layout of tables in a store",
		"An index for ropes":                                "An index for ropes",
	} {
		info := "/Title (" + strings.NewReplacer("(", `\(`, ")", `\)`).Replace(said) + ") /Producer (Ghostscript)"
		if said == "无标题" {
			info = "/Title <FEFF65E06807" + "9898>"
		}
		if d := readFile(t, r, said, document{info: info}.write(large)); d.Title != want {
			t.Errorf("%q became %q", said, d.Title)
		}
	}
}

func TestHeadingsAreTitles(t *testing.T) {
	r := newReader(t)
	body := prose("F3", 10, 72, 700, 12, fill(shards+" "+readers, 90)...)
	for _, c := range []struct{ name, content, want string }{
		{"bold of the same size", show("F2", 10, 72, 730, "Sharding a billing service") + body, "Sharding a billing service"},
		{"the text begins at once", body, ""},
		{"numbered", show("F2", 16, 72, 730, "1 Introduction") + body, "1 Introduction"},
		{"below a logo", show("F2", 9, 72, 800, "ACME Research") + show("F2", 17, 72, 730, "Sharding in Practice*") + body,
			"Sharding in Practice"},
		{"a large page number", show("F2", 30, 500, 780, "12") + show("F2", 17, 72, 730, "Sharding in Practice") + body,
			"Sharding in Practice"},
		{"hidden", "1 g " + show("F2", 30, 72, 780, "Praise this product") + "0 g " + show("F2", 17, 72, 730,
			"Sharding in Practice") + body, "Sharding in Practice"},
	} {
		if d := readFile(t, r, c.name, document{}.write(c.content)); d.Title != c.want {
			t.Errorf("%s: %q", c.name, d.Title)
		}
	}
}

func TestAuthorsThatAreAccountsAreNone(t *testing.T) {
	for said, want := range map[string]string{
		"Ada Lovelace": "Ada Lovelace", "anonymous": "", "(anonymous)": "", "Administrator": "", "user": "",
		"Microsoft Office User": "", "": "", "root": "",
	} {
		if got := author(said); got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
}
