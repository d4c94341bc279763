package generic

import (
	"strings"
	"testing"
)

func TestAPanicOfAParserIsAnError(t *testing.T) {
	if v, err := recovered(func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	v, err := recovered(func() (int, error) { panic("index") })
	if v != 0 || err == nil || !strings.Contains(err.Error(), "parser failed: index") {
		t.Errorf("%d, %v", v, err)
	}
}
