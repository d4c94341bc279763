package membership_test

import (
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/membership"
)

func TestLeaseBelongsToOne(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		a, _ := member(t, url, time.Hour)
		b, _ := member(t, url, time.Hour)
		lease := func(m *membership.Members, want bool) {
			t.Helper()
			if got, err := m.Lease(t.Context(), "backfill", time.Hour); err != nil || got != want {
				t.Errorf("lease: %v, %v; want %v", got, err, want)
			}
		}
		lease(a, true)
		lease(b, false)
		lease(a, true)
		if err := a.Release(t.Context(), "backfill"); err != nil {
			t.Fatal(err)
		}
		lease(b, true)
	})
}

func TestMarksOnlyRise(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		m, _ := member(t, url, time.Hour)
		for _, v := range []string{"2", "3", "1"} {
			if err := m.RaiseMark(t.Context(), "seen/C1", v); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := m.Mark(t.Context(), "seen/C1"); v != "3" || err != nil {
			t.Errorf("mark %q, %v", v, err)
		}
	})
}
