package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A prompt is a registered model with a tag that says so, and a version of it a model
// version whose tags hold its text (mlflow/prompt/constants.py and
// MlflowClient.register_prompt of MLflow 3.17.2).
const (
	isPromptTag          = "mlflow.prompt.is_prompt"
	promptTextTag        = "mlflow.prompt.text"
	promptTypeTag        = "_mlflow_prompt_type" // text or chat
	promptFormatTag      = "_mlflow_prompt_response_format"
	promptModelTag       = "_mlflow_prompt_model_config"
	promptExperimentsTag = "_mlflow_experiment_ids" // ",1,8,"
	promptSource         = "dummy-source"           // of MLflow's client; others are refused
	promptPage           = 100                      // of one search
)

// PromptMessage is one message of a prompt that is a chat.
type PromptMessage struct {
	Role    string `json:"role"` // system, user or assistant
	Content string `json:"content"`
}

// PromptSpec is a version of a prompt to be registered. The text of prompts has variables
// such as {{page}}.
type PromptSpec struct {
	Name          string          // letters, digits and ._-
	Text          string          // of a prompt that is one text
	Messages      []PromptMessage // of one that is a chat; Text does not count then
	Format        json.RawMessage // JSON schema of the answer; none if empty
	Model         json.RawMessage // JSON object such as {"temperature":0.2}; none if empty
	CommitMessage string          // what has changed
	Tags          []Tag           // shown as the version's metadata
}

// PromptVersion is a version of a prompt as the registry has it.
type PromptVersion struct {
	PromptSpec
	Version int      // from 1
	Aliases []string // that lead to it
	Created time.Time
	User    string // who registered it; empty where the server does not know
	Fault   error  // why its messages can't be read: Text has them then as they are
}

// Ref names the version.
func (v PromptVersion) Ref() PromptRef { return PromptRef{v.Name, strconv.Itoa(v.Version)} }

// Tag returns the value of a tag of the version, "" for none.
func (v PromptVersion) Tag(key string) string { return TagMap(v.Tags)[key] }

// RegisteredPrompt is a prompt without its versions.
type RegisteredPrompt struct {
	Name, Description string
	Latest            int            // the newest version; 0 for none
	Aliases           map[string]int // alias to version
	Experiments       []string       // ids of those that list it
	Tags              []Tag
	Updated           time.Time
}

// ErrNoPrompt says that a name is that of a registered model, which MLflow keeps in the same
// place.
var ErrNoPrompt = errors.New("the name belongs to a registered model, not to a prompt: take another one")

// registeredModelJSON is a prompt, or a model, as the server writes it.
type registeredModelJSON struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Updated     int64  `json:"last_updated_timestamp"`
	Tags        []Tag  `json:"tags"`
	Aliases     []struct {
		Alias   string `json:"alias"`
		Version string `json:"version"`
	} `json:"aliases"`
	Latest []struct {
		Version string `json:"version"`
	} `json:"latest_versions"`
}

func (m registeredModelJSON) prompt() (RegisteredPrompt, error) {
	tags := TagMap(m.Tags)
	if tags[isPromptTag] != "true" {
		return RegisteredPrompt{}, fmt.Errorf("%s: %w", m.Name, ErrNoPrompt)
	}
	p := RegisteredPrompt{
		Name: m.Name, Description: m.Description, Aliases: map[string]int{}, Updated: time.UnixMilli(m.Updated), Tags: ownTags(m.Tags),
		Experiments: strings.FieldsFunc(tags[promptExperimentsTag], func(r rune) bool { return r == ',' }),
	}
	for _, a := range m.Aliases {
		if n, err := strconv.Atoi(a.Version); err == nil {
			p.Aliases[a.Alias] = n
		}
	}
	for _, v := range m.Latest {
		if n, err := strconv.Atoi(v.Version); err == nil {
			p.Latest = max(p.Latest, n)
		}
	}
	return p, nil
}

// ownTags are the tags without those that MLflow makes.
func ownTags(all []Tag) []Tag {
	made := []string{isPromptTag, promptTextTag, promptTypeTag, promptFormatTag, promptModelTag, promptExperimentsTag}
	return slices.DeleteFunc(slices.Clone(all), func(t Tag) bool { return slices.Contains(made, t.Key) })
}

// modelVersionJSON is a version as the server writes it.
type modelVersionJSON struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Created     int64    `json:"creation_timestamp"`
	User        string   `json:"user_id"`
	Description string   `json:"description"`
	Tags        []Tag    `json:"tags"`
	Aliases     []string `json:"aliases"`
}

