package fakeslack

import (
	"sort"
	"strings"
	"sync"
	"time"
)

// workspace is what the server knows: people, channels, messages. One mutex
// guards all of it; its methods lock, those ending in Locked want it held.
type workspace struct {
	mu          sync.Mutex
	cfg         *config
	lastTS      int64 // microseconds; every ts handed out is greater than all before
	users       map[string]*User
	userOrder   []string
	channels    map[string]*channel
	homes       map[string]object // what App Home shows, by person
	order       []string
	dropped     int // messages that went because a channel was full
	warned      bool
	subscribers map[chan struct{}]struct{}
}

// channel is a channel with what was said in it. What starts with an upper-case letter comes
// from the options.
type channel struct {
	Channel
	created  int64
	members  map[string]bool
	messages []*entry            // by ts
	byTS     map[string]*entry   // also of the messages that only one person sees
	threads  map[string][]*entry // replies by the ts of their root, by ts
	lastPost time.Time           // with credit: see WithPostRate
	credit   float64
}

// entry is one stored message. Its fields change only under the workspace's
// mutex, and the object is replaced, never changed.
type entry struct {
	micros    int64
	ts        string
	thread    string // ts of the root; empty for roots and plain messages
	broadcast bool
	onlyFor   string // user id, for an ephemeral message
	fields    object
	pressed   map[string]string // the feedback button of each person, by its value
	reactions []reaction
}

// reaction is one emoji on a message and who gave it, in the order in which they did.
type reaction struct {
	name  string
	users []string
}

// Bounds on what grows by use beside messages, calls and events.
const (
	maxChannels  = 1000
	maxUsers     = 10_000
	maxReactions = 200 // different ones on a message; Slack's own limit is lower
)

// newWorkspace makes the workspace with its people and channels. Nobody else has it yet, so it
// needs no lock.
func newWorkspace(cfg *config) *workspace {
	w := &workspace{
		cfg: cfg, users: map[string]*User{}, channels: map[string]*channel{}, homes: map[string]object{},
		subscribers: map[chan struct{}]struct{}{},
	}
	users := cfg.users
	if len(users) == 0 {
		users = []User{
			{ID: DefaultUser, Name: "alice", RealName: "Alice Example", Admin: true},
			{ID: "U0BOBBY02", Name: "bob", RealName: "Bob Example"},
		}
	}
	for _, u := range users {
		w.addUserLocked(u)
	}
	w.addUserLocked(User{ID: cfg.app.BotUserID, Name: cfg.app.BotName, RealName: cfg.app.BotName})
	channels := cfg.channels
	if len(channels) == 0 {
		channels = []Channel{{ID: DefaultChannel, Name: "techno-share"}}
	}
	for _, c := range channels {
		w.setChannelLocked(c)
	}
	return w
}

// addUserLocked adds a person or changes the one with the same id. Beyond the bound the person
// is returned but not kept.
func (w *workspace) addUserLocked(u User) *User {
	if old, ok := w.users[u.ID]; ok {
		*old = u
		return old
	}
	if len(w.users) >= maxUsers {
		return &u
	}
	w.users[u.ID] = &u
	w.userOrder = append(w.userOrder, u.ID)
	return &u
}

// userLocked returns the user, made up when events name one that nobody seeded.
func (w *workspace) userLocked(id string) *User {
	if u, ok := w.users[id]; ok {
		return u
	}
	return w.addUserLocked(User{ID: id, Name: strings.ToLower(id), RealName: id})
}

// setChannelLocked adds a channel or changes the one with the same id. It returns nil when
// there are too many.
func (w *workspace) setChannelLocked(c Channel) *channel {
	ch := w.channels[c.ID]
	if ch == nil {
		if len(w.channels) >= maxChannels {
			return nil
		}
		ch = &channel{created: w.cfg.now().Unix(), members: map[string]bool{}, byTS: map[string]*entry{}, threads: map[string][]*entry{}}
		w.channels[c.ID] = ch
		w.order = append(w.order, c.ID)
	}
	if c.Name == "" {
		c.Name = strings.ToLower(c.ID)
	}
	ch.Channel = c
	clear(ch.members)
	members := c.Members
	if len(members) == 0 {
		members = w.userOrder
	}
	for _, m := range members {
		ch.members[m] = true
	}
	ch.members[w.cfg.app.BotUserID] = !c.NoBot
	return ch
}

