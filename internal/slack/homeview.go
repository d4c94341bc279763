package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack/slackutilsx"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// homeRows is how many channels a page of the list has, and homeMutes how many muted sites are
	// shown: with the rest they stay below the 100 blocks of a view.
	homeRows, homeMutes = 15, 10
	// homeRecent is how many comments a channel's page lists.
	homeRecent = 5
	// digestOff is the value of the choice of no digest; Slack takes no empty one.
	digestOff = "off"
)

// languages are those offered for comments, as ISO 639-1 codes.
var languages = strings.Fields("en ar cs da de el es fi fr he hi hu id it ja ko nl no pl pt ro ru sv th tr uk vi zh")

// homeState is what App Home shows of what is stored.
type homeState struct {
	settings map[string]job.ChannelSettings
	spent    map[string]job.Spend
	activity map[string]job.ChannelActivity
	mutes    map[string]job.Mute // of channels
	sites    []job.Mute
}

// homeView are the blocks of what a person sees.
func (w *Worker) homeView(ctx context.Context, v visitor, a homeAction, note string) (json.RawMessage, error) {
	st, err := w.homeState(ctx, v)
	if err != nil {
		return nil, retry.Passing(err)
	}
	var blocks []any
	if note != "" {
		blocks = append(blocks, section("⚠️ "+slackutilsx.EscapeMessage(text.Shorten(note, 500)), nil))
	}
	at := slices.IndexFunc(v.channels, func(c ChannelInfo) bool { return c.ID == a.Channel })
	if at >= 0 {
		more, err := w.channelView(ctx, v, v.channels[at], st)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	} else {
		page := 0
		if a.Action == homePage {
			page, _ = strconv.Atoi(a.Value)
		}
		blocks = append(blocks, listView(v, st, page)...)
	}
	raw, err := json.Marshal(blocks)
	if err != nil {
		return nil, fmt.Errorf("encode App Home: %w", err)
	}
	return raw, nil
}

// homeState reads what is stored of the person's channels.
func (w *Worker) homeState(ctx context.Context, v visitor) (st homeState, err error) {
	s := w.bot.stores
	month, spent, err := s.Channels.Spent(ctx, "")
	if err != nil {
		return st, err
	}
	since, err := time.Parse("2006-01", month)
	if err != nil {
		return st, fmt.Errorf("read the month: %w", err)
	}
	st.spent, st.settings, st.mutes = spent, map[string]job.ChannelSettings{}, map[string]job.Mute{}
	if st.activity, err = s.Queue.Activity(ctx, since); err != nil {
		return st, err
	}
	mutes, err := s.People.Mutes(ctx)
	if err != nil {
		return st, err
	}
	for _, m := range mutes {
		switch {
		case m.Scope == "channel":
			st.mutes[m.Value] = m
		case len(m.Value) <= maxDomain: // earlier versions took any
			st.sites = append(st.sites, m)
		}
	}
	for _, c := range v.channels {
		if st.settings[c.ID], err = s.Channels.Settings(ctx, c.ID); err != nil {
			return st, err
		}
	}
	return st, nil
}

// listView is the page of all channels.
func listView(v visitor, st homeState, page int) []any {
	var sum job.ChannelActivity
	var spent job.Spend
	for _, c := range v.channels {
		act, cost := st.activity[c.ID], st.spent[c.ID]
		sum.Waiting, sum.Running = sum.Waiting+act.Waiting, sum.Running+act.Running
		sum.Answered, sum.Failed = sum.Answered+act.Answered, sum.Failed+act.Failed
		spent.USD, spent.Unpriced = spent.USD+cost.USD, spent.Unpriced+cost.Unpriced
	}
	blocks := []any{
		header("Your channels"),
		section(fmt.Sprintf("*Now:* %s, %d running\n*This month:* %s · %s", countOf(sum.Waiting, "link waiting", "links waiting"),
			sum.Running, answered(sum), cost(spent, 0)), nil),
		map[string]any{"type": "divider"},
	}
	if len(v.channels) == 0 {
		blocks = append(blocks, section(
			"There is no channel yet that both of us are in. Invite me to one by `/invite`, and share a link there.", nil))
	}
	pages := (len(v.channels) + homeRows - 1) / homeRows
	page = max(0, min(page, pages-1))
	rows := v.channels[page*homeRows : min((page+1)*homeRows, len(v.channels))]
	for _, c := range rows {
		blocks = append(blocks, section(fmt.Sprintf("*<#%s>*%s\n%s", c.ID, muted(st, c.ID), strings.Join(summary(st, c.ID), " · ")),
			button(homeChannel, "Settings", c.ID)))
	}
	if pages > 1 {
		var turn []any
		for _, t := range []struct {
			to   int
			name string
		}{{page - 1, "◂ Back"}, {page + 1, "More ▸"}} {
			if t.to >= 0 && t.to < pages {
				turn = append(turn, button(homePage, t.name, strconv.Itoa(t.to)))
			}
		}
		blocks = append(blocks, actions(turn...))
	}
	if len(st.sites) > 0 {
		blocks = append(blocks, map[string]any{"type": "divider"}, section("*Muted sites:* their links get no comment, in any channel", nil))
	}
	for _, m := range st.sites[:min(len(st.sites), homeMutes)] {
		blocks = append(blocks, section(slackutilsx.EscapeMessage(m.Value)+", by <@"+m.User+">", button(homeUnmute, "Unmute", "domain/"+m.Value)))
	}
	if n := len(st.sites) - homeMutes; n > 0 {
		blocks = append(blocks, contextLine(fmt.Sprintf("and %d more; `/technoshare status` lists them", n)))
	}
	return append(blocks, contextLine("This lists the channels that both of us are in. "+
		"Mention me in the thread of a link with a question, or with “digest” for what was said in the week."))
}