func (m modelVersionJSON) prompt() (PromptVersion, error) {
	tags := TagMap(m.Tags)
	text := tags[promptTextTag]
	if tags[isPromptTag] != "true" {
		return PromptVersion{}, fmt.Errorf("%s/%s: %w", m.Name, m.Version, ErrNoPrompt)
	}
	number, err := strconv.Atoi(m.Version)
	if err != nil {
		return PromptVersion{}, fmt.Errorf("read the version of prompt %s: %w", m.Name, err)
	}
	v := PromptVersion{Version: number, Aliases: m.Aliases, Created: time.UnixMilli(m.Created), User: m.User, PromptSpec: PromptSpec{
		Name: m.Name, Text: text, Format: json.RawMessage(tags[promptFormatTag]), Model: json.RawMessage(tags[promptModelTag]),
		CommitMessage: m.Description, Tags: ownTags(m.Tags),
	}}
	if tags[promptTypeTag] == "chat" {
		if err := json.Unmarshal([]byte(text), &v.Messages); err != nil {
			v.Messages, v.Fault = nil, fmt.Errorf("read the messages of prompt %s/%s: %w", m.Name, m.Version, err)
			return v, nil
		}
		v.Text = ""
	}
	return v, nil
}

// tags are those by which MLflow knows the version.
func (s PromptSpec) tags() ([]Tag, error) {
	kind, text := "text", s.Text
	if len(s.Messages) > 0 {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false) // the tag is shown to people
		if err := enc.Encode(s.Messages); err != nil {
			return nil, err
		}
		kind, text = "chat", strings.TrimSuffix(b.String(), "\n")
	}
	tags := append(slices.Clone(s.Tags), Tag{isPromptTag, "true"}, Tag{promptTypeTag, kind}, Tag{promptTextTag, text})
	if len(s.Format) > 0 {
		tags = append(tags, Tag{promptFormatTag, string(s.Format)})
	}
	if len(s.Model) > 0 {
		tags = append(tags, Tag{promptModelTag, string(s.Model)})
	}
	return tags, nil
}

// RegisterPrompt makes a version of a prompt, as MLflow's own client does, and the prompt
// first where there is none. Each call makes a version, so that one without an answer (see
// [IsAmbiguous]) is looked for before it is repeated. [ErrNoPrompt] tells of a name that a
// model has.
func (c *Client) RegisterPrompt(ctx context.Context, s PromptSpec) (PromptVersion, error) {
	v, err := c.registerPrompt(ctx, s)
	if err != nil {
		return PromptVersion{}, fmt.Errorf("register prompt %s: %w", s.Name, err)
	}
	return v, nil
}

func (c *Client) registerPrompt(ctx context.Context, s PromptSpec) (PromptVersion, error) {
	tags, err := s.tags()
	if err != nil {
		return PromptVersion{}, err
	}
	if err := c.ensurePrompt(ctx, s.Name, s.CommitMessage); err != nil {
		return PromptVersion{}, err
	}
	var out struct {
		Version modelVersionJSON `json:"model_version"`
	}
	const path = "api/2.0/mlflow/model-versions/create"
	err = c.call(ctx, http.MethodPost, path, nil, struct {
		Name        string `json:"name"`
		Source      string `json:"source"`
		Description string `json:"description,omitempty"`
		Tags        []Tag  `json:"tags"`
	}{s.Name, promptSource, s.CommitMessage, tags}, &out)
	if err != nil {
		return PromptVersion{}, err
	}
	if out.Version.Name != s.Name {
		return PromptVersion{}, c.other(http.MethodPost, path, "prompt", out.Version.Name, s.Name)
	}
	return out.Version.prompt()
}

// ensurePrompt makes the prompt that versions belong to, unless it is there.
func (c *Client) ensurePrompt(ctx context.Context, name, description string) error {
	_, err := c.GetPrompt(ctx, name)
	if !IsNotFound(err) {
		return err
	}
	var out struct {
		Model registeredModelJSON `json:"registered_model"`
	}
	err = c.call(ctx, http.MethodPost, "api/2.0/mlflow/registered-models/create", nil, struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Tags        []Tag  `json:"tags"`
	}{name, description, []Tag{{isPromptTag, "true"}}}, &out)
	if IsAlreadyExists(err) { // made by another meanwhile
		_, err = c.GetPrompt(ctx, name)
	}
	return err
}

// GetPrompt returns a prompt with its aliases. [IsNotFound] holds for an unknown one,
// [ErrNoPrompt] for a model.
func (c *Client) GetPrompt(ctx context.Context, name string) (RegisteredPrompt, error) {
	var out struct {
		Model registeredModelJSON `json:"registered_model"`
	}
	const path = "api/2.0/mlflow/registered-models/get"
	err := c.call(ctx, http.MethodGet, path, url.Values{"name": {name}}, nil, &out)
	if err != nil {
		return RegisteredPrompt{}, err
	}
	if out.Model.Name != name {
		return RegisteredPrompt{}, c.other(http.MethodGet, path, "prompt", out.Model.Name, name)
	}
	return out.Model.prompt()
}

