// Package otlp walks and repairs OTLP data. It holds what every package of this
// module needs that touches protobuf spans: a flat walk over the three levels of
// a request, ids that are always valid, text that is always UTF-8, and the flags
// of a span.
package otlp
