package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// App Home shows a person the channels that both the person and the bot are in, and nothing of any
// other: neither that a private channel exists nor what is in it, not even in a sum. What is set there
// is stored by a task, so that a press is never lost; it shows when the task has published the view anew.
// There is no modal, since the trigger that opens one is good for three seconds only and what stands here
// may take longer.

// Actions of App Home are the action_ids of its elements. The value of homeSet goes on with the name of
// the setting, and the block_id of its block begins with the channel.
const (
	homePrefix  = "home_"
	homePage    = "home_page"    // value: the page of the list
	homeChannel = "home_channel" // value: the channel to show
	homeSet     = "home_set:"
	homeMute    = "home_mute"   // value: the channel
	homeUnmute  = "home_unmute" // value: channel or domain, a slash, and its name
	homeDigest  = "home_digest" // value: the channel
)

// homeAction is the payload of [taskHome]. Without an action the home was opened.
type homeAction struct {
	User    string `json:"user"`
	Action  string `json:"action,omitempty"`
	Channel string `json:"channel,omitempty"` // whose settings are shown, or meant
	Value   string `json:"value,omitempty"`
	Version string `json:"version,omitempty"` // the time of the gesture
}

// readHome reads that a person opened App Home.
func (r *reader) readHome(ev event) plan {
	if ev.User == "" || ev.Tab != "" && ev.Tab != "home" {
		return nothing("the tab %s was opened", ev.Tab)
	}
	return plan{event: job.Submission{
		Kind: "home", Keys: []string{"home/" + ev.User + "/" + ev.EventTS},
		Tasks: []job.Task{{Kind: taskHome, Payload: homeAction{User: ev.User, Version: ev.EventTS}}},
	}}
}

// action is what a person pressed or chose.
type action struct {
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Value    string `json:"value"`
	ActionTS string `json:"action_ts"`
	Selected struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

// readAction reads what a person pressed or chose in App Home, or below a comment.
func (r *reader) readAction(in interaction) plan {
	var actions []action
	if json.Unmarshal(in.Actions, &actions) != nil || len(actions) == 0 || in.User.ID == "" {
		return nothing("an action of nobody")
	}
	a := actions[0] // Slack sends one
	var view struct {
		Type string `json:"type"`
	}
	switch {
	case a.ActionID == job.FeedbackAction:
		return r.readPress(in, a)
	case !loose(in.View, &view) || view.Type != "home" || !strings.HasPrefix(a.ActionID, homePrefix):
		return nothing("action %s", a.ActionID)
	}
	t := homeAction{User: in.User.ID, Action: a.ActionID, Value: a.Value, Version: a.ActionTS}
	if a.Selected.Value != "" {
		t.Value = a.Selected.Value
	}
	switch {
	case strings.HasPrefix(a.ActionID, homeSet):
		t.Channel, _, _ = strings.Cut(a.BlockID, "/")
	case a.ActionID == homeChannel, a.ActionID == homeMute, a.ActionID == homeDigest:
		t.Channel = t.Value
	case a.ActionID == homeUnmute:
		if scope, channel, _ := strings.Cut(t.Value, "/"); scope == "channel" {
			t.Channel = channel
		}
	}
	return plan{event: job.Submission{
		Kind: "home", Keys: []string{strings.Join([]string{"action", in.User.ID, a.ActionTS, a.ActionID}, "/")},
		Tasks: []job.Task{{Kind: taskHome, Payload: t}},
	}}
}

// visitor is a person at App Home, with the channels that the person may see, by name.
type visitor struct {
	ID string
	Person
	channels []ChannelInfo
}

// visit asks Slack who the person is, and which channels are shared with the bot. A person of whom
// nothing is told, as without the scope users:read, is no admin. Where the settings name channels, no
// other is listed.
func (w *Worker) visit(ctx context.Context, user string) (visitor, error) {
	v := visitor{ID: user}
	var err error
	if v.Person, err = w.bot.api.Person(ctx, user); err != nil && retry.Retryable(err) {
		return v, err
	}
	theirs, err := w.bot.api.Conversations(ctx, user)
	if err != nil {
		return v, err
	}
	ours, err := w.bot.api.Conversations(ctx, "")
	if err != nil {
		return v, err
	}
	self, err := w.bot.who(ctx)
	if err != nil {
		return v, err
	}
	in := make(map[string]bool, len(ours))
	for _, c := range ours {
		in[c.ID] = true
	}
	r := w.bot.reader(self)
	for _, c := range theirs {
		if in[c.ID] && r.watched(c.ID) {
			v.channels = append(v.channels, c)
		}
	}
	slices.SortFunc(v.channels, func(a, b ChannelInfo) int {
		return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID)
	})
	return v, nil
}

// maySee reports whether the person is in a channel with the bot.
func (v visitor) maySee(channel string) bool {
	return slices.ContainsFunc(v.channels, func(c ChannelInfo) bool { return c.ID == channel })
}

