package tracejson

import (
	"bytes"
	"encoding/json"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// oddTrace makes spans of bytes: few ids, so that circles, orphans and repeated spans
// are frequent; any text, any time.
func oddTrace(b []byte) *tracepb.TracesData {
	var spans []*tracepb.Span
	for len(b) >= 6 && len(spans) < 40 {
		own, parent, start, end, n := b[0]%8, b[1]%8, uint64(b[2])<<56, uint64(b[3]), min(int(b[4]), len(b)-5)
		name := string(b[5 : 5+n])
		s := newSpan(own, parent, start, kv(name, text(name)), kv("gen_ai.input.messages", text(name)), kv(usageKey, text(name)))
		s.EndTimeUnixNano, s.Name = end, name
		s.Events = []*tracepb.Span_Event{nil, {Name: name, TimeUnixNano: start}}
		s.Links = []*tracepb.Span_Link{nil, {TraceId: []byte(name)}}
		if parent == 7 {
			s.TraceId, s.SpanId = b[5:5+n], nil
		}
		spans = append(spans, s)
		b = b[5+n:]
	}
	return data(spans...)
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("\x01\x00\x01\x02\x03abc\x02\x01\x03\x04\x02{}"))
	f.Add([]byte("\x01\x02\x01\x02\x00\x02\x01\x03\x04\x00\x03\x03\x00\x00\x01\xff"))
	f.Add([]byte("\x01\x07\xff\xff\x10{\"input_tokens\":1}\x05\x06\x00\x00\x04[[[["))
	f.Fuzz(func(t *testing.T, b []byte) {
		td := oddTrace(b)
		for _, o := range []Options{{}, {Schema: V2, TraceID: "id"}} {
			file, err := New(td, o)
			if err != nil || !json.Valid(file.Data) || file.Dropped+file.Shortened > 0 {
				t.Fatal(err, file)
			}
			set := map[spanID]*span{}
			if err := read(file.Data, set); err != nil || len(set) != file.Spans {
				t.Fatal(err, len(set), file.Spans)
			}
			var shown struct {
				Spans []stored `json:"spans"`
			}
			if err := json.Unmarshal(file.Data, &shown); err != nil {
				t.Fatal(err)
			}
			checkTree(t, shown.Spans)
			again, err := New(td, o)
			if err != nil || !bytes.Equal(again.Data, file.Data) {
				t.Fatal("the same spans gave another file")
			}
			merged, err := Merge(file.Data, td, o)
			if err != nil || !bytes.Equal(merged.Data, file.Data) {
				t.Fatalf("a second delivery changed the file: %v\n%s\n%s", err, file.Data, merged.Data)
			}
		}
	})
}

// checkTree follows the parents of a file: from every span there is a way to the one
// root.
func checkTree(t *testing.T, spans []stored) {
	t.Helper()
	parents, root := map[string]string{}, ""
	for _, s := range spans {
		own, parent := s.SpanID, s.Parent
		if s.Context != nil {
			own, parent = s.Context.SpanID, s.ParentV2
		}
		parents[own] = ""
		if parent != nil {
			parents[own] = *parent
		} else if root == "" {
			root = own
		} else {
			t.Fatal("two roots")
		}
	}
	for own := range parents {
		at := own
		for range len(parents) {
			if parents[at] == "" {
				break
			}
			at = parents[at]
		}
		if at != root {
			t.Fatalf("span %s is not below the root", own)
		}
	}
}

// FuzzMerge reads what may lie on a server.
func FuzzMerge(f *testing.F) {
	file, err := New(example(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.Data)
	f.Add([]byte(`{"spans":[{"context":{"span_id":"0000000000000007","trace_id":"30313233343536373839616263646566"},"events":[{"timestamp":1e30}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		merged, err := Merge(b, example(), Options{})
		if err != nil {
			return
		}
		again, err := Merge(merged.Data, example(), Options{})
		if err != nil || !bytes.Equal(again.Data, merged.Data) {
			t.Fatalf("%v\n%s\n%s", err, merged.Data, again.Data)
		}
	})
}
