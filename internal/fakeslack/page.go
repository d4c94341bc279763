package fakeslack

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yuin/goldmark"
)

//go:embed web
var web embed.FS

const (
	pageRoots   = 60 // roots shown without ?limit=
	maxRoots    = 500
	pageReplies = 50 // replies shown of a thread
)

// page renders the channel for people. It loads nothing from elsewhere.
type page struct {
	s        *Server
	tmpl     *template.Template
	markdown goldmark.Markdown
}

// pageRoutes are the page, its parts that the script asks for anew, its files, and permalinks,
// which lead to the message on the page.
func (s *Server) pageRoutes(mux *http.ServeMux) {
	p := &page{s: s, tmpl: template.Must(template.ParseFS(web, "web/page.tmpl")), markdown: newMarkdown()}
	mux.HandleFunc("GET /{$}", p.serve("page"))
	mux.HandleFunc("GET /_page/channel", p.serve("messages"))
	mux.HandleFunc("GET /home", p.serveHome("homepage"))
	mux.HandleFunc("GET /_page/home", p.serveHome("home"))
	mux.HandleFunc("GET /_page/modal", p.serveModal)
	mux.HandleFunc("GET /archives/{channel}/{anchor}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/?channel="+template.URLQueryEscaper(r.PathValue("channel"))+"#"+template.URLQueryEscaper(r.PathValue("anchor")),
			http.StatusFound)
	})
	for name, kind := range map[string]string{
		"style.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "home.js": "text/javascript; charset=utf-8",
	} {
		mux.HandleFunc("GET /_page/"+name, func(w http.ResponseWriter, _ *http.Request) {
			data, err := web.ReadFile("web/" + name)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(data)
		})
	}
}

// What the template sees.
type (
	pageView struct {
		Team      string
		Bot       string
		Channel   Channel
		Channels  []Channel
		Users     []User
		Messages  []messageView
		Earlier   int // roots that are not shown
		More      int // limit that shows more of them
		Sockets   int
		HTTP      bool
		AtHome    bool // App Home is shown, and no channel
		Shortcuts []Shortcut
		Commands  string
	}
	messageView struct {
		TS, Anchor, Thread   string
		Name, Initial, Color string
		App, Compact         bool
		Clock, Full, Day     string
		Body                 template.HTML
		Edited, Gone         bool
		OnlyYou              string // name of the one who sees an ephemeral message
		Broadcast            bool
		User                 string
		Reactions            []reactionView
		Replies              []messageView
		ReplyCount           int
		EarlierReplies       int
		Shortcuts            []Shortcut
	}
	reactionView struct {
		Name, Emoji, Who string
		Users            string // ids, for the script
		Count            int
	}
)

// serve renders a template. The script asks again and again, so an unchanged page is answered by
// its ETag; the policy allows scripts and styles of this server only, in case anything slipped
// through the escaping.
func (p *page) serve(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit < 1 {
			limit = pageRoots
		}
		v, ok := p.view(r.URL.Query().Get("channel"), min(limit, maxRoots))
		if !ok {
			http.Error(w, "There is no such channel.", http.StatusNotFound)
			return
		}
		p.write(w, r, name, v)
	}
}

