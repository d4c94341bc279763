// Package channels keeps what the people of a channel have set, and what its models have cost. In go
// changes and prices, out come what holds for a channel, and which digests are due.
//
// A [Store] is safe for concurrent use and has neither goroutines nor locks.
package channels

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Store keeps settings and costs.
type Store struct {
	db       *database.DB
	defaults job.ChannelSettings
}

var _ job.ChannelPreferences = (*Store)(nil)

// New keeps settings and costs in db. What nobody has set is as defaults say.
func New(db *database.DB, defaults job.ChannelSettings) *Store {
	if defaults.Answers == "" {
		defaults.Answers = job.AnswersAll
	}
	defaults.Digest = job.DigestTime{Day: time.Monday, Hour: 9}
	return &Store{db, defaults}
}

const (
	// maxSettings bounds the rows of settings: some thousand channels with all of them set.
	maxSettings = 50_000
	// maxBudget is the highest budget, in US dollars.
	maxBudget = 1_000_000
)

// Defaults are what holds where nothing is set.
func (s *Store) Defaults() job.ChannelSettings { return s.defaults }

// Change sets what a person wants for a channel. The next link finds it. Said again, or after a later
// change of the same setting, it changes nothing. An error of a value names it.
func (s *Store) Change(ctx context.Context, c job.ChannelChange) error {
	for name, value := range c.Values {
		if err := check(name, value); err != nil {
			return fmt.Errorf("set %s to %q: %w: %w", name, value, job.ErrSetting, err)
		}
	}
	err := s.db.InTx(ctx, func(t database.Tx) error {
		var n int
		if _, err := database.One(ctx, t, `SELECT count(*) FROM commentator_channel_settings`, nil, &n); err != nil {
			return err
		}
		if n >= maxSettings {
			return fmt.Errorf("there are %d settings of channels already", n)
		}
		now, err := s.db.Now(ctx, t)
		if err != nil {
			return err
		}
		for name, value := range c.Values {
			if _, err := t.Exec(ctx, `INSERT INTO commentator_channel_settings (channel, name, value, user_id, version, changed_ms)
				VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (channel, name) DO UPDATE SET value = excluded.value, user_id = excluded.user_id,
					version = excluded.version, changed_ms = excluded.changed_ms
				WHERE excluded.version > commentator_channel_settings.version`,
				c.Channel, name, value, c.User, c.Version, database.Millis(now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("change the settings of channel %s: %w", c.Channel, err)
	}
	return nil
}

// aliasRule is MLflow's for aliases of prompts; an empty one stands for the default.
var aliasRule = lazyregexp.New(`^[a-zA-Z0-9_-]{0,100}$`)

// check refuses a value that a setting can't have. An empty one stands for the default.
func check(name, value string) error {
	within := func(most int) error {
		if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 0 || n > most) {
			return fmt.Errorf("it must be 0 to %d", most)
		}
		return nil
	}
	switch name {
	case job.SettingAnswers:
		if !slices.Contains([]job.Answers{"", job.AnswersAll, job.AnswersReaction, job.AnswersMention}, job.Answers(value)) {
			return errors.New("it must be on, reaction or mention")
		}
	case job.SettingLanguage:
		if value != "" && len(value) != 2 {
			return errors.New("it must be an ISO 639-1 code, such as en")
		}
	case job.SettingBudget:
		usd, err := strconv.ParseFloat(value, 64)
		if value != "" && (err != nil || math.IsNaN(usd) || usd < 0 || usd > maxBudget) {
			return fmt.Errorf("it must be US dollars, 0 to %d", maxBudget)
		}
	case job.SettingPrompt:
		if !aliasRule.MatchString(value) {
			return errors.New("it must be an alias of a prompt, such as production")
		}
	case job.SettingDigestDay:
		return within(6)
	case job.SettingDigestHour:
		return within(23)
	case job.SettingDigestZone:
		if _, err := time.LoadLocation(value); err != nil {
			return errors.New("it must be a time zone, such as Europe/Berlin")
		}
	default:
		return errors.New("there is no such setting")
	}
	return nil
}

// channelRow is what is stored of a channel.
type channelRow struct {
	job.ChannelSettings
	digestSince time.Time // when the digest's time was set last
}

// rows reads the settings of one channel, or of all that have some where channel is empty. What can't
// be read any more counts as not set.
func (s *Store) rows(ctx context.Context, q database.Querier, channel string) (map[string]*channelRow, error) {
	out := map[string]*channelRow{}
	err := database.Each(ctx, q, `SELECT channel, name, value, changed_ms FROM commentator_channel_settings
		WHERE channel = $1 OR $1 = '' ORDER BY channel, name`, []any{channel}, func(r database.Rows) error {
		var id, name, value string
		var changed int64
		if err := r.Scan(&id, &name, &value, &changed); err != nil {
			return err
		}
		row := out[id]
		if row == nil {
			row = &channelRow{ChannelSettings: s.defaults}
			out[id] = row
		}
		row.set(name, value, database.Time(changed))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the settings of channels: %w", err)
	}
	return out, nil
}

// set takes a stored value over.
func (c *channelRow) set(name, value string, changed time.Time) {
	if value == "" && name != job.SettingDigestDay || check(name, value) != nil {
		return
	}
	number, _ := strconv.Atoi(value)
	switch name {
	case job.SettingAnswers:
		c.Answers = job.Answers(value)
	case job.SettingLanguage:
		c.Language = value
	case job.SettingBudget:
		c.BudgetUSD, _ = strconv.ParseFloat(value, 64) // checked above
	case job.SettingPrompt:
		c.Prompt = value
	case job.SettingDigestDay:
		c.Digest.On, c.Digest.Day = value != "", time.Weekday(number)
	case job.SettingDigestHour:
		c.Digest.Hour = number
	case job.SettingDigestZone:
		c.Digest.Zone = value
		return
	}
	if (name == job.SettingDigestDay || name == job.SettingDigestHour) && changed.After(c.digestSince) {
		c.digestSince = changed
	}
}

// Settings are what holds for a channel now.
func (s *Store) Settings(ctx context.Context, channel string) (job.ChannelSettings, error) {
	return s.settings(ctx, s.db, channel)
}

func (s *Store) settings(ctx context.Context, q database.Querier, channel string) (job.ChannelSettings, error) {
	rows, err := s.rows(ctx, q, channel)
	if err != nil || rows[channel] == nil {
		return s.defaults, err
	}
	return rows[channel].ChannelSettings, nil
}

// Answers says which links of a channel are answered unasked, as q sees it.
func (s *Store) Answers(ctx context.Context, q database.Querier, channel string) (job.Answers, error) {
	set, err := s.settings(ctx, q, channel)
	return set.Answers, err
}

// digestLate is how late a digest may be posted, as when no worker ran at its time.
const digestLate = 24 * time.Hour

// Due lists the digests whose time has come, at most a day ago. One that was posted is listed as well:
// the queue knows its task. A digest is not due at a time before it was set.
func (s *Store) Due(ctx context.Context) ([]job.DigestDue, error) {
	now, err := s.db.SafeNow(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("look for digests: %w", err)
	}
	rows, err := s.rows(ctx, s.db, "")
	if err != nil {
		return nil, err
	}
	var out []job.DigestDue
	for id, row := range rows {
		at := row.Digest.Last(now)
		if row.Digest.On && at.After(row.digestSince) && now.Sub(at) < digestLate {
			out = append(out, job.DigestDue{Channel: id, At: at.UTC()})
		}
	}
	return out, nil
}
