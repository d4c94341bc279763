package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack"
)

const (
	alice, bob, carol = "U0ALICE01", "U0BOBBY02", "U0CAROL03"
	secret, other     = "C0SECRET1", "C0OTHER02" // a private channel of alice's, and a second public one
	bobs              = "C0BOBPRIV"              // a private channel of bob's
)

// town is a workspace of three channels and three people: an admin, a member and a guest.
func town(t *testing.T, opts ...worldOption) *world {
	return newWorld(t, append([]worldOption{everywhere(), withSlack(
		fakeslack.WithUser(fakeslack.User{ID: alice, Name: "alice", RealName: "Alice Example", Admin: true}),
		fakeslack.WithUser(fakeslack.User{ID: bob, Name: "bob", RealName: "Bob Example"}),
		fakeslack.WithUser(fakeslack.User{ID: carol, Name: "carol", RealName: "Carol Guest", Guest: true}),
		fakeslack.WithChannel(fakeslack.Channel{ID: channel, Name: "techno-share"}),
		fakeslack.WithChannel(fakeslack.Channel{ID: other, Name: "other"}),
		fakeslack.WithChannel(fakeslack.Channel{ID: secret, Name: "merger", Private: true, Members: []string{alice}}),
		fakeslack.WithChannel(fakeslack.Channel{ID: bobs, Name: "bobs-own", Private: true, Members: []string{bob}}),
	)}, opts...)...)
}

// homeText is what App Home says to a person, as JSON.
func homeText(s *fakeslack.Server, user string) string {
	return plainJSON(s.Home(user)["blocks"])
}

// plainJSON is JSON as Slack writes it, without escaped angle brackets.
func plainJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return b.String()
}

// openHome has a person open App Home and waits until it says want.
func (w *world) openHome(user, want string) string {
	w.t.Helper()
	if err := w.slack.OpenHome(user); err != nil {
		w.t.Fatal(err)
	}
	return w.awaitHome(user, want)
}

func (w *world) awaitHome(user, want string) string {
	w.t.Helper()
	w.await(fmt.Sprintf("the home of %s says %q", user, want), func(s *fakeslack.Server) bool { return strings.Contains(homeText(s, user), want) })
	return homeText(w.slack, user)
}

// press uses an element of App Home.
func (w *world) press(user, action, block, value string) {
	w.t.Helper()
	in := fakeslack.Interaction{Type: "block_actions", Home: true, User: user, ActionID: action, BlockID: block, Value: value}
	if _, err := w.slack.Interact(within(w.t, 10*time.Second), in); err != nil {
		w.t.Fatal(err)
	}
}

// blockOf is the id of the block in a person's home that has an element with that action, for a
// channel.
func (w *world) blockOf(user, action, id string) string {
	w.t.Helper()
	for _, b := range w.slack.Home(user)["blocks"].([]any) {
		raw := plainJSON(b)
		if strings.Contains(raw, `"action_id":"`+action+`"`) && strings.Contains(raw, id) {
			return fmt.Sprint(b.(map[string]any)["block_id"])
		}
	}
	w.t.Fatalf("no %s for %s in %s", action, id, homeText(w.slack, user))
	return ""
}

// enter shows a person a channel's settings.
func (w *world) enter(user, id string) {
	w.t.Helper()
	w.openHome(user, "Your channels")
	w.awaitQuiet()
	w.press(user, "home_channel", w.blockOf(user, "home_channel", id), "")
	w.awaitHome(user, "All channels")
}

// set changes a setting of the channel that the person looks at.
func (w *world) set(user, id, setting, value string) {
	w.t.Helper()
	w.press(user, "home_set:"+setting, w.blockOf(user, "home_set:"+setting, id), value)
}

