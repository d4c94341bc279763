// Package isolate is package evidence in a child process: whatever reads what the web sent (HTML,
// feeds, PDF, JSON, the answers of APIs) runs in a child of package sandbox, within limits of memory
// and processor time.
//
// What stays in the parent is the network. A child that wants something from it asks its parent,
// whose client does the request with all that belongs to it: the check of addresses, pauses,
// robots.txt, the cache, spans, and the tokens of APIs, which a child knows by name only. Results and
// errors are the same as of an [evidence.Retriever] in the process itself.
//
// A page whose child dies of it is a [*fetch.Error] that says so. It is not tried again later, since
// it is the page that is too large, too deep or too much work.
package isolate
