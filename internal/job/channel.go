package job

import (
	"context"
	"errors"
	"time"
)

// Answers says which links of a channel are answered although nobody asked for them. The values are
// stored.
type Answers string

// What is answered in a channel. Whoever mentions the bot, or asks by command or shortcut, is always
// answered.
const (
	AnswersAll      Answers = "on"       // every link
	AnswersReaction Answers = "reaction" // links that somebody reacts to with 🔁
	AnswersMention  Answers = "mention"  // only where the bot is named
)

// Names of a channel's settings, as they are stored.
const (
	SettingAnswers    = "answers"
	SettingLanguage   = "language"    // ISO 639-1
	SettingBudget     = "budget"      // US dollars a month; 0: no bound
	SettingPrompt     = "prompt"      // an alias of the worker's prompt in MLflow's registry
	SettingDigestDay  = "digest_day"  // 0 to 6 from Sunday; empty: no digest
	SettingDigestHour = "digest_hour" // 0 to 23
	SettingDigestZone = "digest_zone" // IANA name, such as Europe/Berlin
)

// ChannelSettings are what holds for a channel: what its people have set, else the worker's own.
type ChannelSettings struct {
	Answers   Answers
	Language  string  // of comments, ISO 639-1
	BudgetUSD float64 // for the models of a calendar month in UTC; 0: no bound
	Prompt    string  // alias of the prompt; empty: the worker's own
	Digest    DigestTime
}

// DigestTime is when a channel gets its weekly digest.
type DigestTime struct {
	On   bool
	Day  time.Weekday
	Hour int    // 0 to 23
	Zone string // IANA name; one that is not known counts as UTC
}

// Last is the last time at or before now that the digest was due.
func (d DigestTime) Last(now time.Time) time.Time {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC
	}
	local := now.In(zone)
	back := (int(local.Weekday()) - int(d.Day) + 7) % 7
	due := time.Date(local.Year(), local.Month(), local.Day()-back, d.Hour, 0, 0, 0, zone)
	if due.After(now) {
		due = time.Date(local.Year(), local.Month(), local.Day()-back-7, d.Hour, 0, 0, 0, zone)
	}
	return due
}

// ErrSetting says that a setting can't have the value that somebody gave it.
var ErrSetting = errors.New("the setting can't have this value")

// ChannelChange is what a person sets for a channel: values by the name of the setting, where an empty
// one means the worker's own. Version is the time of the gesture in Slack's form: of two changes of a
// setting the later counts, whichever comes first.
type ChannelChange struct {
	Channel, User, Version string
	Values                 map[string]string
}

// Spend is what the models cost in a channel in a calendar month. Unpriced counts analyses of which
// nobody knows the price.
type Spend struct {
	USD              float64
	Priced, Unpriced int
}

// Month names a calendar month, in UTC.
func Month(at time.Time) string { return at.UTC().Format("2006-01") }

// Preferences are what a channel's settings mean for one job.
type Preferences struct {
	Language    string
	PromptAlias string // of the prompt; empty: the worker's own
	// Over is set when the budget is spent: no model may be asked.
	Over *OverBudget
}

// OverBudget is a budget that was spent.
type OverBudget struct {
	Month     string // see [Month]
	BudgetUSD float64
}

// ChannelPreferences say what holds for the jobs of a channel, and keep what they cost.
type ChannelPreferences interface {
	Preferences(ctx context.Context, channel string) (Preferences, error)
	// Failed keeps what an analysis cost that came to nothing. What one costs that is checkpointed is
	// kept with its checkpoint.
	Failed(ctx context.Context, jobID, channel string, a *Analysis) error
}

// languageKey is where the language of a comment stands in a context: what lies between the pipeline
// and the model, such as limits and measures, has no business with it.
type languageKey struct{}

// WithLanguage has analysts write in a language, an ISO 639-1 code; an empty one changes nothing.
func WithLanguage(ctx context.Context, code string) context.Context {
	if code == "" {
		return ctx
	}
	return context.WithValue(ctx, languageKey{}, code)
}

// LanguageOf is the language that [WithLanguage] has set; empty for none.
func LanguageOf(ctx context.Context) string {
	code, _ := ctx.Value(languageKey{}).(string)
	return code
}

// ChannelActivity is how the links of a channel stand.
type ChannelActivity struct {
	Waiting, Running int
	Answered, Failed int // since the time that was asked for
}

// Kept is what is kept of a comment for digests: the page's title and the comment's first part.
type Kept struct {
	Title string
	TLDR  []string
}

// Answered is a link that has a comment, and what people thought of that.
type Answered struct {
	Link
	Kept
	Good, Bad int // people by their newest verdict
}

// DigestDue is a digest that is to be posted. It is the payload of [TaskDigest].
type DigestDue struct {
	Channel string    `json:"channel"`
	At      time.Time `json:"at"` // the end of its week
}
