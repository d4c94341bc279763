// Package evidence turns a link that somebody shared into evidence that a
// comment may rest on.
//
// In: a URL, or the bytes of a page. Out: an *Evidence: what the page is, its
// text, and snippets that cover it, each with where it comes from; or one clear
// sentence, an *Error, when there is nothing usable. What could not be had is
// said in Coverage and Errors, never papered over: Full is the whole content,
// Partial less than that, and Errors say what is missing and why.
//
// # How a link is read
//
// Retriever.Retrieve asks the adapters in their order whether the link is of
// their kind, by parsed host and path. The first that says so asks its
// interface; when that fails, the page itself is read, and the evidence says so.
// Everything else is read as what its bytes are: a web page, a PDF, a feed,
// JSON, text. Below are
//
//	fetch  one GET, safely: addresses checked at the socket, bodies bounded
//	page   a web page: charset, main text, metadata, hidden text, walls
//	pdf    a PDF file, by PDFium in WebAssembly
//
// The page is data. Text that a reader would not see is left out, and what is
// left is passed on as it stands: fencing it off for the model is the work of
// the package that writes the prompt.
//
// # Adding an adapter
//
// One file and one line. The file holds a method
//
//	func (r *Retriever) example(u *url.URL) task {
//		s := segments(u)
//		if !hostIs(u.Hostname(), "example.com") || len(s) != 2 || s[0] != "thing" {
//			return nil // not ours
//		}
//		return func(ctx context.Context, ev *Evidence) error {
//			var thing struct{ Name, Text string }
//			res, err := r.getJSON(ctx, r.cfg.APIs.Example+"/v1/things/"+s[1], nil, &thing)
//			if err != nil {
//				return err // the page itself is read instead
//			}
//			ev.Title, ev.Text, ev.Coverage = thing.Name, thing.Text, Full
//			addSource(ev, res.URL, ev.Title, res.FetchedAt)
//			return nil
//		}
//	}
//
// and the line, in Retriever.adapters, is
//
//	{"ExampleAdapter", r.example, nil},
//
// with the base address in APIs. Say with ev.partial what could not be had, and
// return noSuch when the interface knows for certain that there is nothing.
// A recorded answer in testdata/payloads and a row in the test table replayed
// complete it.
package evidence
