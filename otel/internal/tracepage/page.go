package tracepage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/internal/tracejson"
)

// Bounds of a page. A browser draws this much at once without a wait that people
// notice; the spans themselves lie beside the page as OTLP.
const (
	maxRows   = 2000
	maxValue  = 8 << 10 // bytes of one text
	maxLabel  = 200     // bytes of a name, in a row
	maxFields = 100     // attributes of a span or an event
	maxEvents = 50      // of a span, and links
	maxPage   = 8 << 20 // bytes; then rows have no content any more
	maxIndent = 24      // levels that are drawn as such
)

// HTML returns the page of a trace. Data without spans gives a page that says so.
func HTML(td *tracepb.TracesData) []byte {
	all := rows(td)
	p := &page{services: map[string]bool{}}
	for _, r := range all {
		if p.from == 0 || r.start() < p.from {
			p.from = r.start()
		}
		p.to = max(p.to, r.end())
		p.services[service(r)] = true
		if failed(r.span) {
			p.failed++
		}
	}
	p.open(all)
	for _, r := range all[:min(len(all), maxRows)] {
		p.row(r)
	}
	p.print("</main></body></html>\n")
	return p.out.Bytes()
}

// page writes the page of one trace.
type page struct {
	out      bytes.Buffer
	from, to uint64 // nanoseconds since 1970
	failed   int
	services map[string]bool
}

// print writes HTML. Arguments must be numbers or have gone through esc.
func (p *page) print(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

// esc makes text of a span safe to stand in HTML, as content and in quotes.
func esc(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError // no character of HTML
		}
		return r
	}, otlp.ValidText(text)))
}

func (p *page) open(all []*row) {
	title := "Trace without spans"
	if len(all) > 0 {
		title = cut(all[0].span.GetName(), maxLabel)
	}
	p.print("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>\n"+
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>%s</style></head>\n<body><header><h1>%s</h1>",
		esc(title), style, esc(title))
	if len(all) == 0 {
		p.print("</header><main>")
		return
	}
	state := `<b class="ok">OK</b>`
	if failed(all[0].span) {
		state = `<b class="error">failed</b>`
	}
	p.print(`<div class="facts"><span>%s</span><span>Duration <b>%s</b></span><span>Spans <b>%d</b></span>`,
		state, duration(p.to-p.from), len(all))
	if p.failed > 0 {
		p.print(`<span>Errors <b class="error">%d</b></span>`, p.failed)
	}
	if tokens := usage(all[0].span); tokens != "" {
		p.print(`<span>Tokens <b>%s</b></span>`, esc(tokens))
	}
	names := slices.Sorted(maps.Keys(p.services))
	p.print(`<span>Service <b>%s</b></span><span>Start <b>%s</b></span><span>Trace <b class="id">%s</b></span></div></header>`,
		esc(cut(strings.Join(names, ", "), maxLabel)), moment(p.from), otlp.TraceID(all[0].span))
	if len(all) > maxRows {
		p.print(`<p class="note">%d of %d spans are shown; trace.otlp.json holds all.</p>`, maxRows, len(all))
	}
	p.print(`<main><div class="head"><span>Span</span><span class="time">Duration</span><span class="axis">`)
	for quarter := range uint64(5) {
		p.print(`<i style="left:%d%%">%s</i>`, quarter*25, duration((p.to-p.from)/4*quarter))
	}
	p.print("</span></div>\n")
}

