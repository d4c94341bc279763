package xmltext_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
)

func ExampleCaptions() {
	fmt.Println(xmltext.Captions([]byte(`<transcript>
<text start="0.5" dur="2">A rope &amp;amp; a tree</text>
<text start="30">&lt;i&gt;of strings&lt;/i&gt;.</text>
<text start="61.2">Later.</text>
</transcript>`)))
	// Output:
	// [0:00] A rope & a tree of strings.
	//
	// [0:01] Later.
}

func TestOtherXMLHasNoCaptions(t *testing.T) {
	for _, body := range []string{"", "<", "<a><b>x</b></a>", `<transcript><text start="1"> </text></transcript>`} {
		if got := xmltext.Captions([]byte(body)); got != "" {
			t.Errorf("%q: %q", body, got)
		}
	}
}

func TestXMLIsRepaired(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"declaration":     {`<?xml version="1.0" encoding="windows-1251"?><a/>`, `<a/>`},
		"byte order mark": {"\xef\xbb\xbf<a>x</a>", `<a>x</a>`},
		"junk":            {"Warning: x <br /> in\n<?xml version=\"1.0\"?><b/><a>x</a> tail", `<a>x</a>`},
		"document type":   {"<!DOCTYPE a [<!ENTITY x \"<y>\">]><a>x</a>", `<a>x</a>`},
		"capitals":        {`<A HREF="Xy"><B>One</b></A>`, `<a href="Xy"><b>One</b></a>`},
		"entities": {`<a>1&nbsp;2 &eacute; &amp; &lt; &unknown; &#8364; AT&T &#1;</a>` +
			``, "<a>1\u00a02 é &amp; &lt; &amp;unknown; € AT&amp;T </a>"},
		"bare signs":       {`<a>1 < 2 > 1</a>`, `<a>1 &lt; 2 &gt; 1</a>`},
		"control signs":    {"<a>x\x01\x0by</a>", `<a>xy</a>`},
		"overlap":          {`<a><b><c>x</b>y</c></a>`, `<a><b><c>x</c></b>y</a>`},
		"not closed":       {`<a><b>x<br>y</b></a>`, `<a><b>x<br>y</br></b></a>`},
		"cut in text":      {`<a><b>x`, `<a><b>x</b></a>`},
		"cut in a tag":     {`<a><b>x</b><c d="e`, `<a><b>x</b></a>`},
		"cut in CDATA":     {`<a><![CDATA[<p>x`, `<a><![CDATA[<p>x]]></a>`},
		"comment":          {`<a>x<!-- <b> -->y</a>`, `<a>xy</a>`},
		"attributes":       {`<a b=c d e='f"g' h="i>j">x</a>`, `<a b="c" d="" e="f&quot;g" h="i&gt;j">x</a>`},
		"quotation mark":   {`<a b="c>x</a>`, `<a b="c">x</a>`},
		"two roots":        {`<a>x</a><a>y</a>`, `<a>x</a>`},
		"prefix of a root": {`<x:A xmlns:X="u">x</x:A>`, `<x:a xmlns:x="u">x</x:a>`},
		"only a tag":       {`<a`, ``},
	} {
		if got := string(xmltext.Repair([]byte(c.in), "a")); got != `<?xml version="1.0" encoding="utf-8"?>`+c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTextOfElementsDoesNotRunTogether(t *testing.T) {
	for in, want := range map[string]string{
		`<X><TITLE>Big</TITLE><ITEM><TITLE>One</TITLE></ITEM></X>`: "Big\nOne",
		`<p>The <b>old</b> table, <i>gone</i>.</p><p>New</p>`:      "The old table, gone .\nNew",
		`<a>A &amp; B<![CDATA[ <c>]]></a>`:                         "A & B <c>",
		`<a>Name<v>x</v></a>`:                                      "Name x",
	} {
		if got := xmltext.Plain([]byte(in)); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestRootIsFoundBehindAProlog(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0"?><!-- <b> --><!DOCTYPE rss><RSS>`: "rss",
		"\xef\xbb\xbf \n<atom:feed>":                           "feed",
		`words <rss>`:                                          "rss junk", `{"a":1}`: " junk", ``: "",
	} {
		name, junk := xmltext.Root([]byte(in), 1000)
		if junk {
			name += " junk"
		}
		if name != want {
			t.Errorf("%s: %q", in, name)
		}
	}
}

func FuzzRepair(f *testing.F) {
	for _, s := range []string{`<a b="c">x&nbsp;<![CDATA[y]]></A>`, `<a <b>`, "<a><!--", "&&&<<<", `<a b='`, "<!DOCTYPE a [<x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !utf8.Valid(in) {
			t.Skip()
		}
		out := xmltext.Repair(in)
		d := xml.NewDecoder(bytes.NewReader(out))
		d.Strict = false
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				// Letters that XML takes in no name are the one thing that stays.
				if !strings.Contains(err.Error(), "invalid XML name") {
					t.Fatalf("%q became %q: %v", in, out, err)
				}
				break
			}
		}
		xmltext.Plain(in)
	})
}