// home does what was pressed in App Home and shows how it stands then. Tasks run beside one another and
// in any order: each shows the page of the latest gesture, and looks again after it has published, so
// that who published last has published what stands.
func (w *Worker) home(ctx context.Context, a homeAction) error {
	if err := w.turnTo(ctx, a); err != nil {
		return retry.Passing(err)
	}
	v, err := w.visit(ctx, a.User)
	if err != nil {
		return err
	}
	if a.Channel != "" && !v.maySee(a.Channel) {
		w.bot.log.Info("App Home: not a channel of this person", "channel", a.Channel, "user", a.User)
		a.Action = "" // left since, or never in it: the list says all there is to say
	}
	note := ""
	if a.Action != "" {
		if note, err = w.act(ctx, v, a); err != nil {
			return err
		}
	}
	var published []byte
	for range maxSettle {
		page, err := w.page(ctx, a)
		if err != nil {
			return retry.Passing(err)
		}
		if page.Version != a.Version {
			note = "" // of an earlier gesture
		}
		view, err := w.homeView(ctx, v, page, note)
		if err != nil {
			return err
		}
		if bytes.Equal(view, published) {
			return nil
		}
		if err := w.bot.api.Publish(ctx, a.User, view); err != nil {
			return err
		}
		published = view
	}
	return nil
}

// homeMark names the mark that keeps a person's latest gesture in App Home.
func homeMark(user string) string { return "home/" + user }

// turnTo keeps a gesture if it is the latest: marks rise, and a version is what its value begins with.
func (w *Worker) turnTo(ctx context.Context, a homeAction) error {
	value, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode a gesture: %w", err)
	}
	return w.bot.stores.Marks.RaiseMark(ctx, homeMark(a.User), a.Version+" "+string(value))
}

// page is the latest gesture of the person, which says what is shown; a itself where none is known.
func (w *Worker) page(ctx context.Context, a homeAction) (homeAction, error) {
	value, err := w.bot.stores.Marks.Mark(ctx, homeMark(a.User))
	_, kept, _ := strings.Cut(value, " ")
	var latest homeAction
	if err != nil || json.Unmarshal([]byte(kept), &latest) != nil {
		return a, err
	}
	return latest, nil
}

// act does what was pressed, and returns what the person is to be told of it.
func (w *Worker) act(ctx context.Context, v visitor, a homeAction) (note string, err error) {
	if a.Action == homePage || a.Action == homeChannel {
		return "", nil
	}
	if v.Guest {
		return "Guests can see the settings and not change them.", nil
	}
	people := w.bot.stores.People
	setting, set := strings.CutPrefix(a.Action, homeSet)
	switch {
	case set:
		return w.change(ctx, v, a, setting)
	case a.Action == homeMute:
		return "", retry.Passing(people.Mute(ctx, job.Mute{Scope: "channel", Value: a.Channel, User: v.ID}))
	case a.Action == homeUnmute:
		scope, value, _ := strings.Cut(a.Value, "/")
		if scope != "domain" && a.Channel == "" {
			return "", nil
		}
		_, err := people.Unmute(ctx, scope, value)
		return "", retry.Passing(err)
	case a.Action == homeDigest && a.Channel != "":
		now, err := w.bot.stores.Marks.Now(ctx)
		if err != nil {
			return "", retry.Passing(err)
		}
		row := job.Post{Key: "digest-home/" + a.Channel + "/" + v.ID + "/" + a.Version, JobID: job.Notice, Channel: a.Channel}
		found, err := w.digest(ctx, row, now, v.ID)
		switch {
		case err != nil && retry.Retryable(err):
			return "", err
		case err != nil:
			return "The digest could not be posted: " + err.Error(), nil
		case !found:
			return "There is no digest: nothing was commented on in this channel in the last seven days.", nil
		}
		return "The digest stands in the channel.", nil
	}
	return "", nil
}

// change sets a setting. Budget and prompt are for admins of the workspace; all else for whoever is in the
// channel. The digest's hour is in the time zone of who set it.
func (w *Worker) change(ctx context.Context, v visitor, a homeAction, setting string) (note string, err error) {
	c := job.ChannelChange{Channel: a.Channel, User: v.ID, Version: a.Version, Values: map[string]string{setting: strings.TrimSpace(a.Value)}}
	switch setting {
	case job.SettingBudget:
		if !v.Admin {
			return "Only admins of the workspace can change the budget.", nil
		}
		if amount, err := strconv.ParseFloat(strings.Trim(c.Values[setting], "$ "), 64); err == nil {
			c.Values[setting] = strconv.FormatFloat(amount, 'f', 2, 64)
		}
	case job.SettingPrompt:
		if c.Values[setting], note = w.bot.promptChoice(v, c.Values[setting]); note != "" {
			return note, nil
		}
	case job.SettingDigestDay, job.SettingDigestHour:
		if c.Values[setting] == digestOff {
			c.Values[setting] = ""
		}
		// A zone that is not known here would refuse the whole change.
		if _, err := time.LoadLocation(v.Zone); err == nil {
			c.Values[job.SettingDigestZone] = v.Zone
		}
	}
	if a.Channel == "" {
		return "", nil
	}
	err = w.bot.stores.Channels.Change(ctx, c)
	if errors.Is(err, job.ErrSetting) {
		return fmt.Sprintf("%q is not possible there. A budget is a number of US dollars, such as 5 or 2.50; 0 is no bound.", a.Value), nil
	}
	if err == nil {
		w.bot.log.Info("a setting was changed", "channel", a.Channel, "setting", setting, "user", v.ID)
	}
	return "", retry.Passing(err)
}
