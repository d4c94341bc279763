package xmltext_test

import (
	"fmt"
	"testing"

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

func TestDeclarationsOfDecodedTextAreCorrected(t *testing.T) {
	for text, want := range map[string]string{
		`<?xml version="1.0" encoding="windows-1251"?><a/>`: `<?xml version="1.0" encoding="utf-8"?><a/>`,
		`<?xml version="1.0"?><a/>`:                         `<?xml version="1.0"?><a/>`,
		`<a encoding="x"/><?b?>`:                            `<a encoding="x"/><?b?>`,
	} {
		if got := string(xmltext.DeclareUTF8([]byte(text))); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
