// Package fakeslack is a stand-in for Slack: one workspace, one app, in memory.
//
// In come the app's calls, as Slack's own SDKs make them: the Web API under
// /api/ (form or JSON bodies), Socket Mode connections opened with
// apps.connections.open, and answers to signed HTTP events. A test or a person
// adds what people do in Slack: through the control API under /_control/,
// through the Go methods of Server that mirror it, or through the page at /.
//
// Out go Slack's answers (HTTP 200 with ok:false for errors, a real HTTP 429
// when limited), events in envelopes with Slack's acknowledgement and
// redelivery rules, and the page that shows the channel with its threads.
// Faults (429, 5xx, dropped responses, cut sockets, silent pings, ignored
// acknowledgements) are injected with Server.Inject or POST /_control/faults.
//
// Sources: the recorded answers and envelopes beside the tests, docs.slack.dev
// (Socket Mode, Events API, Block Kit limits, rate limits), and the behaviour
// that slack_sdk, slack_bolt, @slack/bolt and slack-go rely on, which the tests
// run unmodified against this server.
package fakeslack
