package generic

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestParsersAreGuarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if v, err := guarded(t.Context(), time.Second, func() (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("%d %v", v, err)
		}
		_, err := guarded(t.Context(), time.Second, func() (int, error) { panic("index") })
		if err == nil || !strings.Contains(err.Error(), "index") {
			t.Errorf("a panic is %v", err)
		}
		slow := func() (int, error) {
			time.Sleep(time.Minute)
			return 7, nil
		}
		if v, err := guarded(t.Context(), time.Second, slow); v != 0 || !errors.Is(err, errDeadline) {
			t.Errorf("past its deadline: %d %v", v, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := guarded(ctx, time.Hour, slow); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		time.Sleep(2 * time.Minute) // the slow ones run on until they end
	})
}
