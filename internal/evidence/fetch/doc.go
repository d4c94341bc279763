// Package fetch brings one public web resource into memory, safely.
//
// In: a URL that anybody may have written. Out: the decoded body within its
// bounds and where it finally came from, or an *Error, one sentence that says
// what, where and how to repair it, without the secrets a URL may carry.
//
// Every connection is checked at the socket, after name resolution, against
// the special-purpose address registries, so neither a redirect nor a name
// that resolves differently a second time leads into a private network. With
// an HTTP proxy, where this process does not dial the target itself, the name
// is resolved and checked here and the proxy is asked for the checked address.
package fetch