// Prompts calls visit for each prompt by name, in pages of 100, until visit returns an error,
// which is returned.
func (c *Client) Prompts(ctx context.Context, visit func(RegisteredPrompt) error) error {
	for token, page := "", 0; ; page++ {
		var out struct {
			Models list[registeredModelJSON] `json:"registered_models"`
			Next   string                    `json:"next_page_token"`
		}
		const path = "api/2.0/mlflow/registered-models/search"
		err := c.call(ctx, http.MethodGet, path, searchQuery(token, url.Values{
			"filter": {"tag.`" + isPromptTag + "` = 'true'"}, "order_by": {"name ASC"},
		}), nil, &out)
		if err == nil {
			err = c.turned(http.MethodGet, path, token, out.Next, page)
		}
		if err != nil {
			return fmt.Errorf("search prompts: %w", err)
		}
		for _, m := range out.Models {
			p, err := m.prompt()
			if err == nil {
				err = visit(p)
			}
			if err != nil {
				return err
			}
		}
		if token = out.Next; token == "" {
			return nil
		}
	}
}

// searchQuery is the query of one page of a search.
func searchQuery(token string, q url.Values) url.Values {
	q.Set("max_results", strconv.Itoa(promptPage))
	if token != "" {
		q.Set("page_token", token)
	}
	return q
}

// PromptVersions calls visit for each version of a prompt, newest first, in pages of 100,
// until visit returns an error, which is returned. A prompt that does not exist has none.
func (c *Client) PromptVersions(ctx context.Context, name string, visit func(PromptVersion) error) error {
	for token, page := "", 0; ; page++ {
		var out struct {
			Versions list[modelVersionJSON] `json:"model_versions"`
			Next     string                 `json:"next_page_token"`
		}
		const path = "api/2.0/mlflow/model-versions/search"
		err := c.call(ctx, http.MethodGet, path, searchQuery(token, url.Values{
			"filter":   {"name = '" + strings.ReplaceAll(name, "'", "") + "' AND tag.`" + isPromptTag + "` = 'true'"},
			"order_by": {"version_number DESC"},
		}), nil, &out)
		if err == nil {
			err = c.turned(http.MethodGet, path, token, out.Next, page)
		}
		if err != nil {
			return fmt.Errorf("search versions of prompt %s: %w", name, err)
		}
		for _, m := range out.Versions {
			v, err := m.prompt()
			if err == nil {
				err = visit(v)
			}
			if err != nil {
				return err
			}
		}
		if token = out.Next; token == "" {
			return nil
		}
	}
}

// GetPromptVersion returns one version. [IsNotFound] holds for an unknown one, [ErrNoPrompt]
// for a version of a model.
func (c *Client) GetPromptVersion(ctx context.Context, name string, version int) (PromptVersion, error) {
	return c.promptVersion(ctx, "api/2.0/mlflow/model-versions/get", name, url.Values{"version": {strconv.Itoa(version)}})
}

// GetPromptByAlias returns the version that an alias leads to. [IsNotFound] holds for an
// unknown alias and an unknown prompt. The answer's Aliases may be empty on MLflow before 3.
func (c *Client) GetPromptByAlias(ctx context.Context, name, alias string) (PromptVersion, error) {
	return c.promptVersion(ctx, "api/2.0/mlflow/registered-models/alias", name, url.Values{"alias": {alias}})
}

func (c *Client) promptVersion(ctx context.Context, path, name string, q url.Values) (PromptVersion, error) {
	var out struct {
		Version modelVersionJSON `json:"model_version"`
	}
	q.Set("name", name)
	if err := c.call(ctx, http.MethodGet, path, q, nil, &out); err != nil {
		return PromptVersion{}, err
	}
	if out.Version.Name != name {
		return PromptVersion{}, c.other(http.MethodGet, path, "prompt", out.Version.Name, name)
	}
	return out.Version.prompt()
}

// SetPromptAlias has an alias lead to a version, and to no other. "latest" and v followed by
// a number are refused by the server.
func (c *Client) SetPromptAlias(ctx context.Context, name, alias string, version int) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/registered-models/alias", nil, map[string]string{
		"name": name, "alias": alias, "version": strconv.Itoa(version),
	}, nil)
}

// DeletePromptAlias removes an alias. One that is not there is no error.
func (c *Client) DeletePromptAlias(ctx context.Context, name, alias string) error {
	return c.call(ctx, http.MethodDelete, "api/2.0/mlflow/registered-models/alias", nil, map[string]string{"name": name, "alias": alias}, nil)
}

// SetPromptVersionTag writes a tag of a version, which its page shows as metadata.
func (c *Client) SetPromptVersionTag(ctx context.Context, name string, version int, key, value string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/model-versions/set-tag", nil, map[string]string{
		"name": name, "version": strconv.Itoa(version), "key": key, "value": value,
	}, nil)
}

// ShowPromptIn lists a prompt among those of an experiment too. Two that do so at the same
// moment for the same prompt may lose one of the two.
func (c *Client) ShowPromptIn(ctx context.Context, name, experimentID string) error {
	p, err := c.GetPrompt(ctx, name)
	if err != nil || slices.Contains(p.Experiments, experimentID) {
		return err
	}
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/registered-models/set-tag", nil, map[string]string{
		"name": name, "key": promptExperimentsTag, "value": "," + strings.Join(append(p.Experiments, experimentID), ",") + ",",
	}, nil)
}
