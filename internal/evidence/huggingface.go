package evidence

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

var hfName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

// hfReserved are first path parts of huggingface.co that are no account.
var hfReserved = map[string]bool{
	"api": true, "blog": true, "chat": true, "collections": true, "docs": true, "enterprise": true, "inference": true, "join": true,
	"learn": true, "login": true, "models": true, "new": true, "organizations": true, "papers": true, "posts": true, "pricing": true,
	"settings": true, "spaces": true, "datasets": true, "tasks": true, "terms-of-service": true, "privacy": true, "support": true, "join-us": true,
}

// huggingFace matches models, datasets and spaces, and pages within them.
func (r *Retriever) huggingFace(u *url.URL) task {
	if !hostIs(u.Hostname(), "huggingface.co", "www.huggingface.co", "hf.co") {
		return nil
	}
	s, kind := segments(u), "models"
	if len(s) > 0 && (s[0] == "datasets" || s[0] == "spaces") {
		kind, s = s[0], s[1:]
	}
	if len(s) == 0 || hfReserved[s[0]] || !hfName.MatchString(s[0]) {
		return nil
	}
	id := s[0] // old models and datasets have no account in their name
	if len(s) > 1 && hfName.MatchString(s[1]) && s[1] != "tree" && s[1] != "blob" {
		id += "/" + s[1]
		s = s[1:]
	} else if kind == "spaces" || len(s) == 1 && kind == "models" && !strings.Contains(id, "-") {
		return nil // more likely an account's page
	}
	if len(s) > 1 && (s[1] == "blob" || s[1] == "discussions" || s[1] == "resolve" || s[1] == "commit") {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error { return r.hfRepo(ctx, kind, id, ev) }
}

// hfInfo is the Hub's answer about a model, dataset or space.
type hfInfo struct {
	ID        string   `json:"id"`
	Author    string   `json:"author"`
	Task      string   `json:"pipeline_tag"`
	Library   string   `json:"library_name"`
	SDK       string   `json:"sdk"`
	Tags      []string `json:"tags"`
	Downloads int      `json:"downloads"`
	Likes     int      `json:"likes"`
	Modified  string   `json:"lastModified"`
	Created   string   `json:"createdAt"`
	Gated     any      `json:"gated"`
	Disabled  bool     `json:"disabled"`
	Params    *struct {
		Total int64 `json:"total"`
	} `json:"safetensors"`
	Card any `json:"cardData"`
}

func (r *Retriever) hfHeader() http.Header {
	if r.cfg.Tokens.HuggingFace == "" {
		return nil
	}
	return http.Header{"Authorization": {"Bearer " + r.cfg.Tokens.HuggingFace}}
}

func (r *Retriever) hfRepo(ctx context.Context, kind, id string, ev *job.Evidence) error {
	base := r.cfg.APIs.HuggingFace
	var info hfInfo
	res, err := r.getJSON(ctx, base+"/api/"+kind+"/"+id, r.hfHeader(), &info)
	if err != nil {
		return err
	}
	prefix := ""
	if kind != "models" {
		prefix = kind + "/"
	}
	id = first(info.ID, id)
	ev.CanonicalURL = "https://huggingface.co/" + prefix + id
	ev.FinalURL = ev.CanonicalURL
	addSource(ev, res.URL, id, res.FetchedAt)
	d := fillHF(kind, info, ev)
	card, err := r.client.Get(ctx, fetch.Request{URL: base + "/" + prefix + id + "/raw/main/README.md", Header: r.hfHeader(), MaxBytes: apiBytes})
	if err != nil {
		ev.MarkPartial("the card (README.md) could not be had (" + sentence(err) + ")")
		ev.Text = d.String()
		return nil
	}
	addSource(ev, card.URL, "Card of "+id, card.FetchedAt)
	r.addCard(string(card.Body), d, ev)
	ev.Text = d.String()
	if ev.Coverage != job.CoveragePartial {
		ev.Coverage = job.CoverageFull
	}
	return nil
}

func fillHF(kind string, info hfInfo, ev *job.Evidence) *doc {
	ev.Title, ev.SiteName = info.ID, "Hugging Face"
	owner, _, _ := strings.Cut(info.ID, "/")
	ev.Author = first(info.Author, unlessSame(owner, info.ID))
	ev.Published = first(info.Created, info.Modified)
	var tags, licence, langs, papers []string
	for _, t := range info.Tags {
		switch name, value, ok := strings.Cut(t, ":"); {
		case ok && name == "license":
			licence = append(licence, value)
		case ok && name == "language":
			langs = append(langs, value)
		case ok && name == "arxiv":
			papers = append(papers, "https://arxiv.org/abs/"+value)
		case ok && (name == "region" || name == "base_model" || name == "deploy"):
		default:
			tags = append(tags, t)
		}
	}
	ev.Links = append(ev.Links, papers...)
	gated := fmt.Sprint(info.Gated)
	if info.Gated == nil || gated == "false" {
		gated = ""
	}
	params := ""
	if info.Params != nil && info.Params.Total > 0 {
		params = fmt.Sprintf("%.1f million", float64(info.Params.Total)/1e6)
	}
	d := &doc{}
	d.facts(fact{strings.ToUpper(kind[:1]) + strings.TrimSuffix(kind[1:], "s"), info.ID}, fact{"Task", info.Task}, fact{"Library", info.Library}, fact{"SDK", info.SDK},
		fact{"Parameters", params}, fact{"Licence", strings.Join(licence, ", ")}, fact{"Languages", strings.Join(langs, ", ")},
		fact{"Downloads (month)", info.Downloads}, fact{"Likes", info.Likes}, fact{"Created", day(info.Created)}, fact{"Changed", day(info.Modified)}, fact{"Gated", gated},
		fact{"Papers", strings.Join(papers, ", ")}, fact{"Tags", strings.Join(tags[:min(len(tags), 25)], ", ")})
	return d
}

// addCard appends a card: its front matter's facts and its text.
func (r *Retriever) addCard(card string, d *doc, ev *job.Evidence) {
	meta, body := frontMatter(card)
	d.facts(meta...)
	base, _ := url.Parse(ev.CanonicalURL + "/blob/main/")
	text, links := page.Markdown(body, base)
	ev.Links = append(ev.Links, links...)
	ev.Description = first(ev.Description, clip(oneLine(firstParagraph(text)), 300))
	d.section("Card", page.Headings(text, 3))
	if text == "" {
		ev.MarkPartial("the card has no text")
	}
}

// frontMatter separates the YAML between --- lines at the top of a card, as
// facts. Front matter that is no mapping is left out.
func frontMatter(card string) ([]fact, string) {
	card = strings.ReplaceAll(strings.TrimPrefix(card, "\ufeff"), "\r\n", "\n")
	if !strings.HasPrefix(card, "---\n") {
		return nil, card
	}
	head, body, ok := strings.Cut(card[4:], "\n---")
	if !ok {
		return nil, card
	}
	_, body, _ = strings.Cut(body, "\n")
	var m map[string]any
	if len(head) > 256<<10 || yaml.Unmarshal([]byte(head), &m) != nil {
		return nil, body
	}
	var out []fact
	for _, k := range []string{"pretty_name", "title", "license", "language", "pipeline_tag", "library_name", "base_model", "datasets", "task_categories", "size_categories", "metrics", "tags"} {
		if v := yamlList(m[k]); v != "" {
			out = append(out, fact{strings.ReplaceAll(strings.ToUpper(k[:1])+k[1:], "_", " "), clip(v, 300)})
		}
	}
	return out, body
}

func yamlList(v any) string {
	switch t := v.(type) {
	case string, int, float64:
		return oneLine(fmt.Sprint(t))
	case []any:
		var s []string
		for _, e := range t[:min(len(t), 20)] {
			if str := yamlList(e); str != "" {
				s = append(s, str)
			}
		}
		return strings.Join(s, ", ")
	}
	return ""
}

func (r *Retriever) huggingFaceRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	s := segments(u)
	if !hostIs(u.Hostname(), "huggingface.co", "hf.co") || len(s) < 2 {
		return false, nil
	}
	if lastOf(s) == "README.md" {
		for i, part := range s {
			if part == "raw" || part == "blob" || part == "resolve" {
				ev.Title, ev.SiteName, ev.Coverage = strings.Join(s[:i], "/"), "Hugging Face", job.CoverageFull
				ev.CanonicalURL = "https://huggingface.co/" + ev.Title
				d := &doc{}
				r.addCard(string(body), d, ev)
				ev.Text = d.String()
				return true, nil
			}
		}
	}
	if s[0] != "api" || s[1] != "models" && s[1] != "datasets" && s[1] != "spaces" {
		return false, nil
	}
	var info hfInfo
	if decodeJSON(body, &info) != nil || info.ID == "" {
		return false, nil
	}
	ev.Text = fillHF(s[1], info, ev).String()
	ev.MarkPartial("only the facts are in the answer, not the card")
	return true, nil
}
