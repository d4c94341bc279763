package dialect

import (
	"cmp"
	"slices"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Facts is one span, read through the table. Read makes it; nobody changes it
// afterwards.
type Facts struct {
	Kind      kind.Kind
	KindGiven bool // the span itself says its kind, so that nothing below corrects it
	// Anonymous: nothing but usage makes the span a model call. It may as well be a part
	// of one, or a step around several.
	Anonymous bool

	Model, Answering      string // requested model, model that answered
	Provider, Agent       string
	TraceName             string // what the program calls the trace or operation
	ResponseID            string
	FinishReason          string
	Session, User         string
	ErrorText             string
	ToolName, ToolCallID  string
	Params                map[string]any // settings of the request
	PromptVariables       map[string]any // what was filled into a prompt's template, by name
	Usage                 Usage
	Cost                  *float64 // US dollars; nil: not known
	CostIn, CostOut       float64
	Input, Output, System Content
	Tools, Documents      Content
	ToolArgs, ToolResult  Content

	Attrs []Attr // all attributes, sorted by key, indexed ones gathered
	Noise bool   // transport chatter, not a step of the program

	hasShares  bool // there is a CostIn or CostOut
	vector     bool
	notTool    bool      // what stands for a tool's name is none
	hint       kind.Kind // by an attribute that nobody listed
	signs      uint64    // meanings found under names of GenAI alone, a bit each
	modelGroup string    // a name under which LiteLLM's proxy offers one of several models
	usageKey   string    // where the number of input tokens was found
	hidden     map[Meaning]bool
	// counted: only what is counted, and the names that go with it, are wanted. Content is then not read, beyond where
	// a provider's answer may hold the counts.
	counted bool
}

// shows reports whether the span has an attribute of that meaning under a name that
// only GenAI programs use, and not just under one that looks like it.
func (f *Facts) shows(ms ...Meaning) bool {
	for _, m := range ms {
		if f.signs&(1<<m) != 0 {
			return true
		}
	}
	return false
}

// CountsUsage reports whether the span's numbers of tokens are those of a model, not of
// a parser or a lexer: the span is GenAI work, or says so by their names or a model's.
func (f *Facts) CountsUsage() bool {
	return f.Usage.Known() && (f.Kind != kind.Unknown || f.shows(InputTokens, OutputTokens, TotalTokens, UsageObject) || f.speaksOfModel())
}

// ShowsCost reports whether the span's cost is that of a model by its name.
func (f *Facts) ShowsCost() bool { return f.shows(Cost, CostShare, CostObject) }

// speaksOfModel reports whether there is a model and what it used on either side.
func (f *Facts) speaksOfModel() bool {
	return (f.Model != "" || f.Answering != "") && f.Usage.hasInput && f.Usage.hasOutput
}

// Attr is one attribute as read.
type Attr struct {
	Key   string
	Value any
	Means Meaning
	Param string // name of the setting, for Param

	ByLastWord bool // its meaning was guessed from the last word of its name
	guessed    bool // nobody listed its name
	clues      clue // of a name that nobody listed
	Ignored    bool // by the rules
}

// Hides reports whether the rules keep an attribute of that meaning off the run,
// though it is known.
func (f *Facts) Hides(m Meaning) bool { return f.hidden[m] }

// HasMessages reports whether messages were found under a name of the table, not
// by a guess.
func (f *Facts) HasMessages() bool { return f.Input.known() || f.Output.known() }

// OutputListed reports whether an output was found under a name of the table.
func (f *Facts) OutputListed() bool { return f.Output.known() }

// Models returns the requested model and, where it is another, the one that
// answered. Some dialects have only the answering one and keep the requested one
// among the settings.
func (f *Facts) Models() (model, answering string) {
	model, answering = f.Model, f.Answering
	if m := value.Word(f.Params["model"]); m != "" {
		if answering == "" {
			answering = model
		}
		model = m
	}
	if answering == model {
		answering = ""
	}
	return model, answering
}

// Contents returns all places of content.
func (f *Facts) Contents() []Content {
	return []Content{f.Input, f.Output, f.System, f.Tools, f.Documents, f.ToolArgs, f.ToolResult}
}

// Holds reports whether the facts have the very value of the attribute, so that
// showing the attribute too would say nothing new.
func (f *Facts) Holds(a *Attr) bool {
	if a.Means == Param {
		return value.Word(f.Params[a.Param]) == value.Word(a.Value)
	}
	switch label(a.Value) {
	case f.Model, f.Answering, f.Provider, f.Agent, f.ResponseID, f.FinishReason, f.Session, f.User, f.ToolName, f.ToolCallID,
		f.ErrorText, "":
		return true
	}
	return false
}

// Read reads one span. Order of attributes does not matter: the table's order
// decides between several names for one thing.
//
// An ignored attribute still says what the span is and what it used, so that
// ignoring changes no count, but gives no content, setting or label.
func Read(s *tracepb.Span, ignored func(key string) bool) *Facts {
	f := &Facts{}
	f.read(s, ignored)
	return f
}

// ReadCounted reads of a span what Light leaves of it, as Read does, and leaves content alone as far as it can: prompts
// and answers are neither copied nor parsed, and session, settings and reason of the end may be missing.
func ReadCounted(s *tracepb.Span) *Facts {
	f := &Facts{counted: true}
	f.read(s, func(string) bool { return false })
	return f
}

func (f *Facts) read(s *tracepb.Span, ignored func(key string) bool) {
	f.Params = map[string]any{}
	f.Attrs = gather(s.GetAttributes(), f.counted)
	f.addEventContent(s.GetEvents())
	f.takeAll(ignored)
	if f.Kind == kind.Unknown {
		f.Kind = f.inferKind(s.GetName())
	}
	if f.Kind == kind.Tool && f.ToolCallID == "" {
		f.ToolCallID = f.callID()
	}
	if f.Kind == kind.Tool && (f.notTool || strings.Contains(s.GetName(), "execute_tool (")) {
		f.Kind = kind.Chain
	}
	f.dropGuesses()
	if f.Session == "" && !f.counted {
		f.Session = f.sessionOfMetadata()
	}
	switch {
	case f.Kind.Model():
		f.searchCall()
	case f.Kind == kind.Embedding && !f.Usage.Known():
		f.searchUsage(isInputUsage)
	case f.Kind == kind.Retriever && !f.Documents.Set() && !f.counted:
		if _, list := f.Output.Read().([]any); list {
			f.Documents = f.Output
		}
	}
	if f.Answering == f.modelGroup { // what a proxy calls its models is none
		f.Answering = ""
	}
	if f.Model == "" && f.Kind.Model() {
		f.Model = f.Answering
	}
	if f.FinishReason == "" && f.Kind.Model() && !f.counted {
		f.FinishReason = finishReason(f.Output.Read())
	}
	if f.Cost == nil && !f.hasShares && (f.Kind.Model() || f.Kind == kind.Embedding || f.Kind == kind.Agent) {
		f.findOwnCost()
	}
	if f.Cost == nil && f.hasShares {
		sum := f.CostIn + f.CostOut
		f.Cost = &sum
	}
	f.Usage.cacheApart = f.countsCacheApart()
	f.Usage = f.Usage.normalized()
}

// dropGuesses gives up models and settings under names that nobody listed, where nothing
// else on the span has to do with a model: a car has a model too, and a room a
// temperature.
func (f *Facts) dropGuesses() {
	switch f.Kind {
	case kind.LLM, kind.Chat, kind.Embedding, kind.Reranker, kind.Agent, kind.Chain:
		return
	}
	if f.Provider != "" || f.Usage.Known() {
		return
	}
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if !a.guessed {
			continue
		}
		switch {
		case a.Means == Model && !f.shows(Model):
			f.Model = ""
		case a.Means == AnsweringModel && !f.shows(AnsweringModel):
			f.Answering = ""
		case a.Means == Param && value.Word(f.Params[a.Param]) == value.Word(a.Value):
			delete(f.Params, a.Param)
		default:
			continue
		}
		a.Means, a.Param = None, ""
	}
}

