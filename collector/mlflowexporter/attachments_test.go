package mlflowexporter

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// askAboutPicture is a model call that is asked about a picture, as a trace of its own.
func askAboutPicture(picture []byte) (ptrace.Traces, pcommon.TraceID) {
	var id pcommon.TraceID
	_, _ = rand.Read(id[:])
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(id)
	s.SetSpanID(pcommon.SpanID{1})
	s.SetName("chat m")
	now := time.Now()
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Second)))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,`+
		base64.StdEncoding.EncodeToString(picture)+`"}}]}]`)
	return td, id
}

// attachmentID is the id that the picture gets.
func attachmentID(t *testing.T, p ptrace.Traces) string {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(p)
	if err != nil {
		t.Fatal(err)
	}
	var td tracepb.TracesData
	if err := proto.Unmarshal(b, &td); err != nil {
		t.Fatal(err)
	}
	_, all := runs.Read(&td, runs.Rules{}).AnnotatedWithAttachments()
	if len(all) != 1 {
		t.Fatalf("%d attachments", len(all))
	}
	return all[0].ID
}

// TestPicturesInMessagesAreShown: what the README says of a trace with a picture, on a
// release that has attachments and on one that has not.
func TestPicturesInMessagesAreShown(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	for _, c := range []struct {
		name     string
		server   *mlflowtest.Server
		attached bool
	}{{"newest", server, true}, {"3.12.0", release3_12, true}, {"3.8.1", release3_8, false}} {
		t.Run(c.name, func(t *testing.T) {
			uri := c.server.URI(t)
			d := newDirect(t, uri)
			picture := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0xfb, 0xef, 0xbe}, 500)...)
			td, id := askAboutPicture(picture)
			want := attachmentID(t, td)
			d.deliver(t, td)

			info, err := d.client.GetTraceInfo(t.Context(), mlflow.TraceID(trace.TraceID(id)))
			if err != nil || info.RequestPreview != "[image/png, 2 kB]" {
				t.Errorf("preview %q: %v", info.RequestPreview, err)
			}
			checkMediaFile(t, d, picture)
			spans, err := json.Marshal(mlflowtest.Spans(t, uri, id.String()))
			if err != nil {
				t.Fatal(err)
			}
			text := string(spans)
			if inline := strings.Contains(text, base64.StdEncoding.EncodeToString(picture)); inline == c.attached {
				t.Errorf("the spans hold the picture: %t", inline)
			}
			if !c.attached {
				return
			}
			if !strings.Contains(text, "mlflow-attachment://"+want) {
				t.Errorf("spans %.2000s", text)
			}
			got, err := d.client.GetAttachment(t.Context(), info.ArtifactLocation(), want)
			if err != nil || !bytes.Equal(got, picture) {
				t.Errorf("the attachment has %d bytes: %v", len(got), err)
			}
		})
	}
}

// checkMediaFile reads the picture back from the only run.
func checkMediaFile(t *testing.T, d *direct, picture []byte) {
	t.Helper()
	found, _, err := d.client.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{d.experimentID}, MaxResults: 10})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d runs: %v", len(found), err)
	}
	files, err := d.client.ListArtifacts(t.Context(), found[0].Info.RunID, "media")
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Path, ".png") {
		t.Fatalf("files %+v: %v", files, err)
	}
	got, err := d.client.GetArtifact(t.Context(), found[0].Info.ArtifactRoot(), files[0].Path)
	if err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the run's file has %d bytes: %v", len(got), err)
	}
}
