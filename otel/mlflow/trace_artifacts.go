package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/tracejson"
)

// artifactLocationTag is where a trace's files are; the server sets it.
const artifactLocationTag = "mlflow.artifactLocation"

// spansLocationTag names the place of a trace's spans; a server sets it once it has
// taken some over OTLP, and reads no file then.
const (
	spansLocationTag = "mlflow.trace.spansLocation"
	spansInStore     = "TRACKING_STORE"
)

// ArtifactLocation returns where the files of a trace are, such as
// mlflow-artifacts:/1/traces/tr-…/artifacts; empty before the server has said it.
func (i TraceInfo) ArtifactLocation() string { return i.Tags[artifactLocationTag] }

// SpansStored reports whether the server has spans of the trace from OTLP, as it says
// itself from 3.6 on.
func (i TraceInfo) SpansStored() bool { return i.Tags[spansLocationTag] != "" }

// PutTraceData writes the spans of a trace as the file that MLflow's pages and clients
// read; location is the trace's [TraceInfo.ArtifactLocation]. It replaces what is there.
// A location that the server does not proxy gives an [*ArtifactStoreError].
func (c *Client) PutTraceData(ctx context.Context, location string, data []byte) error {
	return c.PutArtifact(ctx, ArtifactRoot{URI: location}, tracejson.FileName, data)
}

// GetTraceData reads the file that [Client.PutTraceData] wrote; nil when there is none.
func (c *Client) GetTraceData(ctx context.Context, location string) ([]byte, error) {
	there, err := c.hasArtifact(ctx, location, tracejson.FileName)
	if err != nil || !there {
		return nil, err
	}
	data, err := c.GetArtifact(ctx, ArtifactRoot{URI: location}, tracejson.FileName)
	if _, isPage := pageTitle(data); err == nil && isPage { // to be merged with, and so written over
		err = c.foreign(http.MethodGet, tracejson.FileName, reply{status: http.StatusOK, body: data}, "")
	}
	return data, err
}

// HasTraceFile reports whether the server reads the spans of a trace from a file, as
// [Client.PutTraceFile] writes it, and has it. It is false for an unknown trace.
func (c *Client) HasTraceFile(ctx context.Context, traceID string) (bool, error) {
	info, err := c.GetTraceInfo(ctx, traceID)
	if isTraceMissing(err) {
		return false, nil
	}
	if err != nil || info.Tags[spansLocationTag] == spansInStore {
		return false, err
	}
	there, err := c.hasArtifact(ctx, info.ArtifactLocation(), tracejson.FileName)
	var elsewhere *ArtifactStoreError
	if errors.As(err, &elsewhere) {
		return false, nil // no file could be written there
	}
	return there, err
}

// hasArtifact asks the proxy for the listing of a folder: reading a file that is not
// there is answered 500 by servers before 3.5, which a broken store is too.
func (c *Client) hasArtifact(ctx context.Context, location, file string) (bool, error) {
	files, err := c.listProxied(ctx, location)
	return slices.ContainsFunc(files, func(f Artifact) bool { return f.Path == file || strings.HasSuffix(f.Path, "/"+file) }), err
}

// SpansStoredError says that a server has spans of a trace from OTLP. It shows those
// alone, so that a file would be written for nobody.
type SpansStoredError struct{ TraceID string }

func (e *SpansStoredError) Error() string {
	return fmt.Sprintf("the server has spans of trace %s from OTLP and reads no file beside them; send the others over OTLP too",
		e.TraceID)
}

// Retryable reports true: the way of the first spans may be open again.
func (e *SpansStoredError) Retryable() bool { return true }

// RetryAfter returns 0: nobody said when.
func (e *SpansStoredError) RetryAfter() time.Duration { return 0 }

// TraceFile says how much of a trace a file of spans holds.
type TraceFile struct {
	TraceID   string // MLflow's
	Spans     int    // in the file
	Dropped   int    // spans that did not fit
	Shortened int    // values that were shortened to fit
	// OldInfo says that the server refuses another info for a trace it has, so that
	// sizes, tokens and cost there are those of the first delivery: 3.2, 3.3 and file
	// stores do.
	OldInfo bool
}

