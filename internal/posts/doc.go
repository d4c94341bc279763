// Package posts keeps where each post to Slack stands, so that it is made
// effectively once although Slack has no idempotency key. In go the steps of a
// post; out comes, before each step, what is known of the post.
//
//	planned ──Begin──▶ sending ──MarkSent──▶ sent ──Adopt──▶ adopted ──MarkSent──▶ sent
//	   ▲                  │                    └──MarkDeleted──▶ deleted
//	   └────MarkUnsent────┘
//
// A post found in state sending by [Store.Begin] was begun by somebody who did
// not come back: it may stand in Slack or not. The caller asks Slack.
//
// A [Store] is safe for concurrent use. It starts no goroutine and has no lock of
// its own; [Store.WaitTurn] waits for [database.DB.Changed], which every change of
// a post here and every end of a link in the queue closes.
package posts
