package runs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// picture begins as a PNG does and has 48,213 bytes.
func picture() []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0xfb, 0xef, 0xbe, 0xff, 0xff}, 9641)...)
}

func pictureBase64() string { return base64.StdEncoding.EncodeToString(picture()) }

func pictureURL() string { return "data:image/png;base64," + pictureBase64() }

// attached gives the attributes of each span by its name, with references.
func attached(t *testing.T, td *tracepb.TracesData) (map[string]m, []Attachment) {
	t.Helper()
	out, files := Read(td, Rules{}).AnnotatedWithAttachments()
	all := map[string]m{}
	for _, s := range otlp.Spans(out) {
		all[s.Name] = value.Attributes(s.Attributes)
	}
	return all, files
}

func genAIPicture() string {
	return `[{"role":"user","parts":[{"type":"text","content":"What is it?"},{"type":"blob","modality":"image","mime_type":"image/png",` +
		`"content":"` + pictureBase64() + `"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"zoom","arguments":{}}]}]`
}

func pictureTrace() *tracepb.TracesData {
	return traceOf(
		span{Name: "agent", To: 100, Attrs: m{"gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": genAIPicture()}},
		span{Name: "chat m", Parent: "agent", From: 1, To: 50, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.input.messages": genAIPicture()}},
	)
}

func TestAPictureIsAFileOfItsRunOnce(t *testing.T) {
	td := pictureTrace()
	before := proto.CloneOf(td)
	p := one(t, td, Rules{})
	if !proto.Equal(td, before) {
		t.Error("reading changed what was read")
	}
	var files []string
	for _, r := range p.Runs {
		for _, a := range r.Artifacts {
			if strings.HasPrefix(a.Path, "media/") {
				files = append(files, r.Name+" "+a.Path)
				if !bytes.Equal(a.Body, picture()) {
					t.Errorf("%s has %d bytes", a.Path, len(a.Body))
				}
			} else if bytes.Contains(a.Body, []byte(pictureBase64()[:100])) {
				t.Errorf("%s of %s holds the picture", a.Path, r.Name)
			}
		}
	}
	if len(files) != 1 || !strings.HasPrefix(files[0], "agent media/") || !strings.HasSuffix(files[0], ".png") {
		t.Fatalf("files %q", files)
	}
	path := strings.TrimPrefix(files[0], "agent ")
	for _, r := range p.Runs {
		if name := "messages.json"; r.Name != "agent" && !strings.Contains(artifact(r, name), "[image/png, 48 kB: "+path+"]") {
			t.Errorf("%s of %s does not name the file: %.300s", name, r.Name, artifact(r, name))
		}
	}
	if p.Trace.RequestPreview != "What is it?" {
		t.Errorf("preview %q", p.Trace.RequestPreview)
	}
}

func TestPreviewsSayWhatAPictureIs(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"beside a question": {genAIPicture(), "What is it?"},
		"alone": {`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + pictureURL() + `"}}]}]`,
			"[image/png, 48 kB]"},
		"alone, Gemini": {`{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"` + pictureBase64() + `"}}]}]}`,
			"[image/png, 48 kB]"},
		"within a text":      {"What is ![this](" + pictureURL() + ")?", "What is ![this]([image/png, 48 kB])?"},
		"nothing but itself": {pictureURL(), "[image/png, 48 kB]"},
		"of a tool": {`[{"role":"user","content":"Look."},{"role":"user","content":[{"type":"tool_result","content":[{"type":"image",` +
			`"source":{"type":"base64","media_type":"image/png","data":"` + pictureBase64() + `"}}]}]}]`, "Look."},
	} {
		p := one(t, traceOf(span{Name: "chat m", To: 9, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.input.messages": c.in}}), Rules{})
		if p.Trace.RequestPreview != c.want {
			t.Errorf("%s: preview %q, want %q", name, p.Trace.RequestPreview, c.want)
		}
	}
}

func TestSpansReferToAttachments(t *testing.T) {
	td := pictureTrace()
	got, files := attached(t, td)
	if len(files) != 1 || files[0].ContentType != "image/png" || !bytes.Equal(files[0].Body, picture()) {
		t.Fatalf("%d attachments", len(files))
	}
	ref := fmt.Sprintf("mlflow-attachment://%s?content_type=image%%2Fpng&size=48213&trace_id=tr-%s", files[0].ID, files[0].TraceID)
	// MLflow's page shows a conversation only when all of its parts are text or tool calls.
	want := `[{"parts":[{"content":"What is it?","type":"text"},{"content":"![image/png](` + ref + `)","type":"text"}],"role":"user"},` +
		`{"parts":[{"arguments":{},"id":"1","name":"zoom","type":"tool_call"}],"role":"assistant"}]`
	if s := got["chat m"]["gen_ai.input.messages"]; s != want {
		t.Errorf("messages %.600v", s)
	}
	if s := value.Text(got["agent"]["mlflow.spanInputs"]); !strings.Contains(s, `What is it?\n\n![image/png](`+ref) {
		t.Errorf("the root's input %.500s", s)
	}
	plain := annotated(td)
	if s := value.Text(plain["chat m"]["gen_ai.input.messages"]); s != genAIPicture() {
		t.Errorf("without attachments the spans hold %.200s", s)
	}
	if s := value.Text(plain["agent"]["mlflow.spanInputs"]); !strings.Contains(s, `"What is it?"`) {
		t.Errorf("without attachments the root's input is %.500s", s)
	}
}

// What MLflow's own exporter refers to (mlflow/entities/span.py) is read by its page as
// it stands.
func TestOtherMessagesKeepTheirForm(t *testing.T) {
	for _, in := range []string{
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"%s"}}],"n":1.50}]}`,
		`{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}]}]}`,
	} {
		payload := pictureBase64()
		if strings.Contains(in, "image_url") {
			payload = pictureURL()
		}
		got, files := attached(t, traceOf(span{Name: "a", To: 9, Attrs: m{"input.value": fmt.Sprintf(in, payload)}}))
		ref := fmt.Sprintf("mlflow-attachment://%s?content_type=image%%2Fpng&size=48213&trace_id=tr-%s", files[0].ID, files[0].TraceID)
		if s := got["a"]["input.value"]; s != fmt.Sprintf(in, ref) {
			t.Errorf("%.300v", s)
		}
	}
}

func TestEventsHoldPicturesToo(t *testing.T) {
	td := traceOf(span{Name: "chat m", To: 9, Attrs: m{"gen_ai.operation.name": "chat"}, Events: []event{{Name: "gen_ai.user.message", Attrs: m{
		"content": `[{"type":"image_url","image_url":{"url":"` + pictureURL() + `"}}]`, "role": "user"}}}})
	out, files := Read(td, Rules{}).AnnotatedWithAttachments()
	if len(files) != 1 {
		t.Fatalf("%d attachments", len(files))
	}
	for _, s := range otlp.Spans(out) {
		if v := s.Events[0].Attributes; !strings.Contains(fmt.Sprint(v), "mlflow-attachment://") {
			t.Errorf("event %.200v", v)
		}
	}
}

// A file that a program made itself keeps its pictures, or it would not show them.
func TestFilesOfTheProgramStayWhole(t *testing.T) {
	page := `<img src="` + pictureURL() + `">`
	p := one(t, traceOf(span{Name: "job", To: 9, Attrs: m{"mlflow.run.artifact.page.html": page, "page": page}}),
		Rules{Runs: []RunRule{{Span: "job", Artifacts: map[string]string{"other.html": "page"}}}})
	for _, path := range []string{"page.html", "other.html"} {
		if artifact(p.Runs[0], path) != page {
			t.Errorf("%s is %.100s", path, artifact(p.Runs[0], path))
		}
	}
}

func TestFilesBeyondTheBoundsAreCounted(t *testing.T) {
	large := base64.StdEncoding.EncodeToString(append(picture(), make([]byte, 11<<20)...))
	td := traceOf(span{Name: "a", To: 9, Attrs: m{"input.value": "data:image/png;base64," + large}})
	p := one(t, td, Rules{})
	if len(p.Notes) != 1 || !strings.HasPrefix(p.Notes[0], "1 files in messages left out") {
		t.Errorf("notes %q", p.Notes)
	}
	if want := "[image/png, 11.6 MB, left out]"; p.Trace.RequestPreview != want {
		t.Errorf("preview %q, want %q", p.Trace.RequestPreview, want)
	}
	got, files := attached(t, td)
	if len(files) != 0 || got["a"]["input.value"] != "[image/png, 11.6 MB, left out]" {
		t.Errorf("%d attachments, input %.100v", len(files), got["a"]["input.value"])
	}
	few := Rules{Limits: Limits{ArtifactBytes: 100}}
	left := func(s string) bool { return strings.Contains(s, "48213 bytes left out") }
	if p := one(t, pictureTrace(), few); !slices.ContainsFunc(p.Notes, left) {
		t.Errorf("notes %q", p.Notes)
	}
}

func TestTheOrderOfSpansChangesNoFile(t *testing.T) {
	shape := func(td *tracepb.TracesData) string {
		b, err := json.Marshal(project(td, Rules{}))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := shape(pictureTrace())
	td := pictureTrace()
	slices.Reverse(td.ResourceSpans[0].ScopeSpans[0].Spans)
	if shape(td) != want {
		t.Error("reversed, the projection is another one")
	}
}

func TestTracesWithoutFilesHaveNoAttachments(t *testing.T) {
	td, files := Read(traceOf(span{Name: "a", To: 9, Attrs: m{"input.value": strings.Repeat("words and more ", 100)}}), Rules{}).
		AnnotatedWithAttachments()
	if td != nil || files != nil {
		t.Error("attachments of nothing")
	}
}
