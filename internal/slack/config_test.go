package slack_test

import (
	"fmt"
	"testing"

	"github.com/technoshare/commentator/internal/slack"
)

func TestParseChannels(t *testing.T) {
	t.Parallel()
	got, err := slack.ParseChannels([]string{" C024BE91L=links ", "", "G1"})
	if err != nil || fmt.Sprint(got) != "[{C024BE91L links} {G1 }]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"#general", "general", "c024be91l"} {
		if _, err := slack.ParseChannels([]string{bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
