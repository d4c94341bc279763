package oembed_test

import (
	"fmt"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

func ExampleRead() {
	ev := source.NewEvidence("https://example.com/oembed?url=x")
	body := `{"version":"1.0","type":"rich","author_name":"A","html":"<blockquote><p>I use ropes.</p></blockquote>"}`
	known, err := oembed.Read([]byte(body), ev)
	fmt.Println(known, err, ev.Coverage, ev.Title)
	// Output: true <nil> partial I use ropes.
}

func TestOtherJSONIsNotAnAnswer(t *testing.T) {
	for _, body := range []string{
		`{"type":"video","title":"x"}`,                    // neither version nor provider
		`{"type":"user","title":"x","version":"1.0"}`,     // no type of oEmbed
		`{"type":"link","version":"1.0"}`,                 // says nothing
		`{"title":"x","version":"1.0"}`, `[]`, `"x"`, `{`, // no answer at all
	} {
		ev := source.NewEvidence("https://example.com/x")
		if known, err := oembed.Read([]byte(body), ev); known || err != nil || ev.Coverage != job.CoverageFailed {
			t.Errorf("%s: known %v, %v", body, known, err)
		}
	}
}
