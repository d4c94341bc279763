// Package evidence turns a link that somebody shared into evidence that a
// comment may rest on.
//
// In: a URL, or the bytes of a page. Out: a [job.Evidence]: what the page is, its
// text, and snippets that cover it, each with where it comes from; or one clear
// sentence, an [*Error], when there is nothing usable. What could not be had is
// said in Coverage and Errors, never papered over: Full is the whole content,
// Partial less than that, and Errors say what is missing and why.
//
// # How a link is read
//
// [Retriever.Retrieve] asks the adapters in the order of the registry whether the
// link is of their kind, by parsed host and path. The first that says so asks its
// API; when that fails, the page itself is read, and the evidence says so.
// Everything else is read as what its bytes are: a web page, a PDF, a feed, JSON,
// text. Each package imports only packages below its own line:
//
//	evidence   registry, routing, rules per host, snippets
//	adapter/*  one kind of link each, by the API of its site
//	generic    any resource, by its bytes
//	format/*   formats of many sites: feeds, JSON, oEmbed, captions, notebooks, files
//	source     what an adapter is, is given, and records
//	outline    the text of evidence: facts, headings, sections
//	fetch      one GET, safely: addresses checked at the socket, bodies bounded
//	page       a web page: charset, main text, metadata, hidden text, walls
//	pdf        a PDF file, by PDFium in WebAssembly
//
// The page is data. Text that a reader would not see is left out, and what is
// left is passed on as it stands: fencing it off for the model is the work of
// the package that writes the prompt.
//
// # Goroutines
//
// A retrieval runs in its caller's goroutine. Parsers of hostile input cannot be
// stopped: what bounds them is the process that they run in, see package isolate.
// What adapters know is read only after New.
//
// # Adding an adapter
//
// One package and one line. The package, in adapter/example, holds
//
//	// Adapter is the adapter of things.
//	type Adapter struct {
//		API string // base address: https://api.example.com
//	}
//
//	// Name implements [source.Adapter].
//	func (Adapter) Name() string { return "ExampleAdapter" }
//
//	// Match matches pages of things.
//	func (a Adapter) Match(u *url.URL) source.Task {
//		s := source.Segments(u)
//		if !source.HostIs(u.Hostname(), "example.com") || len(s) != 2 || s[0] != "thing" {
//			return nil // not ours
//		}
//		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
//			var thing struct{ Name, Text string }
//			res, err := source.GetJSON(ctx, web, a.API+"/v1/things/"+s[1], "", &thing)
//			if err != nil {
//				return err // the page itself is read instead
//			}
//			ev.Title, ev.Text = thing.Name, thing.Text
//			source.Complete(ev)
//			source.Add(ev, res.URL, ev.Title, res.FetchedAt)
//			return nil
//		}
//	}
//
// and the line, in registry, is
//
//	example.Adapter{API: at.Example},
//
// with the base address in [APIs]. Say with ev.MarkPartial what could not be had,
// put what the link names on its page first and its length into ev.Lead,
// and return source.NoSuch when the API knows for certain that there is nothing. A
// recorded answer in testdata/payloads and a test by evidencetest.Retrieve, beside
// the adapter, complete it.
package evidence
