package slack

import (
	"encoding/json"
	"testing"
)

func TestNothingThatADatabaseDoesNotTakeIsInAPayload(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b"}`:                  `{"a":"b"}`,
		`{"a":"\u0000"}`:             `{"a":"\ufffd"}`,
		`{"a":"x\u0000\u0000y"}`:     `{"a":"x\ufffd\ufffdy"}`,
		`{"a\u0000":1}`:              `{"a\ufffd":1}`,
		`{"a":"\\u0000"}`:            `{"a":"\\u0000"}`, // six letters of a text
		`{"a":"\\\u0000"}`:           `{"a":"\\\ufffd"}`,
		`{"a":"\\\\u0000\"\u0000"}`:  `{"a":"\\\\u0000\"\ufffd"}`,
		`{"a":"\u00001\u0001\\`:      `{"a":"\ufffd1\u0001\\`,
		`\`:                          `\`,
		`{"a":"\u0000`:               `{"a":"\ufffd`,
		`{"a":"\n\u00000\u000"}`:     `{"a":"\n\ufffd0\u000"}`,
		`{"a":"\uD83D\uDE00\u0000"}`: `{"a":"\uD83D\uDE00\ufffd"}`,
	} {
		given := []byte(in)
		got := storable(given)
		if string(got) != want || string(given) != in || json.Valid(given) != json.Valid(got) {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}
