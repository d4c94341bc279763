package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/namedfile"
)

// maxExtractFile bounds a file given to extract, in bytes.
const maxExtractFile = 64 << 20

// extractCommand is `commentator extract`, to see why a comment says what it
// says.
type extractCommand struct {
	config.Settings `embed:"" uses:"Storage.DataDir,Fetch"`
	JSON            bool   `help:"Print one JSON object."`
	URL             string `help:"Address the file came from." placeholder:"URL"`
	Source          string `arg:"" name:"file|url" help:"File or link."`
}

// extraction is the shape of `extract --json`, which scripts read. Lists are
// never null.
type extraction struct {
	URL         string        `json:"url"`
	Title       string        `json:"title"`
	Text        string        `json:"text"`
	Lang        string        `json:"lang"`
	Coverage    string        `json:"coverage"`
	AdapterName string        `json:"adapter_name"`
	Snippets    []job.Snippet `json:"snippets"`
}

// Run shows what retrieval would make of a page. With --json, evidence of a
// failed retrieval is printed as well, and the error returned behind it.
func (c *extractCommand) Run(ctx context.Context, std streams) error {
	if err := c.Check(); err != nil {
		return usage(err)
	}
	ev, err := c.retrieve(ctx)
	// Scripts get what there is, with its coverage "failed"; people get the
	// error alone.
	if err != nil && (ev == nil || !c.JSON) {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetEscapeHTML(false)
		snippets := ev.Snippets
		if snippets == nil {
			snippets = []job.Snippet{}
		}
		if jerr := enc.Encode(extraction{ev.URL, ev.Title, ev.Text, ev.Lang, string(ev.Coverage), ev.AdapterName, snippets}); jerr != nil {
			return fmt.Errorf("print evidence: %w", jerr)
		}
		return err
	}
	fmt.Fprintf(std.out, "%s\n%s, coverage %s, language %s, %d snippets\n", ev.Title, ev.AdapterName, ev.Coverage, ev.Lang, len(ev.Snippets))
	for _, e := range ev.Errors {
		fmt.Fprintf(std.out, "note: %s\n", e)
	}
	_, err = fmt.Fprintf(std.out, "\n%s\n", ev.Text)
	return err
}

// retrieve reads a file, or fetches what begins with http:// or https://.
func (c *extractCommand) retrieve(ctx context.Context) (*job.Evidence, error) {
	isLink := strings.HasPrefix(c.Source, "http://") || strings.HasPrefix(c.Source, "https://")
	var body []byte
	if !isLink {
		var err error
		body, err = namedfile.Read(c.Source, maxExtractFile)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, usage(fmt.Errorf("extract %s: no such file, and no http or https link", c.Source))
		case err != nil:
			return nil, usage(fmt.Errorf("extract: %w", err))
		}
	}
	r, err := newRetriever(c.Settings, nil, isolate.Config{Most: 1, Idle: 1, Body: int64(len(body))})
	if err != nil {
		return nil, usage(err)
	}
	defer func() { _ = r.Close() }()
	if isLink {
		return r.Retrieve(ctx, c.Source)
	}
	return r.Extract(ctx, body, "", c.URL)
}
