//go:build linux

package chaos

import "github.com/technoshare/commentator/internal/fakeslack"

// socketFault is what goes wrong on Slack's side of the socket, and of posts that took
// effect although Slack says otherwise.
type socketFault struct {
	world *World
	n     int
}

var socketFaults = []fakeslack.Fault{
	{Socket: "cut"},
	{Socket: "drop_acks", Count: 2},
	{Socket: "disconnect"},
	{Socket: "refuse"},
	{Socket: "silence", DelayMS: 3000},
	{Method: "chat.postMessage", DropResponse: true},
	{Method: "chat.postMessage", Status: 503, AfterEffect: true},
	{Method: "chat.postMessage", Status: 429, RetryAfter: 1, Count: 2},
	{Method: "chat.postMessage", Error: "internal_error", AfterEffect: true},
	{Method: "conversations.replies", Status: 503},
	{Method: "reactions.add", DropResponse: true},
	{Method: "*", Status: 429, RetryAfter: 1, Count: 4},
}

func (f *socketFault) start() { f.world.inject(socketFaults[f.n%len(socketFaults)]) }

func (w *World) inject(f fakeslack.Fault) {
	if err := w.Slack.Inject(f); err != nil {
		w.t.Error(err)
	}
}

func (f *socketFault) stop() {}
