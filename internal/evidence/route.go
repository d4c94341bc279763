package evidence

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/generic"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// router is the web as adapters see it: it sends a link to the adapter of its kind, and reads
// the page where there is none. It implements [source.Web]. It is made once and not changed,
// so it is safe for concurrent use.
type router struct {
	client   *fetch.Client
	rules    Rules
	adapters []source.Adapter
	page     *generic.Reader
}

// Get implements [source.Web].
func (r *router) Get(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	return r.client.Get(ctx, req)
}

// Page implements [source.Web].
func (r *router) Page(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	return r.page.Fetch(ctx, u, ev)
}

// Link implements [source.Web]: it retrieves u by its adapter, and by reading the page when
// there is none or it fails. The first adapter that matches and that the rules allow has it;
// no second one is asked after it failed, as the page says more of a link than another kind's
// API would.
func (r *router) Link(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	rules := r.rules.forHost(u.Hostname())
	if rules.Adapter == source.GenericName {
		return r.Page(ctx, u, ev)
	}
	for _, a := range r.adapters {
		run := a.Match(u)
		if run == nil || rules.Adapter != "" && rules.Adapter != a.Name() {
			continue
		}
		ev.AdapterName = a.Name()
		err := run(ctx, r, ev)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || source.Final(err) {
			return err
		}
		return r.fallback(ctx, u, ev, err)
	}
	return r.Page(ctx, u, ev)
}

// fallback reads the page itself after its adapter failed with cause. The adapter's name stays
// in the evidence, so that runs show which interface is failing. When the page fails too, its
// error is the one to report: it is what a reader would see.
func (r *router) fallback(ctx context.Context, u *url.URL, ev *job.Evidence, cause error) error {
	name := ev.AdapterName
	*ev = *source.NewEvidence(ev.URL)
	ev.AdapterName = name
	if err := r.Page(ctx, u, ev); err != nil {
		return err
	}
	ev.AdapterName = name
	ev.MarkPartial(fmt.Sprintf("%s's interface could not be used (%s); the page itself was read instead",
		strings.TrimSuffix(name, "Adapter"), source.Cause(cause)))
	return nil
}
