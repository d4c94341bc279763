package deliver

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// picture is a PNG of which each number gives another.
func picture(t testing.TB, n uint8) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			p.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), n, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictureTrace is an agent whose model call is asked about a picture.
func pictureTrace(n uint64, body []byte) *tracepb.TracesData {
	data := base64.StdEncoding.EncodeToString(body)
	return traces(
		newSpan(n, 2, 1, "chat m", 10*ms, 400*ms, kv("gen_ai.operation.name", "chat"), kv("gen_ai.request.model", "m"),
			kv("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"What is it?"},`+
				`{"type":"blob","modality":"image","mime_type":"image/png","content":"`+data+`"}]}]`)),
		newSpan(n, 1, 0, "invoke_agent a", 0, 500*ms, kv("gen_ai.operation.name", "invoke_agent"), kv("gen_ai.agent.name", "a")),
	)
}

// attachmentsOf gives what of a trace is attached to it.
func attachmentsOf(t testing.TB, td *tracepb.TracesData) []runs.Attachment {
	t.Helper()
	_, all := runs.Read(td, runs.Rules{}).AnnotatedWithAttachments()
	return all
}

func TestAPictureIsReadBackByteForByte(t *testing.T) {
	c := newClient(t, server.URI(t))
	body := picture(t, 1)
	td := pictureTrace(900, body)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), WithoutExperimentSetup())
	var calls int
	for range 2 { // the second time changes nothing
		r, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true})
		if err != nil || r.Incomplete() != "" {
			t.Fatalf("%v, incomplete %q", err, r.Incomplete())
		}
		calls = r.Calls
		file, err := c.GetArtifact(t.Context(), artifactRoot(t, c, r.Runs[[8]byte(spanIDNumber(2))]), mediaPath(t, td))
		if err != nil || !bytes.Equal(file, body) {
			t.Errorf("the run's file has %d bytes, want %d: %v", len(file), len(body), err)
		}
	}
	want := attachmentsOf(t, td)
	got, err := c.GetAttachment(t.Context(), traceLocation(t, c, td), want[0].ID)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("the attachment has %d bytes, want %d: %v", len(got), len(body), err)
	}
	if calls > 24+3 { // to find its folder, and the picture twice
		t.Errorf("%d calls", calls)
	}
}

func artifactRoot(t testing.TB, c *mlflow.Client, runID string) mlflow.ArtifactRoot {
	t.Helper()
	run, err := c.GetRun(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	return run.Info.ArtifactRoot()
}

func mediaPath(t testing.TB, td *tracepb.TracesData) string {
	t.Helper()
	for _, r := range runs.Read(td, runs.Rules{}).Project()[0].Runs {
		for _, a := range r.Artifacts {
			if strings.HasPrefix(a.Path, "media/") {
				return a.Path
			}
		}
	}
	t.Fatal("no run has the picture")
	return ""
}

// sentPicture is what spans that a proxy saw hold in place of a picture.
func sentPicture(p *mlflowtest.Proxy, body []byte) (inline, reference int) {
	data := []byte(base64.StdEncoding.EncodeToString(body))
	for _, r := range p.Requests() {
		if r.Path == "v1/traces" {
			inline += bytes.Count(r.Body, data)
			reference += bytes.Count(r.Body, []byte("mlflow-attachment://"))
		}
	}
	return inline, reference
}

func TestSpansReferToPicturesAndRetriesBringThem(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	body := picture(t, 2)
	td := pictureTrace(901, body)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), WithoutExperimentSetup())
	p.SetFault(on("/attachments/", mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"EndpointConnectionError"}`}))
	r, err := d.Deliver(t.Context(), td, Origin{})
	var away *ArtifactsError
	if !errors.As(err, &away) || away.Missing != 1 || !IsPartial(err) {
		t.Fatalf("error %v", err)
	}
	if inline, reference := sentPicture(p, body); inline != 0 || reference == 0 {
		t.Errorf("spans hold the picture %d times and refer to it %d times", inline, reference)
	}
	run, err := c.GetRun(t.Context(), r.ParentRunID)
	if err != nil || run.Info.Status != "FINISHED" {
		t.Errorf("the run is %s: %v", run.Info.Status, err)
	}
	p.SetFault(nil)
	p.Reset()
	if _, err := d.Deliver(t.Context(), td, Origin{}); err != nil {
		t.Fatal(err)
	}
	if inline, reference := sentPicture(p, body); inline+reference != 0 {
		t.Error("spans that are there were sent again")
	}
	if got, err := c.GetAttachment(t.Context(), traceLocation(t, c, td), attachmentsOf(t, td)[0].ID); err != nil || !bytes.Equal(got, body) {
		t.Errorf("the attachment has %d bytes: %v", len(got), err)
	}
}

// A server whose store takes no files shows that only when asked to.
func TestWithoutAStorePicturesStayInTheSpans(t *testing.T) {
	for name, o := range map[string][]Option{"it refuses": nil, "artifacts are off": {WithArtifacts(false)}} {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		p.SetFault(on("mlflow-artifacts", mlflowtest.Fault{Status: 503,
			Body: "Endpoint: /api/2.0/mlflow-artifacts/artifacts/<path:artifact_path> disabled due to the mlflow server running with " +
				"`--no-serve-artifacts`. To enable artifacts server functionality, run `mlflow server` with `--serve-artifacts`"}))
		body := picture(t, 3)
		td := pictureTrace(902+uint64(len(o)), body)
		d := New(newClient(t, p.URL), append(o, WithExperiment(mlflowtest.Experiment(t)), WithoutExperimentSetup())...)
		if _, err := d.Deliver(t.Context(), td, Origin{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if inline, _ := sentPicture(p, body); inline != 1 {
			t.Errorf("%s: the picture was sent %d times", name, inline)
		}
	}
}

// A trace without runs has its pictures too.
func TestATraceAloneHasItsPictures(t *testing.T) {
	c := newClient(t, server.URI(t))
	body := picture(t, 4)
	td := pictureTrace(905, body)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), WithoutExperimentSetup(), WithTracking(false))
	if _, err := d.Deliver(t.Context(), td, Origin{}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetAttachment(t.Context(), traceLocation(t, c, td), attachmentsOf(t, td)[0].ID); err != nil || !bytes.Equal(got, body) {
		t.Errorf("the attachment has %d bytes: %v", len(got), err)
	}
}
