// Package httpserver is how every HTTP server of ours listens. In goes a handler, out comes a
// server that slow clients, many connections and the pages of other sites in somebody's browser
// cannot use against us: [New] bounds time and connections, [Whole] frees a handler from slow readers, [OnlyHosts] keeps names
// out that are not ours, and [Changes] asks for proof that a request that changes something
// comes from our own page.
package httpserver