// muted says that a channel is muted.
func muted(st homeState, channel string) string {
	if m, ok := st.mutes[channel]; ok {
		return " · 🔇 muted by <@" + m.User + ">"
	}
	return ""
}

// summary is a channel's line in the list.
func summary(st homeState, channel string) []string {
	set, act := st.settings[channel], st.activity[channel]
	out := []string{answersName[set.Answers], languageName(set.Language), answered(act), cost(st.spent[channel], set.BudgetUSD)}
	if n := act.Waiting + act.Running; n > 0 {
		out = append(out, fmt.Sprintf("%d in work", n))
	}
	if set.Digest.On {
		out = append(out, fmt.Sprintf("digest on %ss at %d:00", set.Digest.Day, set.Digest.Hour))
	}
	return out
}

// answersName is what people call the choices, in their order in answersOrder.
var (
	answersName = map[job.Answers]string{
		job.AnswersAll: "every link", job.AnswersReaction: "links with a 🔁", job.AnswersMention: "where I am mentioned",
	}
	answersOrder = []job.Answers{job.AnswersAll, job.AnswersReaction, job.AnswersMention}
)

// answered says how links ended.
func answered(a job.ChannelActivity) string {
	s := fmt.Sprintf("%d answered", a.Answered)
	if a.Failed > 0 {
		s += fmt.Sprintf(", %d not", a.Failed)
	}
	return s
}

// cost says what the models cost, of which budget.
func cost(s job.Spend, budget float64) string {
	out := dollars(s.USD)
	if budget > 0 {
		out += " of " + dollars(budget)
		if s.USD >= budget {
			out += " (spent: extracts only)"
		}
	}
	if s.Unpriced > 0 {
		out += fmt.Sprintf(", and %s of unknown price", countOf(s.Unpriced, "analysis", "analyses"))
	}
	return out
}

// dollars is an amount as people read it. Less than a cent shows as many digits as it takes.
func dollars(usd float64) string {
	if usd > 0 && usd < 0.01 {
		return "$" + strconv.FormatFloat(usd, 'f', 4, 64)
	}
	return fmt.Sprintf("$%.2f", usd)
}

// languageName is the English name of a language.
func languageName(code string) string {
	if code == "" {
		return "the page's language"
	}
	return cmp.Or(display.English.Languages().Name(language.Make(code)), code)
}

// channelView is the page of one channel.
func (w *Worker) channelView(ctx context.Context, v visitor, c ChannelInfo, st homeState) ([]any, error) {
	set, mark := st.settings[c.ID], "#"
	if c.Private {
		mark = "🔒 "
	}
	blocks := []any{
		actions(button(homeChannel, "◂ All channels", "all")),
		header(text.Shorten(mark+c.Name, 140)),
		section(strings.Join(summary(st, c.ID), " · ")+muted(st, c.ID), nil),
		map[string]any{"type": "divider"},
	}
	if v.Guest {
		blocks = append(blocks, contextLine("Guests can see the settings and not change them."))
	} else {
		blocks = append(blocks, settingBlocks(v, c, set)...)
		blocks = append(blocks, w.bot.promptBlocks(v, c, set)...)
		mute := button(homeMute, "Mute this channel", c.ID)
		if _, is := st.mutes[c.ID]; is {
			mute = button(homeUnmute, "Unmute this channel", "channel/"+c.ID)
		}
		blocks = append(blocks, actions(mute, button(homeDigest, "Post the digest now", c.ID)))
	}
	now, err := w.bot.stores.Marks.Now(ctx)
	if err != nil {
		return nil, retry.Passing(err)
	}
	recent, _, err := w.bot.stores.Queue.Answered(ctx, c.ID, now.Add(-digestSpan), now, homeRecent)
	if err != nil {
		return nil, retry.Passing(err)
	}
	if len(recent) > 0 {
		blocks = append(blocks, map[string]any{"type": "divider"}, section("*The last comments of the week*", nil))
	}
	for _, a := range recent {
		link, err := w.commentOf(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, entry(a, 0), contextLine(w.aside(ctx, a, link)))
	}
	return blocks, nil
}