func (w *world) settings(id string) job.ChannelSettings {
	w.t.Helper()
	set, err := w.store.Set.Settings(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return set
}

func TestAppHomeShowsAPersonTheChannelsOfBothAndNothingOfOthers(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	p, err := w.slack.Say(fakeslack.Typed{Channel: secret, User: alice, Text: "https://a.example/secret"})
	if err != nil {
		t.Fatal(err)
	}
	w.await("the comment", func(*fakeslack.Server) bool { return w.jobsDone() == 1 })
	w.awaitQuiet()
	if err := w.store.Set.Failed(t.Context(), "job", secret, &job.Analysis{Calls: 1, CostUSD: new(float64(3))}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.People.Mute(t.Context(), job.Mute{Scope: "channel", Value: secret, User: alice}); err != nil {
		t.Fatal(err)
	}
	hers := w.openHome(alice, "Your channels")
	for _, want := range []string{"<#" + channel + ">", "<#" + secret + ">", "1 answered · $3.00", "muted by <@" + alice + ">"} {
		if !strings.Contains(hers, want) {
			t.Errorf("alice's home lacks %q: %s", want, hers)
		}
	}
	his := w.openHome(bob, "Your channels")
	for _, not := range []string{secret, "merger", "a.example", "$3", "1 answered", p.TS} {
		if strings.Contains(his, not) {
			t.Errorf("bob's home has %q of a private channel that he is not in: %s", not, his)
		}
	}
	if strings.Contains(hers, bobs) || !strings.Contains(his, bobs) {
		t.Errorf("alice sees %s, bob sees %s", hers, his)
	}
	// One who left between the view and the press, or never was in it.
	if err := w.slack.SetChannel(fakeslack.Channel{ID: secret, Name: "merger", Private: true, Members: []string{bob}}); err != nil {
		t.Fatal(err)
	}
	w.press(alice, "home_channel", w.blockOf(alice, "home_channel", secret), "")
	w.await("the channel is gone from alice's home", func(s *fakeslack.Server) bool { return !strings.Contains(homeText(s, alice), secret) })
}

func TestAChannelsSettingsHoldForTheNextLink(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.enter(bob, channel)
	w.set(bob, channel, job.SettingAnswers, "reaction")
	w.await("by reaction only", func(*fakeslack.Server) bool { return w.settings(channel).Answers == job.AnswersReaction })
	p := w.say("https://a.example/1")
	w.awaitQuiet()
	if n := w.jobsDone(); n != 0 {
		t.Fatalf("%d links were answered that nobody reacted to", n)
	}
	react := func(ts string) {
		w.event(map[string]any{"type": "reaction_added", "user": bob, "reaction": "repeat", "item": map[string]any{"type": "message", "channel": channel, "ts": ts}})
	}
	react(p.TS)
	w.awaitReplies(p.TS, "success on https://a.example/1")
	q := w.say("@commentator https://a.example/2")
	w.awaitReplies(q.TS, "success on https://a.example/2")

	w.awaitHome(bob, "All channels")
	w.set(bob, channel, job.SettingAnswers, "mention")
	w.await("by mention only", func(*fakeslack.Server) bool { return w.settings(channel).Answers == job.AnswersMention })
	p = w.say("https://a.example/3")
	w.awaitQuiet()
	react(p.TS)
	w.awaitQuiet()
	if n := w.jobsDone(); n != 2 {
		t.Errorf("%d jobs: a reaction to what people say was taken for a request", n)
	}
	// The other channels are as they were.
	if _, err := w.slack.Say(fakeslack.Typed{Channel: other, User: bob, Text: "https://a.example/4"}); err != nil {
		t.Fatal(err)
	}
	w.await("the link of the other channel", func(*fakeslack.Server) bool { return w.jobsDone() == 3 })
	w.set(bob, channel, job.SettingLanguage, "de")
	w.await("German", func(*fakeslack.Server) bool { return w.settings(channel).Language == "de" })
	w.awaitHome(bob, "German")
}

func TestABudgetIsForAdminsAndGuestsChangeNothing(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.enter(alice, channel)
	w.set(alice, channel, job.SettingBudget, "2.5")
	w.await("a budget", func(*fakeslack.Server) bool { return w.settings(channel).BudgetUSD == 2.5 })
	w.awaitHome(alice, "$0.00 of $2.50")
	w.set(alice, channel, job.SettingBudget, "lots")
	w.awaitHome(alice, "is not possible there")
	if got := w.settings(channel).BudgetUSD; got != 2.5 {
		t.Errorf("the budget is %v", got)
	}
	w.enter(bob, channel)
	if home := homeText(w.slack, bob); strings.Contains(home, "home_set:budget") || !strings.Contains(home, "Only admins") {
		t.Errorf("bob's home: %s", home)
	}
	// A payload that no view of ours led to.
	forged := func(user, action, block, value string) {
		_, err := w.slack.Interact(within(t, 10*time.Second), fakeslack.Interaction{User: user, Payload: map[string]any{
			"type": "block_actions", "user": map[string]any{"id": user}, "view": map[string]any{"type": "home"},
			"actions": []any{map[string]any{"action_id": action, "block_id": block, "value": value, "action_ts": "9999999999.000100"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	forged(bob, "home_set:budget", channel+"/x", "1000")
	w.awaitHome(bob, "Only admins of the workspace can change the budget")
	forged(bob, "home_set:language", secret+"/x", "de")
	w.awaitHome(bob, "Your channels")
	w.enter(carol, channel)
	if home := homeText(w.slack, carol); strings.Contains(home, "home_set:") || strings.Contains(home, "home_mute") {
		t.Errorf("the guest's home: %s", home)
	}
	forged(carol, "home_mute", "x", channel)
	w.awaitHome(carol, "Guests can see")
	w.awaitQuiet()
	if got := w.settings(channel); got.BudgetUSD != 2.5 {
		t.Errorf("%+v", got)
	}
	if got := w.settings(secret); got.Language == "de" {
		t.Error("the settings of a private channel were changed by one who is not in it")
	}
	if mutes, _ := w.store.People.Mutes(t.Context()); len(mutes) != 0 {
		t.Errorf("mutes %+v", mutes)
	}
}

func TestMutesAreTakenAwayInAppHome(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	if err := w.store.People.Mute(t.Context(), job.Mute{Scope: "domain", Value: "spam.example", User: alice}); err != nil {
		t.Fatal(err)
	}
	w.openHome(bob, "spam.example")
	w.press(bob, "home_unmute", w.blockOf(bob, "home_unmute", "spam.example"), "")
	w.await("no mute in the home", func(s *fakeslack.Server) bool { return !strings.Contains(homeText(s, bob), "spam.example") })
	w.enter(bob, channel)
	w.press(bob, "home_mute", "", "")
	w.awaitHome(bob, "Unmute this channel")
	w.press(bob, "home_unmute", "", "")
	w.awaitHome(bob, "Mute this channel")
	if mutes, err := w.store.People.Mutes(t.Context()); err != nil || len(mutes) != 0 {
		t.Errorf("mutes %+v, %v", mutes, err)
	}
}

// A name of 6,000 characters, muted by anybody, was one that no block holds: nobody had an App Home any more.
func TestNoMuteTakesAppHomeAway(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	say := func(text string) string {
		t.Helper()
		r, err := w.slack.SendCommand(within(t, 10*time.Second), fakeslack.Command{Command: "/technoshare", Text: text, Channel: channel})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.Payload["text"])
	}
	long := strings.Repeat("a.", 3000) + "example"
	if got := say("mute " + long); !strings.Contains(got, "is no domain") || len(got) > 500 {
		t.Errorf("a name of %d characters: %q", len(long), got)
	}
	for i, name := range []string{long, "spam.example"} { // the first as earlier versions took it
		if err := w.store.People.Mute(t.Context(), job.Mute{Scope: "domain", Value: name, User: alice}); err != nil {
			t.Fatal(i, err)
		}
	}
	w.openHome(bob, "spam.example")
	if got := say("status"); !strings.HasSuffix(got, "\nMuted: spam.example, by <@"+alice+">\n… and 1 more") {
		t.Errorf("status %q", got)
	}
	for i := range 900 {
		if err := w.store.People.Mute(t.Context(), job.Mute{Scope: "domain", Value: fmt.Sprintf("site-%d.example", i), User: alice}); err != nil {
			t.Fatal(err)
		}
	}
	if got := say("status"); len(got) > 9000 || !strings.Contains(got, " more") {
		t.Errorf("a status of %d characters: %q", len(got), got[max(0, len(got)-100):])
	}
	if got := say("unmute " + long); !strings.HasPrefix(got, "Unmuted") {
		t.Errorf("%q", got)
	}
}

func TestManyChannelsArePagesOfAppHome(t *testing.T) {
	w := town(t)
	for i := range 20 {
		if err := w.slack.SetChannel(fakeslack.Channel{ID: fmt.Sprintf("C0MANY%02d", i), Name: fmt.Sprintf("many-%02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	w.listen()
	w.work()
	first := w.openHome(bob, "Your channels")
	if n := strings.Count(first, "\"Settings\""); n != 15 || !strings.Contains(first, "More") || len(w.slack.Home(bob)["blocks"].([]any)) > 100 {
		t.Errorf("%d channels on the first page: %s", n, first)
	}
	w.press(bob, "home_page", "", "")
	w.awaitHome(bob, "◂ Back")
	second := homeText(w.slack, bob)
	if n := strings.Count(second, "\"Settings\""); n != 8 || !strings.Contains(second, "<#"+channel+">") {
		t.Errorf("%d channels on the second page: %s", n, second)
	}
}

// budgetWords are what a channel hears once.
func budgetWords(s *fakeslack.Server, id string) int {
	n := 0
	for _, m := range s.Messages(id) {
		if strings.Contains(fmt.Sprint(m["text"]), "The budget of this channel") {
			n++
		}
	}
	return n
}

func TestASpentBudgetIsToldOnceInItsChannel(t *testing.T) {
	w := town(t)
	w.over = &job.OverBudget{Month: "2026-11", BudgetUSD: 5}
	w.listen()
	w.work()
	for i := range 4 {
		w.say(fmt.Sprintf("https://a.example/%d", i))
	}
	w.await("the word", func(s *fakeslack.Server) bool { return budgetWords(s, channel) > 0 && w.jobsDone() == 4 })
	w.awaitQuiet()
	if n := budgetWords(w.slack, channel); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	if n := budgetWords(w.slack, other) + budgetWords(w.slack, secret); n != 0 {
		t.Errorf("said in %d other channels", n)
	}
}

func TestThePromptOfAChannelIsForAdmins(t *testing.T) {
	aliases := []string{"candidate", "production"}
	w := town(t, func(c *worldConfig) {
		c.bot = append(c.bot, slack.WithPrompts("commentary@production", func() []string { return aliases }))
	})
	w.listen()
	w.work()
	w.enter(alice, channel)
	if home := homeText(w.slack, alice); !strings.Contains(home, "As for all: commentary@production") || !strings.Contains(home, `"value":"candidate"`) {
		t.Errorf("alice's home: %s", home)
	}
	w.set(alice, channel, job.SettingPrompt, "candidate")
	w.await("a prompt", func(*fakeslack.Server) bool { return w.settings(channel).Prompt == "candidate" })
	w.awaitHome(alice, channel+"/prompt/candidate")
	// A payload that no view of ours led to, or that of an alias which is gone meanwhile.
	forged := func(user, value string) {
		t.Helper()
		_, err := w.slack.Interact(within(t, 10*time.Second), fakeslack.Interaction{User: user, Payload: map[string]any{
			"type": "block_actions", "user": map[string]any{"id": user}, "view": map[string]any{"type": "home"},
			"actions": []any{map[string]any{
				"action_id": "home_set:prompt", "block_id": channel + "/x", "action_ts": fmt.Sprintf("%d.000100", time.Now().Unix()+60),
				"selected_option": map[string]any{"value": value},
			}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.enter(bob, channel)
	if home := homeText(w.slack, bob); strings.Contains(home, "home_set:prompt") || !strings.Contains(home, "with the alias `candidate`") {
		t.Errorf("bob's home: %s", home)
	}
	forged(bob, "production")
	w.awaitHome(bob, "Only admins of the workspace can change the prompt")
	w.enter(alice, channel)
	w.set(alice, channel, job.SettingPrompt, "/default")
	w.await("the worker's own", func(*fakeslack.Server) bool { return w.settings(channel).Prompt == "" })
	w.awaitQuiet()
	forged(alice, "other")
	w.awaitHome(alice, "There is no such version")
	if got := w.settings(channel).Prompt; got != "" {
		t.Errorf("the prompt is %q", got)
	}
}

func TestWithoutARegistryThereIsNoPromptToChoose(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.enter(alice, channel)
	if home := homeText(w.slack, alice); strings.Contains(home, "Prompt") {
		t.Errorf("alice's home: %s", home)
	}
}
