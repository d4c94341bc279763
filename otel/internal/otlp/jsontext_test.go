package otlp_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

func TestATextIsOneJSONValueAndNothingBehindIt(t *testing.T) {
	for text, want := range map[string]any{
		`{"m": 3} `:            map[string]any{"m": json.Number("3")},
		`12345678901234567890`: json.Number("12345678901234567890"),
		`{"m": 3}],`:           nil,
		`[1]}`:                 nil,
		`{"m": 3} {}`:          nil,
		`{"m": 3`:              nil,
		``:                     nil,
	} {
		var got any
		if ok := otlp.DecodeText(text, &got); ok != (want != nil) || ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}
