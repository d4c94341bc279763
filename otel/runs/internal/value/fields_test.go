package value

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFieldNamesAreSeenWithoutParsing(t *testing.T) {
	for text, want := range map[string][]string{
		`{"a":1,"b" : {"c":[{"d":2}]}}`:           {"a", "b", "c", "d"},
		`{'a': 1, 'b c': None}`:                   {"a", "b c"},
		`{"a":"say \"b\": c", "d": "{\"e\": 1}"}`: {"a", "d"},
		`a: b "c" d: "e"`:                         nil,
		`":`:                                      nil,
		`:`:                                       nil,
		`x":`:                                     nil,
		`{"` + strings.Repeat("x", 1000) + `": 1, "a": 1`: {"a"},
	} {
		var got []string
		for name := range FieldNames(text) {
			got = append(got, name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.40s: %q, want %q", text, got, want)
		}
	}
}

func TestFieldsOfAnObjectAreReadWithoutTheRest(t *testing.T) {
	for text, want := range map[string]map[string]any{
		` {"x": [1, {"m": 3}], "m": "a", "y": "\"}", "n": {"m": 2}} `: {"m": "a", "n": map[string]any{"m": int64(2)}},
		`{"m":"a\"b\\","z":true}`:                                     {"m": `a"b\`},
		`{"m": 1.5 , "n":[]}`:                                         {"m": 1.5, "n": []any{}},
		`{"x": {"m": 1}}`:                                             nil,
		`{"m": "a", "x": "cut`:                                        nil,
		`{"m": "a", "x": {"y": 1`:                                     nil,
		`{"m": "a"} {"m": "b"}`:                                       nil,
		`{"m": "a"`:                                                   nil,
		`{"m":`:                                                       nil,
		`{"m"`:                                                        nil,
		`{"m": nonsense}`:                                             nil,
		`[{"m": "a"}]`:                                                nil,
		`"{\"m\": \"a\"}"`:                                            nil,
		`{}`:                                                          nil,
		``:                                                            nil,
		`{'m': 'a'}`:                                                  nil,
		`{"x": "m\\", "m": "\\", "n":0}`:                              {"m": `\`, "n": int64(0)},
	} {
		got := Fields(text, func(name string) bool { return name == "m" || name == "n" })
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		if all, ok := Structured(text).(map[string]any); ok { // as the whole text is read
			for _, name := range []string{"m", "n"} {
				if !reflect.DeepEqual(got[name], all[name]) {
					t.Errorf("%s: %s is %v, and %v where all of it is parsed", text, name, got[name], all[name])
				}
			}
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add(`{"x": [1, {"m": 3}], "m": "a", "y": "\"}", "n": {"m": 2}}`)
	f.Add(`{"m":"a\"b\\","z":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := Fields(text, func(name string) bool { return name == "m" })
		all, ok := Structured(text).(map[string]any)
		if ok && !strings.Contains(text, `\u`) && strings.Count(text, `"m"`) == 1 && !reflect.DeepEqual(got["m"], all["m"]) {
			t.Errorf("%q: %v, and %v where all of it is parsed", text, got["m"], all["m"])
		}
	})
}