// settingBlocks are the settings of a channel. The block_id names the channel, see [readAction], and
// what stands there, so that Slack shows what was stored instead of what was chosen.
func settingBlocks(v visitor, c ChannelInfo, set job.ChannelSettings) []any {
	row := func(setting, label string, options []option, current string) any {
		b := section(label, choice(setting, options, current)).(map[string]any)
		b["block_id"] = c.ID + "/" + setting + "/" + current
		return b
	}
	var answers, codes, days, hours []option
	for _, a := range answersOrder {
		answers = append(answers, option{upperFirst(answersName[a]), string(a)})
	}
	known := languages
	if !slices.Contains(known, set.Language) && set.Language != "" {
		known = append([]string{set.Language}, known...)
	}
	for _, code := range known {
		codes = append(codes, option{languageName(code), code})
	}
	days = append(days, option{"No digest", digestOff})
	for d := range 7 {
		day := time.Weekday((d + 1) % 7) // Monday first
		days = append(days, option{day.String(), strconv.Itoa(int(day))})
	}
	for h := range 24 {
		hours = append(hours, option{fmt.Sprintf("%d:00", h), strconv.Itoa(h)})
	}
	day := digestOff
	if set.Digest.On {
		day = strconv.Itoa(int(set.Digest.Day))
	}
	blocks := []any{
		row(job.SettingAnswers, "*I comment on*\nWho mentions me is always answered.", answers, string(set.Answers)),
		row(job.SettingLanguage, "*Language of comments*", codes, set.Language),
		row(job.SettingDigestDay, "*Weekly digest*\nOf the comments made here; a week without one gets none.", days, day),
	}
	if set.Digest.On {
		zone := cmp.Or(set.Digest.Zone, "UTC")
		blocks = append(blocks, row(job.SettingDigestHour, "*Hour of the digest*\n"+zone, hours, strconv.Itoa(set.Digest.Hour)))
	}
	return append(blocks, budgetBlock(v, c, set.BudgetUSD))
}

// budgetBlock is the budget, for admins to change and for others to read.
func budgetBlock(v visitor, c ChannelInfo, budget float64) any {
	amount := strconv.FormatFloat(budget, 'f', 2, 64)
	if !v.Admin {
		shown := dollars(budget)
		if budget == 0 {
			shown = "no bound"
		}
		return section("*Budget a month:* "+shown+"\nOnly admins of the workspace can change it.", nil)
	}
	return map[string]any{
		"type": "input", "block_id": c.ID + "/" + job.SettingBudget + "/" + amount, "dispatch_action": true,
		"label": plain("Budget a month, in US dollars"),
		"hint":  plain("0 is no bound. Once it is spent I say so and comment with sentences of the pages. Press Enter to set it."),
		"element": map[string]any{
			"type": "plain_text_input", "action_id": homeSet + job.SettingBudget, "initial_value": amount, "max_length": 12,
			"dispatch_action_config": map[string]any{"trigger_actions_on": []string{"on_enter_pressed"}},
		},
	}
}

// Blocks of Block Kit (docs.slack.dev/reference/block-kit). Text is mrkdwn, escaped by who made it,
// except that of header, button and plain.

func plain(s string) map[string]any { return map[string]any{"type": "plain_text", "text": s} }

func header(s string) any { return map[string]any{"type": "header", "text": plain(s)} }

func mrkdwn(s string) map[string]any { return map[string]any{"type": "mrkdwn", "text": s} }

func contextLine(s string) any {
	return map[string]any{"type": "context", "elements": []any{mrkdwn(s)}}
}

func actions(elements ...any) any { return map[string]any{"type": "actions", "elements": elements} }

// section is a text with an element beside it; nil for none.
func section(s string, beside any) any {
	b := map[string]any{"type": "section", "text": mrkdwn(s)}
	if beside != nil {
		b["accessory"] = beside
	}
	return b
}

func button(action, name, value string) any {
	return map[string]any{"type": "button", "action_id": action, "text": plain(name), "value": value}
}

// option is one of a choice.
type option struct{ name, value string }

func (o option) object() map[string]any {
	return map[string]any{"text": plain(o.name), "value": o.value}
}

// choice is a menu. What holds now is chosen in it.
func choice(setting string, options []option, current string) any {
	menu := map[string]any{"type": "static_select", "action_id": homeSet + setting}
	var all []any
	for _, o := range options {
		all = append(all, o.object())
		if o.value == current {
			menu["initial_option"] = maps.Clone(o.object())
		}
	}
	menu["options"] = all
	return menu
}
