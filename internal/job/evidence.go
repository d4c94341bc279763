package job

import "time"

// Coverage says how much of what the link promises is in the evidence.
type Coverage string

// The coverages of evidence.
const (
	// CoverageFull is the whole main content.
	CoverageFull Coverage = "full"
	// CoveragePartial is less than that: an abstract, a description, a teaser; Errors say why.
	CoveragePartial Coverage = "partial"
	// CoverageFailed is nothing usable.
	CoverageFailed Coverage = "failed"
)

// Evidence is what is known of a link. It carries no secrets: URLs in it have user info
// removed and tokens replaced. The tags are the form in which evidence is stored as a
// checkpoint and in the job's trace. Text may be long; what a model sees of it is up to the
// analyst.
type Evidence struct {
	URL          string    `json:"url"`
	FinalURL     string    `json:"final_url"`
	CanonicalURL string    `json:"canonical_url"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	Text         string    `json:"text"`
	Lang         string    `json:"lang"`
	Author       string    `json:"author"`
	SiteName     string    `json:"site_name"`
	Published    string    `json:"published"`
	AdapterName  string    `json:"adapter_name"`
	Coverage     Coverage  `json:"coverage"`
	Sources      []Source  `json:"sources"`
	Snippets     []Snippet `json:"snippets"`
	Links        []string  `json:"links"` // absolute URLs on the page, at most 500
	Errors       []string  `json:"errors"`

	// Lead is the number of bytes at the beginning of Text that are what the link names within
	// its page: a comment, an answer, some lines; 0 when the link names the page. It is not stored.
	Lead int `json:"-"`

	// PageOffsets are the byte offsets in Text at which the pages of a PDF
	// start; nil for other documents. They are not stored.
	PageOffsets []int `json:"-"`
}

// Source is one fetched resource that evidence comes from.
type Source struct {
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	FetchedAt time.Time `json:"fetched_at,omitzero"`
}

// Snippet is a passage of a source, word for word.
type Snippet struct {
	ID        string `json:"id"` // "s1", "s2", … in the order of the document
	Content   string `json:"content"`
	SourceURL string `json:"source_url"`
	// Position is where it stands: page and heading path, where there are any,
	// and the byte offset in Text.
	Position string `json:"position"`
	SHA256   string `json:"sha256"` // of Content, hexadecimal
}

// MarkPartial lowers the coverage and says why. An adapter calls it once for each thing that
// is missing. It must not follow a decision for CoverageFailed, which it would soften.
func (ev *Evidence) MarkPartial(why string) {
	ev.Coverage = CoveragePartial
	ev.Errors = append(ev.Errors, why)
}
