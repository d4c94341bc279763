// Package tree puts spans in their places. In go requests, in any order and with
// spans that came twice, out comes one tree per trace with its local roots.
//
// It is the first phase of reading a trace: a Span knows what it says itself (its
// Facts) and where it stands. What the spans below it add is counted by package
// count; which spans become runs is chosen by package choose. A Tree does not
// change after Read.
package tree
