// Package dialect reads spans of any framework. In goes a span, out come Facts:
// what sort of work it was, which model answered, what it used, what went in and
// what came out.
//
// The knowledge of attribute names is one table (rows). A name that no row knows
// is guessed at by its words (guess), and a kind that no attribute names is
// inferred from what the span holds (inferKind). Nothing here looks at more than
// one span: what a parent or a neighbour changes is the business of package count.
package dialect
