package value

import (
	"reflect"
	"strings"
	"testing"
)

func TestTextThatIsNearlyJSON(t *testing.T) {
	type m = map[string]any
	for text, c := range map[string]struct {
		want any
		cut  bool
	}{
		`{"a":1}`: {want: m{"a": int64(1)}},
		`{'cache_read': 1024, 'audio': None, 'ok': True, 'x': (1, 2.5)}`: {want: m{"cache_read": int64(1024), "audio": nil, "ok": true,
			"x": []any{int64(1), 2.5}}},
		`['stop', "it's"]`:                           {want: []any{"stop", "it's"}},
		`{'a': 'it\'s \u00e9\x41 \ud83d\ude00'}`:     {want: m{"a": "it's éA 😀"}},
		`[{"role":"user","content":"What is the wea`: {want: []any{m{"role": "user", "content": "What is the wea"}}, cut: true},
		`[{"role":"user","content":"a\`:              {want: []any{m{"role": "user", "content": "a"}}, cut: true},
		`[{"role":"user","content":"a\u00`:           {want: []any{m{"role": "user", "content": "a"}}, cut: true},
		`[{"role":"user","content":"a"},{"role":"assistant"`: {want: []any{m{"role": "user", "content": "a"},
			m{"role": "assistant"}}, cut: true},
		`[{"role":"user","cont`: {want: []any{m{"role": "user"}}, cut: true},
		`{"a":1,"b":`:           {want: m{"a": int64(1)}, cut: true},
		`{"a":1,"b":tr`:         {want: m{"a": int64(1), "b": nil}, cut: true},
		`[1,2`:                  {want: []any{int64(1), nil}, cut: true},
		`[{"role":"user","content":"a"}... [truncated]`: {want: []any{m{"role": "user", "content": "a"}}, cut: true},
		`[note] call me`:   {want: `[note] call me`},
		`[1] Smith et al.`: {want: `[1] Smith et al.`},
		`{x} is a place`:   {want: `{x} is a place`},
		`{"a":1} and more`: {want: `{"a":1} and more`},
		`{"a" "b"}`:        {want: `{"a" "b"}`},
		`{"a":1 "b"}`:      {want: `{"a":1 "b"}`},
		`{"a":what}`:       {want: `{"a":what}`},
		`{1: 'x'}`:         {want: `{1: 'x'}`},
		`[`:                {want: `[`},
		`plain`:            {want: `plain`},
	} {
		got, cut := Parsed(text)
		if !reflect.DeepEqual(got, c.want) || cut != c.cut {
			t.Errorf("%s: %#v, cut %v; want %#v, cut %v", text, got, cut, c.want, c.cut)
		}
	}
	if deep := strings.Repeat("[", 10_000); !reflect.DeepEqual(first(Parsed(deep)), deep) {
		t.Error("a list of 10,000 levels was followed")
	}
}

func first(v any, _ bool) any { return v }

func FuzzParsed(f *testing.F) {
	for _, s := range []string{`{'a': 'b'`, `[{"a":"\ud83d\u`, `[1,`, `{"a":{"b":[`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, _ := Parsed(s)
		CompactJSON(v) // whatever was read can be written
	})
}