// write answers with a template.
func (p *page) write(w http.ResponseWriter, r *http.Request, name string, v any) {
	var buf bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&buf, name, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	sum := fnv.New64a()
	_, _ = sum.Write(buf.Bytes())
	tag := fmt.Sprintf(`"%x"`, sum.Sum64())
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag { // nothing changed since the script asked last
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
		"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(buf.Bytes())
}

// namesLocked are the names that the page shows in the place of ids.
func (p *page) namesLocked() names {
	n := names{users: map[string]string{"USLACKBOT": "Slackbot"}, channels: map[string]string{}}
	for id, ch := range p.s.ws.channels {
		n.channels[id] = ch.Name
	}
	for id, u := range p.s.ws.users {
		n.users[id] = orElse(u.RealName, u.Name)
	}
	return n
}

// view is the channel as the template shows it, with its last limit roots; false when there is
// none. Replies whose root is gone stand among the roots.
func (p *page) view(id string, limit int) (pageView, bool) {
	st := p.s.hub.snapshot()
	ws := p.s.ws
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ch := ws.channels[orElse(id, ws.defaultChannel())]
	if ch == nil {
		return pageView{}, false
	}
	v := pageView{
		Team: p.s.cfg.app.TeamName, Bot: p.s.cfg.app.BotName, Channel: ch.Channel, Sockets: st.Sockets,
		Shortcuts: p.s.cfg.shortcuts, Commands: strings.Join(p.s.cfg.commands, " "),
	}
	p.s.hub.mu.Lock()
	v.HTTP = p.s.hub.requestURL != ""
	p.s.hub.mu.Unlock()
	n := p.namesLocked()
	for _, id := range ws.order {
		v.Channels = append(v.Channels, ws.channels[id].Channel)
	}
	for _, id := range ws.userOrder {
		if id != p.s.cfg.app.BotUserID {
			v.Users = append(v.Users, *ws.users[id])
		}
	}
	var roots []*entry
	for i := len(ch.messages) - 1; i >= 0; i-- {
		e := ch.messages[i]
		if e.thread != "" && !e.broadcast && ch.byTS[e.thread] != nil {
			continue
		}
		if len(roots) < limit {
			roots = append(roots, e)
		} else {
			v.Earlier++
		}
	}
	v.More = min(limit*2, maxRoots)
	var last *entry
	for i := len(roots) - 1; i >= 0; i-- {
		e := roots[i]
		m := p.message(ch, e, n)
		if last == nil || day(last) != day(e) {
			m.Day = day(e)
		}
		m.Compact = m.Day == "" && last != nil && sameAuthor(last, e) && len(ch.threads[last.ts]) == 0
		v.Messages = append(v.Messages, m)
		last = e
	}
	return v, true
}

// day is the heading under which a message stands.
func day(e *entry) string { return time.UnixMicro(e.micros).Format("Monday, 2 January 2006") }

// sameAuthor reports whether b follows a within five minutes by the same author, and needs no
// name again.
func sameAuthor(a, b *entry) bool {
	return str(a.fields, "user") == str(b.fields, "user") && str(a.fields, "username") == str(b.fields, "username") &&
		a.onlyFor == b.onlyFor && b.micros-a.micros < (5*time.Minute).Microseconds()
}

// message is a message as the template shows it, with its replies. The colour follows from the
// author. The caller holds the workspace's lock.
func (p *page) message(ch *channel, e *entry, n names) messageView {
	user := str(e.fields, "user")
	at := time.UnixMicro(e.micros)
	m := messageView{
		TS: e.ts, Anchor: "p" + strings.Replace(e.ts, ".", "", 1), Thread: e.thread, User: user,
		Clock: at.Format("15:04"), Full: at.Format("Monday, 2 January 2006, 15:04:05"),
		App:    str(e.fields, "bot_id") != "",
		Edited: str(sub(e.fields, "edited"), "ts") != "", Gone: str(e.fields, "subtype") == "tombstone",
		Broadcast: e.broadcast, OnlyYou: n.users[e.onlyFor], Shortcuts: p.s.cfg.shortcuts,
	}
	m.Name = orElse(str(e.fields, "username"), orElse(n.users[user], orElse(str(sub(e.fields, "bot_profile"), "name"), orElse(user, "app"))))
	first, _ := utf8.DecodeRuneInString(m.Name)
	m.Initial = strings.ToUpper(string(first))
	h := fnv.New32a()
	_, _ = h.Write([]byte(user + m.Name))
	m.Color = fmt.Sprintf("c%d", h.Sum32()%8)
	mk := &markup{names: n, pressed: e.pressed}
	if blocks := list(e.fields, "blocks"); len(blocks) > 0 {
		mk.blocks(blocks, p.markdown)
	} else if text := str(e.fields, "text"); text != "" {
		mk.tag("<div>")
		mk.mrkdwn(text)
		mk.tag("</div>")
	}
	mk.attachments(list(e.fields, "attachments"), p.markdown)
	m.Body = mk.html()
	for _, r := range e.reactions {
		who := make([]string, len(r.users))
		for i, u := range r.users {
			who[i] = orElse(n.users[u], u)
		}
		m.Reactions = append(m.Reactions, reactionView{Name: r.name, Emoji: orElse(emoji(r.name), ":"+r.name+":"), Count: len(r.users),
			Users: strings.Join(r.users, " "), Who: strings.Join(who, ", ")})
	}
	if e.thread != "" {
		return m
	}
	replies := ch.threads[e.ts]
	m.ReplyCount = len(replies)
	if len(replies) > pageReplies {
		m.EarlierReplies = len(replies) - pageReplies
		replies = replies[m.EarlierReplies:]
	}
	for _, r := range replies {
		m.Replies = append(m.Replies, p.message(ch, r, n))
	}
	return m
}
