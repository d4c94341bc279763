// Package quantity reads the numbers of a text, in digits and in words, with
// their units, and brings them to values that can be compared: "1,8 TB", "1800
// gigabytes" and 一点八太字节 are one amount, "an hour and a half" is 90 minutes,
// "5. Mai 2026" and 2026-05-05 one day.
//
// [Read] goes over a text once, in time that grows with its length only, under
// the conventions of one language. What a language knows is one table: a file
// with its name that holds a text of lines (see [parseTable]). Signs of units
// and currencies that are the same everywhere are in symbols.go, and count in
// each language.
//
// Writing is ambiguous: 1.000 is a thousand or one, "5m" five million, metres or
// minutes, a billion a thousand or a million millions. A [Quantity] has all
// readings, and who compares decides what to make of them.
package quantity