// PutTraceFile stores a trace with its spans where MLflow takes none over OTLP, as
// MLflow's own exporter does: trace info, and the spans as a file in the trace's
// artifact folder. The Traces tab and MLflow's clients read them from there. Spans
// that the file has already stay, those of the same id are replaced, so that a
// repeated delivery changes nothing and a late part adds to the trace.
//
// td holds spans of one trace, annotated as for OTLP; sizes, tokens and cost of all
// spans go into the metadata. An info without RequestTime is that of a late part: what
// the server knows of the trace stays.
//
// Servers from 3.2 have these calls; those before answer with an error of
// [IsUnsupported], see [Client.PutTraceFileV2]. Other errors are
// [*SpansStoredError]; [*ArtifactStoreError] for a store that the server does not
// proxy, where the trace then stands without spans; and those of every call.
func (c *Client) PutTraceFile(ctx context.Context, info TraceInfo, td *tracepb.TracesData) (TraceFile, error) {
	o := tracejson.Options{TraceID: info.TraceID}
	known, err := c.GetTraceInfo(ctx, info.TraceID)
	switch {
	case isTraceMissing(err):
		f, err := tracejson.New(td, o)
		if err != nil {
			return TraceFile{}, err
		}
		if known, err = c.StartTrace(ctx, withFile(info, TraceInfo{}, f)); err != nil {
			return TraceFile{}, fmt.Errorf("write trace info: %w", err)
		}
	case err != nil:
		return TraceFile{}, fmt.Errorf("read trace info: %w", err)
	case known.Tags[spansLocationTag] == spansInStore:
		return TraceFile{}, &SpansStoredError{TraceID: info.TraceID}
	}
	f, err := c.mergeTraceData(ctx, known.ArtifactLocation(), td, o)
	if err != nil {
		return TraceFile{}, err
	}
	out := TraceFile{TraceID: info.TraceID, Spans: f.Spans, Dropped: f.Dropped, Shortened: f.Shortened}
	if last := withFile(info, known, f); differs(last, known) {
		_, err = c.StartTrace(ctx, last)
		if out.OldInfo = takesInfoOnce(err); err != nil && !out.OldInfo {
			return out, fmt.Errorf("write trace info: %w", err)
		}
	}
	return out, nil
}

// mergeTraceData adds spans to the file at location, and writes it unless it is that
// already.
func (c *Client) mergeTraceData(ctx context.Context, location string, td *tracepb.TracesData, o tracejson.Options) (
	tracejson.File, error,
) {
	stored, err := c.GetTraceData(ctx, location)
	if err != nil {
		return tracejson.File{}, fmt.Errorf("read stored spans: %w", err)
	}
	if !json.Valid(stored) { // half of a file, of a server that was killed: nobody can read it
		stored = nil
	}
	f, err := tracejson.Merge(stored, td, o)
	if err != nil || bytes.Equal(f.Data, stored) {
		return f, err
	}
	if err := c.PutTraceData(ctx, location, f.Data); err != nil {
		return tracejson.File{}, fmt.Errorf("write spans: %w", err)
	}
	return f, nil
}

// isTraceMissing reports whether the server knows the call, and not the trace.
func isTraceMissing(err error) bool {
	e, ok := answer(err)
	return ok && e.Code == "RESOURCE_DOES_NOT_EXIST"
}

// takesInfoOnce reports whether err is how servers refuse a second info of a trace: 3.2
// and 3.3 as a key that is taken, a file store by failing on a file that exists, which
// is an answer of 500 without MLflow's error_code (seen on 3.17.2).
func takesInfoOnce(err error) bool {
	e, ok := answer(err)
	return IsUniqueViolation(err) || ok && e.Status == http.StatusInternalServerError && e.Code == ""
}

// withFile is info with the metadata of its file. What the server knows stays in it:
// servers 3.4 to 3.9 answer 500 to an info that lacks a key of theirs.
func withFile(info, known TraceInfo, f tracejson.File) TraceInfo {
	if info.RequestTime == "" && known.RequestTime != "" {
		info = known
		info.Assessments = nil
	}
	if info.RequestTime == "" { // a late part of a trace that is not there
		info.RequestTime, info.Duration = FormatTime(f.Start), FormatDuration(f.End.Sub(f.Start))
	}
	all := map[string]string{}
	for _, m := range []map[string]string{known.Metadata, info.Metadata, f.Metadata} {
		maps.Copy(all, m)
	}
	delete(all, "mlflow.trace.infoFinalized") // the server's own note
	info.Metadata = all
	info.Tags = maps.Clone(info.Tags)
	delete(info.Tags, artifactLocationTag)
	return info
}

// differs reports whether the server has to be told of info, which it knows as known.
func differs(info, known TraceInfo) bool {
	lacks := func(want, have map[string]string) bool {
		for k, v := range want {
			if have[k] != v {
				return true
			}
		}
		return false
	}
	return info.State != known.State || lacks(info.Metadata, known.Metadata) || lacks(info.Tags, known.Tags)
}