// row writes one span: a line that opens.
func (p *page) row(r *row) {
	attributes := plain(r.span.GetAttributes())
	kind := unquote(attributes["mlflow.spanType"])
	p.print(`<details class="s %s" style="--d:%d"><summary><span class="name"><span class="guide"></span><span class="turn"></span>`,
		class(kind), min(r.depth, maxIndent))
	name := r.span.GetName()
	if name == "" {
		name = "unnamed"
	}
	p.print(`<span class="text">%s</span>`, esc(cut(name, maxLabel)))
	if kind != "" && kind != "UNKNOWN" {
		p.print(`<span class="tag">%s</span>`, esc(cut(kind, 24)))
	}
	if len(p.services) > 1 {
		p.print(`<span class="tag plain">%s</span>`, esc(cut(service(r), 40)))
	}
	if tokens := usage(r.span); tokens != "" {
		p.print(`<span class="tag plain">%s</span>`, esc(tokens))
	}
	switch {
	case failed(r.span):
		p.print(`<span class="tag bad">error</span>`)
	case r.span.GetEndTimeUnixNano() == 0:
		p.print(`<span class="tag bad">not ended</span>`)
	}
	if r.lost {
		p.print(`<span class="tag plain">parent not here</span>`)
	}
	bar := "bar"
	if failed(r.span) {
		bar = "bar failed"
	}
	left, width := p.share(r.start()-p.from), p.share(r.end()-r.start())
	p.print(`</span><span class="time">%s</span><span class="track"><span class="%s" style="left:%s%%;width:%s%%"></span></span></summary>`,
		duration(r.end()-r.start()), bar, percent(min(left, 99.8)), percent(width))
	if p.out.Len() < maxPage {
		p.content(r, attributes)
	}
	p.print("</details>\n")
}

// share is a part of the trace's duration in percent.
func (p *page) share(ns uint64) float64 {
	if p.to <= p.from {
		return 0
	}
	return float64(ns) / float64(p.to-p.from) * 100
}

func percent(f float64) string { return strconv.FormatFloat(math.Round(f*1000)/1000, 'f', -1, 64) }

// content writes what a line opens to.
func (p *page) content(r *row, attributes map[string]any) {
	p.print(`<div class="body">`)
	if m := r.span.GetStatus().GetMessage(); m != "" {
		p.print(`<h2>Status</h2><pre class="error">%s</pre>`, esc(cut(m, maxValue)))
	}
	input, output := tracejson.Content(r.span)
	for _, io := range [][2]string{{"Input", input}, {"Output", output}} {
		if io[1] != "" {
			p.print(`<h2>%s</h2><pre class="io">%s</pre>`, io[0], esc(readable(io[1])))
		}
	}
	delete(attributes, "mlflow.spanInputs")
	delete(attributes, "mlflow.spanOutputs")
	p.print(`<h2>Span</h2><table><tr><td>id</td><td class="id">%s</td></tr>`, r.id)
	if parent := otlp.ParentID(r.span); parent.IsValid() {
		p.print(`<tr><td>parent</td><td class="id">%s</td></tr>`, parent)
	}
	p.print(`<tr><td>start</td><td>%s <span class="soft">+%s</span></td></tr>`, moment(r.start()), duration(r.start()-p.from))
	if scope := r.at.Scope.GetScope().GetName(); scope != "" {
		p.print(`<tr><td>instrumentation</td><td>%s %s</td></tr>`,
			esc(cut(scope, maxLabel)), esc(cut(r.at.Scope.GetScope().GetVersion(), maxLabel)))
	}
	p.print(`</table>`)
	if len(attributes) > 0 {
		p.print(`<h2>Attributes</h2>`)
		p.fields(attributes)
	}
	p.events(r)
	if n := len(r.span.GetLinks()); n > 0 {
		p.print(`<h2>Links</h2><table>`)
		for _, l := range r.span.GetLinks()[:min(n, maxEvents)] {
			p.print(`<tr><td>trace %s</td><td class="id">span %s</td></tr>`, esc(hexOf(l.GetTraceId())), esc(hexOf(l.GetSpanId())))
		}
		p.print(`</table>`)
	}
	p.print(`</div>`)
}

func (p *page) events(r *row) {
	events := r.span.GetEvents()
	if len(events) == 0 {
		return
	}
	p.print(`<h2>Events</h2>`)
	for i, e := range events {
		if i == maxEvents {
			p.print(`<p class="soft">%d more events</p>`, len(events)-i)
			break
		}
		offset := ""
		if t := e.GetTimeUnixNano(); t >= p.from {
			offset = "+" + duration(t-p.from)
		}
		p.print(`<details><summary>%s <span class="soft">%s</span></summary>`, esc(cut(e.GetName(), maxLabel)), offset)
		p.fields(plain(e.GetAttributes()))
		p.print(`</details>`)
	}
}

