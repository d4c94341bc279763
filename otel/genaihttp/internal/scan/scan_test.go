package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestValuesAreFound(t *testing.T) {
	v := Parse([]byte(` {"a" : "x\ny\u00e9\ud83d\ude00", "n":[1, 2.5e3,"7",-4], "o":{"deep":{"er":[{"x":true},null]}}, "q":"\\\"", "e":"" } trailing`))
	if !v.IsWhole() {
		t.Fatalf("%s is not whole", v)
	}
	if got := v.Get("a").Text(); got != "x\nyé😀" {
		t.Errorf("a is %q", got)
	}
	if got := v.Get("q").Text(); got != `\"` {
		t.Errorf("q is %q", got)
	}
	if got := v.Get("e"); got.Text() != "" || !got.Equal("") || !got.Is() {
		t.Errorf("e is %q", got)
	}
	var ints []int64
	for e := v.Get("n").Elements(); e.Next(); {
		n, ok := e.Value.Int()
		if !ok {
			t.Errorf("%s is no number", e.Value)
		}
		ints = append(ints, n)
	}
	if !reflect.DeepEqual(ints, []int64{1, 2500, 7, -4}) {
		t.Errorf("n is %v", ints)
	}
	er := v.Get("o").Get("deep").Get("er")
	if er.Len(9) != 2 || er.Len(1) != 1 {
		t.Errorf("er has %d elements", er.Len(9))
	}
	if e := er.Elements(); !e.Next() || !e.Value.Get("x").True() || !e.Next() || e.Value.Is() || e.Next() {
		t.Error("er is true and null")
	}
}

func TestWhatIsNoJSONGivesNothing(t *testing.T) {
	for _, doc := range []string{"", " ", "{", "[", `"`, `{"a`, `{"a"`, `{"a":`, `{"a"}`, `{"a":}`, `[}`, `{]`, "nul", "\x00", `{"a":"\`, "}{", ",", ":", `{,}`, `{"a":1,"a`} {
		v := Parse([]byte(doc))
		for m := v.Members(); m.Next(); {
			_, _ = m.Value.Int()
			_ = m.Value.Text()
		}
		for e := v.Elements(); e.Next(); {
			_ = e.Value.Text()
		}
	}
	if v := Parse([]byte(`{"a":{"b":3,"c":"cut sho`)); v.IsWhole() {
		t.Error("a document without an end is not whole")
	} else if n, ok := v.Get("a").Get("b").Int(); !ok || n != 3 {
		t.Error("what came of it is read")
	}
}

func TestAMediaStringIsCutAndItsDigestTold(t *testing.T) {
	data := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, 10_001)
	sum := sha256.Sum256(data)
	for name, text := range map[string]string{
		"base64":     base64.StdEncoding.EncodeToString(data),
		"unpadded":   base64.RawStdEncoding.EncodeToString(data),
		"URL-safe":   base64.URLEncoding.EncodeToString(data),
		"a data URI": "data:image/png;base64," + base64.StdEncoding.EncodeToString(data),
	} {
		d := Document{Limits: Limits{String: 100, Total: 1000, Digest: true}}
		doc := fmt.Sprintf(`{"before":[1],"image":%q,"after":{"tokens":12}}`, text)
		for _, size := range []int{1, 999, len(doc)} {
			d.Reset()
			for rest := doc; len(rest) > 0; {
				n := min(size, len(rest))
				_, _ = d.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			v := d.Value()
			size, digest := v.Get("image").Cut()
			if size != int64(len(text)) || digest != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: cut at %d, digest %q", name, size, digest)
			}
			if n, _ := v.Get("after").Get("tokens").Int(); n != 12 || !v.IsWhole() || len(v) > 300 {
				t.Errorf("%s: what is behind is lost: %d bytes", name, len(v))
			}
		}
		if got, size := Digest(text); got != hex.EncodeToString(sum[:]) || size != int64(len(data)) {
			if !strings.HasPrefix(name, "unpadded") || got == "" {
				t.Errorf("%s: digest of the whole text is %q, %d bytes", name, got, size)
			}
		}
	}
	if got, _ := Digest("no base64 at all!"); got != "" {
		t.Errorf("a sentence has a digest: %q", got)
	}
}

func TestVectorsAreShortened(t *testing.T) {
	vector := strings.TrimSuffix(strings.Repeat("-0.123456789e-2, ", 40_000), ", ")
	doc := `{"data":[{"embedding":[` + vector + `],"index":0},{"embedding":[` + vector + `],"index":1}],"flags":[true,false,null,1e5],"usage":{"prompt_tokens":8}}`
	d := Document{Limits: Limits{String: 100, Total: 1000}}
	_, _ = d.Write([]byte(doc))
	v := d.Value()
	if len(v) > 600 || !json.Valid(v) {
		t.Errorf("%d bytes: %s", len(v), v)
	}
	e := v.Get("data").Elements()
	for i := int64(0); e.Next(); i++ {
		if n, _ := e.Value.Get("index").Int(); n != i || e.Value.Get("embedding").Len(99) != numbers {
			t.Errorf("element %d is %s", i, e.Value)
		}
	}
	if got := string(v.Get("flags")); got != "[true,false,null,1e5]" {
		t.Errorf("flags are %s", got)
	}
}

