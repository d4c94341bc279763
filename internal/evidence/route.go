package evidence

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/generic"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// router is the web as adapters see it: it sends a link to the adapter of its kind, and reads
// the page where there is none. It implements [source.Web]. It is made once and not changed,
// so it is safe for concurrent use.
type router struct {
	client   fetch.Getter
	rules    Rules
	adapters []source.Adapter
	page     *generic.Reader
}

// Get implements [source.Web].
func (r *router) Get(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	return r.client.Get(ctx, req)
}

// maxForwards bounds the pages on the way to another that are followed for one link, however
// adapters and pages call one another: forwarding pages, notices, redirects to adapters' links.
const maxForwards = 5

// forwardsKey is under which the forwards that led to a call are counted in its context.
type forwardsKey struct{}

// Page implements [source.Web]. What the page only stands before is read in its place, by the
// adapter of its kind where there is one. ev is then as if it had been asked for itself, but
// for its link.
func (r *router) Page(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	forwards, _ := ctx.Value(forwardsKey{}).(int)
	next, err := r.page.Fetch(ctx, u, ev, forwards < maxForwards)
	if next == nil {
		return err
	}
	name := ev.AdapterName
	*ev = *source.NewEvidence(ev.URL)
	ev.AdapterName = name
	return r.Link(context.WithValue(ctx, forwardsKey{}, forwards+1), next, ev)
}

// Link implements [source.Web]: it retrieves u by its adapter, and by reading the page when
// there is none or it fails. The first adapter that matches and that the rules allow has it;
// no second one is asked after it failed, as the page says more of a link than another kind's
// API would. A redirector that says in its address where it leads is not asked.
func (r *router) Link(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	u = unwrapped(u)
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

// unwrapped is where a redirector leads, and u itself when it is none. A goal that can't be
// fetched leaves the redirector, whose own page says what is the matter.
func unwrapped(u *url.URL) *url.URL {
	goal := address.Unwrap(u)
	if goal == nil {
		return u
	}
	if parsed, err := source.Parse(goal.String()); err == nil {
		return parsed
	}
	return u
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