// fields writes attributes as a table, in the order of their keys.
func (p *page) fields(attributes map[string]any) {
	p.print(`<table>`)
	for i, k := range slices.Sorted(maps.Keys(attributes)) {
		if i == maxFields {
			p.print(`<tr><td class="soft">%d more</td><td></td></tr>`, len(attributes)-i)
			break
		}
		p.print(`<tr><td>%s</td><td><pre>%s</pre></td></tr>`, esc(cut(k, maxLabel)), esc(readable(attributes[k])))
	}
	p.print(`</table>`)
}

// readable is a value as people read it: JSON, also JSON in text, in lines.
func readable(v any) string {
	text, isText := v.(string)
	if !isText {
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		text = string(b)
	}
	if len(text) > 1 && len(text) <= maxValue && strings.ContainsRune(`{["`, rune(text[0])) {
		var s string
		var b bytes.Buffer
		switch {
		case json.Unmarshal([]byte(text), &s) == nil:
			text = s
		case json.Indent(&b, []byte(text), "", "  ") == nil && b.Len() <= 4*maxValue:
			return b.String()
		}
	}
	return cut(text, maxValue)
}

func plain(kvs []*commonpb.KeyValue) map[string]any {
	m := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		if kv != nil {
			m[otlp.ValidText(kv.GetKey())] = otlp.Value(kv.GetValue())
		}
	}
	return m
}

// usage is the tokens of a span as MLflow counts them, such as "632 → 88".
func usage(s *tracepb.Span) string {
	for _, kv := range s.GetAttributes() {
		if kv.GetKey() != "mlflow.chat.tokenUsage" {
			continue
		}
		var u struct {
			In  json.Number `json:"input_tokens"`
			Out json.Number `json:"output_tokens"`
		}
		if text := kv.GetValue().GetStringValue(); len(text) < maxValue && json.Unmarshal([]byte(text), &u) == nil && u.In+u.Out != "" {
			return cut(string(u.In), 20) + " → " + cut(string(u.Out), 20)
		}
	}
	return ""
}

// class is the CSS class of a span's type; types of one's own have none.
func class(kind string) string {
	for _, r := range kind {
		if r != '_' && (r < 'A' || r > 'Z') {
			return ""
		}
	}
	return "t-" + strings.ToLower(cut(kind, 24))
}

func unquote(v any) string {
	text, _ := v.(string)
	var s string
	if json.Unmarshal([]byte(text), &s) == nil {
		return s
	}
	return text
}

func service(r *row) string {
	for _, kv := range r.at.Resource.GetResource().GetAttributes() {
		if kv.GetKey() == "service.name" {
			return otlp.ValidText(kv.GetValue().GetStringValue())
		}
	}
	return "unknown"
}

func failed(s *tracepb.Span) bool { return s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR }

func hexOf(id []byte) string { return fmt.Sprintf("%.64x", id) }

func moment(ns uint64) string {
	return time.Unix(0, int64(min(ns, math.MaxInt64))).UTC().Format("2006-01-02 15:04:05.000 UTC") //nolint:gosec // bounded just before
}

// duration is a span of time with three digits or so.
func duration(ns uint64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{3600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if n := float64(ns) / unit.size; n >= 1 {
			return strconv.FormatFloat(n, 'f', max(0, 2-int(math.Log10(n))), 64) + " " + unit.name
		}
	}
	if ns == 0 {
		return "0"
	}
	return strconv.FormatUint(ns, 10) + " ns"
}

// cut shortens text to about limit bytes and says by how much.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	n := limit
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	if limit <= maxLabel {
		return text[:n] + "…"
	}
	return fmt.Sprintf("%s… (%d bytes left out)", text[:n], len(text)-n)
}