func TestADocumentIsBounded(t *testing.T) {
	d := Document{Limits: Limits{String: 1000, Total: 100_000}}
	for range 2_000 {
		_, _ = d.Write([]byte(`{"a":"` + strings.Repeat("é", 5_000) + `"},[[[[`))
	}
	if len(d.buf) > 2*100_000+rawBytes || d.Size() < 20_000_000 {
		t.Errorf("%d bytes are kept of %d", len(d.buf), d.Size())
	}
}

// FuzzDocument holds a document that was compacted against encoding/json, however it came.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a":"b\u00e9\\","n":[1,2,3,4,5,6,7,8,9,10,11],"t":[true,false,null]}`), uint8(3), uint8(4))
	f.Add([]byte(`["\ud83d\ude00\ud83d\ude00",{"k\"ey":-1.5e+3}]`), uint8(0), uint8(9))
	f.Fuzz(func(t *testing.T, doc []byte, size, limit uint8) {
		d := Document{Limits: Limits{String: int(limit), Total: 1 << 20, Digest: size%2 == 0}, compact: true}
		for rest := doc; len(rest) > 0; {
			n := min(int(size)+1, len(rest))
			_, _ = d.Write(rest[:n])
			rest = rest[n:]
		}
		walk(d.Value(), 0)
		walk(Parse(doc), 0)
		var want any
		if json.Unmarshal(doc, &want) != nil || bytes.ContainsRune(doc, utf8.RuneError) || bytes.Contains(doc, []byte("\\ufffd")) || !utf8.Valid(doc) {
			return
		}
		if !d.Value().IsWhole() {
			t.Fatalf("%q became %q", doc, d.Value())
		}
		compare(t, d.Value(), want, int(limit))
	})
}

func walk(v Value, depth int) {
	_, _ = v.Cut()
	_ = v.Text()
	if depth > 20 {
		return
	}
	for m := v.Members(); m.Next(); {
		walk(m.Value, depth+1)
	}
	for e := v.Elements(); e.Next(); {
		walk(e.Value, depth+1)
	}
}

func compare(t *testing.T, v Value, want any, limit int) {
	t.Helper()
	switch want := want.(type) {
	case string:
		got := v.Text()
		if size, _ := v.Cut(); size > 0 {
			if !strings.HasPrefix(want, got) && !strings.Contains(string(v), `\u`) {
				t.Fatalf("%q was cut to %q", want, got)
			}
		} else if got != want && !strings.ContainsRune(want, utf8.RuneError) {
			t.Fatalf("%q is read as %q", want, got)
		}
	case float64:
		if got, ok := v.Float(); len(v) <= 64 && (!ok || got != want) {
			t.Fatalf("%v is read as %v from %s", want, got, v)
		}
	case []any:
		n := v.Len(len(want) + 1)
		if n > len(want) {
			t.Fatalf("%d elements are %d: %s", len(want), n, v)
		}
		i := 0
		for e := v.Elements(); n == len(want) && e.Next(); i++ {
			compare(t, e.Value, want[i], limit)
		}
	case map[string]any:
		n := 0
		for m := v.Members(); m.Next(); n++ {
			if w, ok := want[string(m.Key)]; ok && len(want) == count(v) {
				compare(t, m.Value, w, limit)
			}
		}
		if n < len(want) {
			t.Fatalf("%d members are %d: %s", len(want), n, v)
		}
	case bool:
		if v.True() != want {
			t.Fatalf("%v is %s", want, v)
		}
	case nil:
		if v.Is() {
			t.Fatalf("null is %s", v)
		}
	}
}

func count(v Value) (n int) {
	for m := v.Members(); m.Next(); n++ {
	}
	return n
}

// TestWhatIsLeftOutTakesNoRoom: each string that is cut leaves a mark, which an answer of a gigabyte, a megabyte on the wire, has millions of.
func TestWhatIsLeftOutTakesNoRoom(t *testing.T) {
	for name, piece := range map[string]string{"base64": `"aaaa",`, "no base64": `"----------",`, "objects": `{"a":"b"},`, "escapes": `"\\\"",`} {
		for _, digest := range []bool{false, true} {
			d := Document{Limits: Limits{String: 8, Total: 1 << 10, Digest: digest}}
			_, _ = d.Write([]byte(`{"a":[`))
			for range 100 {
				_, _ = d.Write([]byte(strings.Repeat(piece, 1000)))
			}
			if n := len(d.buf); n > 2*d.Limits.Total+rawBytes+1<<10 {
				t.Errorf("%s, digests %v: %d bytes are kept", name, digest, n)
			}
		}
	}
}

// TestEscapesTakeNoLongerThanLetters: where each of them has the rest of what came searched for the end, this takes minutes.
func TestEscapesTakeNoLongerThanLetters(t *testing.T) {
	read := make(chan struct{})
	go func() {
		defer close(read)
		d := Document{Limits: Limits{String: 1 << 10, Total: 1 << 10}}
		_, _ = d.Write([]byte(`["` + strings.Repeat(`\n`, 1<<21)))
	}()
	select {
	case <-read: // as a rule, within a thirtieth of a second
	case <-time.After(time.Minute):
		t.Fatal("it takes more than a minute")
	}
}
