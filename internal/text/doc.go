// Package text holds what all rooms of the application agree on about plain
// text: which characters nobody sees, where sentences end, how text is cut
// short, which addresses stand in it and what of an address only tracks.
//
// The definitions are shared because they guard the same borders: what a page
// hides from its readers must be hidden from the model, from the gates and from
// the channel alike, and an address that one part takes for known must be known
// to the others.
//
// Everything here is a pure function of its arguments and safe for concurrent
// use. The package imports nothing else of this module.
package text
