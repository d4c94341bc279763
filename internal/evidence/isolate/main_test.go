package isolate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/job"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == isolate.Argument {
		if err := isolate.Child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// offline are settings with which nothing but the server at base is reached.
func offline(t *testing.T, base string) evidence.Config {
	return evidence.Config{
		APIs: evidencetest.APIs(base), CacheDir: evidencetest.CacheDir(t), NoPauses: true,
		Proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
		Resolver: evidencetest.NoNames(),
	}
}

func newRetriever(t *testing.T, c isolate.Config) *isolate.Retriever {
	t.Helper()
	c.Idle = max(c.Idle, 1)
	r, err := isolate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// same holds two results to be equal but for their times.
func same(t *testing.T, got, want *job.Evidence, gotErr, wantErr error) {
	t.Helper()
	for _, ev := range []*job.Evidence{got, want} {
		for i := range ev.Sources {
			if ev.Sources[i].FetchedAt.IsZero() {
				t.Error("a source has no time")
			}
			ev.Sources[i].FetchedAt = time.Time{}
		}
	}
	// As JSON, the form in which it is kept: what is no UTF-8 becomes so on the way.
	if g, w := kept(t, got), kept(t, want); !reflect.DeepEqual(g, w) || got.Lead != want.Lead ||
		!slices.Equal(got.PageOffsets, want.PageOffsets) {
		t.Errorf("evidence differs:\n%v\n%v", g, w)
	}
	plain := func(err error) fetch.Error {
		if err == nil {
			return fetch.Error{}
		}
		failed, ok := errors.AsType[*fetch.Error](err)
		if !ok {
			t.Fatalf("%v is no error of a page", err)
		}
		e := *failed
		e.Err = nil
		return e
	}
	if g, w := plain(gotErr), plain(wantErr); g != w {
		t.Errorf("error %+v, want %+v", g, w)
	}
}

// kept is evidence as it is kept.
func kept(t *testing.T, ev *job.Evidence) (out any) {
	t.Helper()
	b, err := json.Marshal(ev)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reader is what both kinds of retrievers are.
type reader interface {
	Retrieve(ctx context.Context, link string) (*job.Evidence, error)
	Extract(ctx context.Context, body []byte, contentType, link string) (*job.Evidence, error)
}

var _ = []reader{(*evidence.Retriever)(nil), (*isolate.Retriever)(nil)}