// takeAll looks up every attribute and takes them in the order of the table, so
// that the first to say something is the best-ranked one.
func (f *Facts) takeAll(ignored func(key string) bool) {
	type ranked struct{ at, rank int }
	order := make([]ranked, len(f.Attrs))
	ix := table()
	for i := range f.Attrs {
		a := &f.Attrs[i]
		r := ix.find(a.Key)
		rank := r.rank
		a.clues = r.clues
		if r.byLastWord && !couldBeContent(a.Value) {
			r = reading{}
		}
		a.guessed = rank >= rankGuessed
		a.Means, a.Param, a.ByLastWord, a.Ignored = r.means, r.param, r.byLastWord, ignored(a.Key)
		order[i] = ranked{i, rank}
	}
	slices.SortStableFunc(order, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	for _, o := range order {
		a := &f.Attrs[o.at]
		if a.Ignored {
			if f.hidden == nil {
				f.hidden = map[Meaning]bool{}
			}
			f.hidden[a.Means] = true
			if a.Means.onlyShown() {
				continue
			}
		}
		f.take(a, o.rank)
	}
}

// couldBeContent keeps a guess from taking a number of messages for messages, or whether
// there was a human input for one.
func couldBeContent(v any) bool {
	switch x := v.(type) {
	case string:
		t := strings.TrimSpace(x)
		if len(t) > len("false") {
			return true
		}
		switch strings.ToLower(t) {
		case "true", "false", "none", "null":
			return false
		}
		return true
	case []any, map[string]any:
		return true
	}
	return false
}

// Light returns a copy without content and settings, for which the span need not be kept, and whose size has a bound
// whatever the span says. Of the attributes those in keep stay, as words, of the settings the model.
func (f *Facts) Light(keep []string) *Facts {
	light := *f
	light.Input, light.Output, light.System = Content{}, Content{}, Content{}
	light.Tools, light.Documents, light.ToolArgs, light.ToolResult = Content{}, Content{}, Content{}, Content{}
	light.PromptVariables, light.hidden, light.Attrs, light.Params = nil, nil, nil, nil
	light.usageKey, light.modelGroup = "", ""
	for m := range Hidden { // a name may be a part of a longer text, which it would keep
		if name := light.place(m); name != nil {
			*name = strings.Clone(*name)
		}
	}
	if m := value.Word(f.Params["model"]); m != "" && len(m) <= maxLabel {
		light.Params = map[string]any{"model": strings.Clone(m)}
	}
	for _, a := range f.Attrs {
		if !slices.Contains(keep, a.Key) {
			continue
		}
		if w := value.Word(a.Value); len(w) <= maxLabel {
			a.Value = strings.Clone(w)
			light.Attrs = append(light.Attrs, a)
		}
	}
	return &light
}
