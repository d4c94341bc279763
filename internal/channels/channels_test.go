package channels_test

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/channels"
	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

// clock is the database's.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func open(t *testing.T, url string, c *clock, defaults job.ChannelSettings) (*channels.Store, *database.DB) {
	t.Helper()
	cfg := database.Config{}
	if c != nil {
		cfg.Clock = c.now
	}
	db, err := database.Open(t.Context(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return channels.New(db, defaults), db
}

func change(t *testing.T, s *channels.Store, version string, values map[string]string) {
	t.Helper()
	if err := s.Change(t.Context(), job.ChannelChange{Channel: "C1", User: "U1", Version: version, Values: values}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotSetIsAsTheEnvironmentSays(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s, _ := open(t, url, nil, job.ChannelSettings{Answers: job.AnswersMention, Language: "de", BudgetUSD: 3})
		want := func(answers job.Answers, language string, budget float64) {
			t.Helper()
			got, err := s.Settings(t.Context(), "C1")
			if err != nil || got.Answers != answers || got.Language != language || got.BudgetUSD != budget {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		want(job.AnswersMention, "de", 3)
		change(t, s, "2.0", map[string]string{job.SettingAnswers: "on"})
		change(t, s, "2.0", map[string]string{job.SettingLanguage: "fr", job.SettingBudget: "0"})
		want(job.AnswersAll, "fr", 0)
		// The same again, and one that was made before and comes after.
		change(t, s, "2.0", map[string]string{job.SettingLanguage: "fr"})
		change(t, s, "1.0", map[string]string{job.SettingLanguage: "it"})
		want(job.AnswersAll, "fr", 0)
		change(t, s, "3.0", map[string]string{job.SettingLanguage: "", job.SettingBudget: ""})
		want(job.AnswersAll, "de", 3)
		if got, err := s.Settings(t.Context(), "C2"); err != nil || got.Answers != job.AnswersMention {
			t.Errorf("another channel has %+v, %v", got, err)
		}
	})
}

func TestValuesThatASettingCantHaveAreRefused(t *testing.T) {
	s, _ := open(t, t.TempDir()+"/q.sqlite", nil, job.ChannelSettings{})
	for name, value := range map[string]string{
		job.SettingAnswers: "sometimes", job.SettingLanguage: "german", job.SettingBudget: "NaN", job.SettingDigestDay: "7",
		job.SettingDigestHour: "24", job.SettingDigestZone: "Europe/Atlantis", "colour": "red",
	} {
		err := s.Change(t.Context(), job.ChannelChange{Channel: "C1", Version: "1", Values: map[string]string{name: value}})
		if !errors.Is(err, job.ErrSetting) {
			t.Errorf("%s = %s: %v", name, value, err)
		}
	}
	for _, budget := range []string{"-1", "1e9", "five"} {
		if err := s.Change(t.Context(), job.ChannelChange{Channel: "C1", Version: "1", Values: map[string]string{job.SettingBudget: budget}}); !errors.Is(err, job.ErrSetting) {
			t.Errorf("budget %s: %v", budget, err)
		}
	}
}

func TestCostsAddUpForAMonthAndAChannel(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		c := &clock{at: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)}
		s, _ := open(t, url, c, job.ChannelSettings{BudgetUSD: 1})
		pay := func(id, channel string, a job.Analysis) {
			t.Helper()
			if err := s.Failed(t.Context(), id, channel, &a); err != nil {
				t.Fatal(err)
			}
		}
		pay("a", "C1", job.Analysis{Calls: 1, CostUSD: new(0.25)})
		pay("a", "C1", job.Analysis{Calls: 2, CostUSD: new(0.25)}) // another attempt
		pay("b", "C1", job.Analysis{Calls: 1})                     // at a price that nobody knows
		pay("c", "C2", job.Analysis{Calls: 1, CostUSD: new(7.0)})
		pay("d", "C1", job.Analysis{Analyst: job.AnalystOffline})
		month, spent, err := s.Spent(t.Context(), "")
		if err != nil || month != "2026-11" || spent["C1"] != (job.Spend{USD: 0.5, Priced: 2, Unpriced: 1}) || spent["C2"].USD != 7 {
			t.Fatalf("%s: %+v, %v", month, spent, err)
		}
		over := func() *job.OverBudget {
			t.Helper()
			p, err := s.Preferences(t.Context(), "C1")
			if err != nil {
				t.Fatal(err)
			}
			return p.Over
		}
		if got := over(); got != nil {
			t.Errorf("over budget at half of it: %+v", got)
		}
		pay("e", "C1", job.Analysis{Calls: 1, CostUSD: new(0.5)})
		if got := over(); got == nil || *got != (job.OverBudget{Month: "2026-11", BudgetUSD: 1}) {
			t.Errorf("at the budget: %+v", got)
		}
		c.set(c.now().Add(90 * time.Minute))
		if got := over(); got != nil {
			t.Errorf("in the next month: %+v", got)
		}
		if n, err := s.Prune(t.Context(), c.now(), database.Bounds{}); err != nil || n != 4 {
			t.Errorf("%d rows pruned, %v", n, err)
		}
	})
}

func TestADigestIsDueAtItsHourInItsZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		monday := time.Date(2026, 11, 30, 9, 0, 0, 0, berlin)
		c := &clock{at: monday.Add(-time.Hour)}
		s, db := open(t, url, c, job.ChannelSettings{})
		due := func() []job.DigestDue {
			t.Helper()
			if _, err := db.CheckClock(t.Context()); err != nil { // as every minute
				t.Fatal(err)
			}
			got, err := s.Due(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		change(t, s, "1.0", map[string]string{job.SettingLanguage: "fr"}) // off by default
		if got := due(); len(got) != 0 {
			t.Fatalf("%+v", got)
		}
		change(t, s, "2.0", map[string]string{job.SettingDigestDay: "1", job.SettingDigestHour: "9", job.SettingDigestZone: "Europe/Berlin"})
		if got := due(); len(got) != 0 { // last week's is from before it was set
			t.Fatalf("%+v", got)
		}
		for _, step := range []struct {
			after time.Duration
			due   bool
		}{
			{-time.Second, false}, {0, true}, {23 * time.Hour, true}, {25 * time.Hour, false}, {48 * time.Hour, false}, {72 * time.Hour, false},
			{96 * time.Hour, false}, {120 * time.Hour, false}, {144 * time.Hour, false}, {7 * 24 * time.Hour, true},
		} { // a clock that leaps by more than a week would not be believed
			c.set(monday.Add(step.after))
			got := due()
			if (len(got) == 1) != step.due {
				t.Errorf("%s after the hour: %+v", step.after, got)
			}
			if len(got) == 1 && !got[0].At.Equal(monday) && !got[0].At.Equal(monday.AddDate(0, 0, 7)) {
				t.Errorf("due at %s", got[0].At)
			}
		}
		change(t, s, "3.0", map[string]string{job.SettingDigestHour: "8"})
		if got := due(); len(got) != 0 { // set at nine for eight: not before next week
			t.Errorf("%+v", got)
		}
		change(t, s, "4.0", map[string]string{job.SettingDigestHour: "10"})
		c.set(monday.AddDate(0, 0, 7).Add(time.Hour))
		if got := due(); len(got) != 1 {
			t.Errorf("not due at ten: %+v", got)
		}
		change(t, s, "5.0", map[string]string{job.SettingDigestDay: ""})
		if got := due(); len(got) != 0 {
			t.Errorf("off, but due: %+v", got)
		}
	})
}
