// Package admissionextension is a Collector extension that bounds the memory of all
// OTLP requests that are under way together. A limit for each request
// (max_request_body_size, max_recv_msg_size_mib) does not: thirty requests of 62 KiB
// that unpack to 63 MiB each are all within theirs.
//
// In go the bodies of requests, as the receiver reads them and after they were unpacked;
// out comes an answer for those that do not fit: 503 with Retry-After, or UNAVAILABLE over
// gRPC, when others have to end first, and 413, or RESOURCE_EXHAUSTED, when it would not fit alone. What
// counts is what was really unpacked, not the length that a request declares, and what
// the messages in it will take once they are decoded: an empty span is two bytes on the wire
// and some hundred in memory. Requests with values nested deeper than any program writes
// are refused too, since decoders follow them by recursion.
//
// Calls of gRPC that wait for their turn take memory too: how many do, and what may come of each meanwhile, have bounds
// of their own, which are set on the server.
//
// A shutdown waits for what is under way, as does a new configuration, and nothing new is taken in meanwhile. What has not
// come whole is given a short time then.
//
// A receiver names the extension under middlewares, of its HTTP and of its gRPC server;
// both share one budget. The methods are safe for concurrent use; the extension has no
// goroutines.
package admissionextension

//go:generate go tool -modfile=../internal/tools/go.mod mdatagen metadata.yaml
