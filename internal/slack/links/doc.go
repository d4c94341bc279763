// Package links takes links out of Slack messages.
//
// In go a message's blocks and text as Slack sends them. Out come links in the
// order of the message, each once: the address to fetch, freed of tracking
// parameters, and a canonical form that is the same for addresses that lead to
// the same thing, for example youtu.be/X and youtube.com/watch?v=X.
package links