// ensureChannelLocked returns a channel, made up when an event names an unknown one. It is nil
// when there are too many.
func (w *workspace) ensureChannelLocked(id string) *channel {
	if ch, ok := w.channels[id]; ok {
		return ch
	}
	return w.setChannelLocked(Channel{ID: id})
}

// defaultChannel is the first channel; there is always one.
func (w *workspace) defaultChannel() string { return w.order[0] }

// kind is the channel's type as events name it; ids begin with D for direct messages and G for
// old private channels.
func (ch *channel) kind() string {
	switch {
	case strings.HasPrefix(ch.ID, "D"):
		return "im"
	case ch.Private || strings.HasPrefix(ch.ID, "G"):
		return "group"
	}
	return "channel"
}

// nextTSLocked is the workspace's clock: microseconds, each value handed out once. It never
// goes back, also when the clock does: a ts is the id of its message and their order.
func (w *workspace) nextTSLocked() string {
	w.lastTS = max(w.lastTS+1, w.cfg.now().UnixMicro())
	return formatTS(w.lastTS)
}

// putLocked stores a message, or replaces the one with the same ts.
func (w *workspace) putLocked(ch *channel, fields object) *entry {
	e := &entry{ts: str(fields, "ts"), thread: str(fields, "thread_ts"), fields: fields}
	e.micros, _ = parseTS(e.ts)
	if e.thread == e.ts {
		e.thread = ""
	}
	e.broadcast = e.thread != "" && (str(fields, "subtype") == "thread_broadcast" || truthy(fields["reply_broadcast"]))
	if old, ok := ch.byTS[e.ts]; ok {
		e.reactions = old.reactions
		w.removeLocked(ch, old)
	}
	e.reactions = append(e.reactions, readReactions(fields)...)
	ch.byTS[e.ts] = e
	ch.messages = insertByTS(ch.messages, e)
	if e.thread != "" {
		ch.threads[e.thread] = insertByTS(ch.threads[e.thread], e)
	}
	for len(ch.messages) > w.cfg.maxMessages {
		w.dropped++
		if !w.warned {
			w.warned = true
			w.cfg.logger.Warn("channel is full, its oldest messages go", "channel", ch.ID, "max", w.cfg.maxMessages)
		}
		w.removeLocked(ch, ch.messages[0])
	}
	return e
}

// readReactions takes over reactions of a message that comes with some.
func readReactions(fields object) []reaction {
	var rs []reaction
	for _, r := range list(fields, "reactions") {
		m, _ := r.(object)
		one := reaction{name: str(m, "name")}
		for _, u := range list(m, "users") {
			if id, ok := u.(string); ok {
				one.users = append(one.users, id)
			}
		}
		if one.name != "" && len(rs) < maxReactions {
			rs = append(rs, one)
		}
	}
	delete(fields, "reactions")
	return rs
}

// removeLocked takes a message out of the channel and out of its thread. Replies to it stay.
func (w *workspace) removeLocked(ch *channel, e *entry) {
	delete(ch.byTS, e.ts)
	ch.messages = cutByTS(ch.messages, e)
	if e.thread == "" {
		return
	}
	if rest := cutByTS(ch.threads[e.thread], e); len(rest) > 0 {
		ch.threads[e.thread] = rest
	} else {
		delete(ch.threads, e.thread)
	}
}

// insertByTS puts an entry in its place among those sorted by time.
func insertByTS(es []*entry, e *entry) []*entry {
	i := len(es)
	for i > 0 && es[i-1].micros > e.micros { // nearly always the last place
		i--
	}
	es = append(es, nil)
	copy(es[i+1:], es[i:])
	es[i] = e
	return es
}

// cutByTS takes an entry out. Several may have the same time, so it looks on for the one that is
// meant. The first, which is what goes when a channel is full, goes without a copy.
func cutByTS(es []*entry, e *entry) []*entry {
	i := sort.Search(len(es), func(i int) bool { return es[i].micros >= e.micros })
	for ; i < len(es) && es[i] != e; i++ {
	}
	if i == len(es) {
		return es
	}
	if i == 0 {
		es[0] = nil
		return es[1:]
	}
	return append(es[:i], es[i+1:]...)
}

// viewLocked is the message as the Web API returns it. It is a clone, to which what follows
// from other messages is added: reactions, and for a root the state of its thread, of whose
// authors at most five are named.
func (ch *channel) viewLocked(e *entry, withMetadata bool) object {
	o := with(e.fields, "channel", nil, "channel_type", nil, "event_ts", nil, "reply_broadcast", nil)
	if !withMetadata {
		delete(o, "metadata")
	}
	if len(e.reactions) > 0 {
		o["reactions"] = e.reactionsLocked()
	}
	if e.thread != "" {
		if root := ch.byTS[e.thread]; root != nil {
			setDefault(o, "parent_user_id", str(root.fields, "user"))
		}
		return o
	}
	replies := ch.threads[e.ts]
	if len(replies) == 0 {
		return o
	}
	users := []any{}
	seen := map[string]bool{}
	for _, r := range replies {
		u := str(r.fields, "user")
		if u != "" && !seen[u] {
			seen[u] = true
			users = append(users, u)
		}
	}
	o["thread_ts"] = e.ts
	o["reply_count"] = len(replies)
	o["reply_users"] = users[:min(len(users), 5)]
	o["reply_users_count"] = len(users)
	o["latest_reply"] = replies[len(replies)-1].ts
	o["is_locked"] = false
	return o
}

// reactionsLocked are the reactions as the Web API returns them.
func (e *entry) reactionsLocked() []any {
	out := make([]any, 0, len(e.reactions))
	for _, r := range e.reactions {
		out = append(out, object{"name": r.name, "users": append([]string(nil), r.users...), "count": len(r.users)})
	}
	return out
}

// reactLocked adds a reaction; false when that user had it already or there are too many.
// Lists of users are replaced, not appended to, since views of the message may still hold
// them.
func (e *entry) reactLocked(name, user string) bool {
	for i, r := range e.reactions {
		if r.name != name {
			continue
		}
		for _, u := range r.users {
			if u == user {
				return false
			}
		}
		e.reactions[i].users = append(append([]string(nil), r.users...), user)
		return true
	}
	if len(e.reactions) >= maxReactions {
		return false
	}
	e.reactions = append(e.reactions, reaction{name, []string{user}})
	return true
}

// unreactLocked takes a reaction back; false when that user had not given it.
func (e *entry) unreactLocked(name, user string) bool {
	for i, r := range e.reactions {
		if r.name != name {
			continue
		}
		for j, u := range r.users {
			if u != user {
				continue
			}
			rest := append(append([]string(nil), r.users[:j]...), r.users[j+1:]...)
			if len(rest) == 0 {
				e.reactions = append(append([]reaction(nil), e.reactions[:i]...), e.reactions[i+1:]...)
			} else {
				e.reactions[i].users = rest
			}
			return true
		}
	}
	return false
}

// subscribe returns a channel that gets a value after changes; several changes may
// become one value.
func (w *workspace) subscribe() (changes <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	w.subscribers[c] = struct{}{}
	w.mu.Unlock()
	return c, func() {
		w.mu.Lock()
		delete(w.subscribers, c)
		w.mu.Unlock()
	}
}

// notify wakes subscribers after a change. It locks, so the caller must not hold the lock.
func (w *workspace) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.subscribers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
