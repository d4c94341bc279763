package mlflow

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// ArtifactRoot says where the artifacts of a run or a trace lie.
type ArtifactRoot struct {
	// RunID is the run's id, empty for a trace. Only for runs does a server hand
	// out presigned addresses of a storage that it does not proxy.
	RunID string
	// URI is the artifact_uri of the run, or a trace's tag mlflow.artifactLocation.
	URI string
}

// ArtifactRoot returns where the run's artifacts lie.
func (i RunInfo) ArtifactRoot() ArtifactRoot { return ArtifactRoot{RunID: i.RunID, URI: i.ArtifactURI} }

// PutArtifact writes one file and replaces what is there. file is a relative path
// with slashes, of which [CheckArtifactPath] says what it may hold.
//
// The way depends on the location and the server:
//
//	mlflow-artifacts:/…             through the server's proxy
//	the same, presigned-only (3.18)  an upload of one part that the proxy presigns
//	s3://… (3.12 and newer)          an upload that the server presigns for the run
//
// A presigned upload goes from this process to the storage, which must be reachable
// from here; it carries nothing that belongs to the tracking server. A location that
// none of these reaches gives an [*ArtifactStoreError], a storage that does not take
// a presigned upload a [*StorageError].
func (c *Client) PutArtifact(ctx context.Context, root ArtifactRoot, file string, body []byte) error {
	if err := CheckArtifactPath(file); err != nil {
		return err
	}
	if folder, ok := proxiedFolder(root.URI); ok {
		return c.putProxied(ctx, root, path.Join(folder, file), body)
	}
	return c.putPresigned(ctx, root, file, body)
}

// GetArtifact reads one file of up to 32 MiB, in the same ways as [Client.PutArtifact]
// writes it and with the same errors. file is any relative path, since others may have
// written it.
func (c *Client) GetArtifact(ctx context.Context, root ArtifactRoot, file string) ([]byte, error) {
	if !plainPath(file) {
		return nil, fmt.Errorf("artifact path %.300q is not a plain relative path", file)
	}
	if folder, ok := proxiedFolder(root.URI); ok {
		return c.getProxied(ctx, root, path.Join(folder, file))
	}
	return c.getPresigned(ctx, root, file)
}

const (
	proxyRoute = "api/2.0/mlflow-artifacts/"
	proxyFiles = proxyRoute + "artifacts/"
)

// proxiedFolder returns the folder, below what the server proxies, of a location that
// it proxies. Such a location may name a host, even another one; a server that serves
// artifacts takes it for its own, as its pages do
// (_is_servable_proxied_run_artifact_root), and so do we: credentials go nowhere else.
func proxiedFolder(location string) (string, bool) {
	u, err := url.Parse(location)
	if err != nil {
		return "", false
	}
	folder := u.Path
	switch u.Scheme {
	case "mlflow-artifacts":
	case "http", "https": // the address of a proxy, written out
		_, below, ok := strings.Cut(u.Path, "/"+proxyFiles)
		if !ok {
			return "", false
		}
		folder = below
	default:
		return "", false
	}
	folder = strings.Trim(path.Clean("/"+folder), "/")
	return folder, folder != ""
}

// putProxied writes to the proxy. Whether that wants presigned uploads is remembered
// from its own refusal, so that bodies are not sent in vain, until it has none.
func (c *Client) putProxied(ctx context.Context, root ArtifactRoot, file string, body []byte) error {
	if c.presignedOnly.Load() {
		if err := c.putMultipart(ctx, file, body); !IsUnsupported(err) && !isProxyOff(err) {
			return err
		}
		c.presignedOnly.Store(false) // it was started again with other options
	}
	r, err := c.do(ctx, http.MethodPut, proxyFiles+escapePath(file), nil, http.Header{"Content-Type": {contentType(file)}}, body)
	if err == nil {
		err = c.file(http.MethodPut, proxyFiles+escapePath(file), r)
	}
	if isPresignedOnly(err) {
		c.presignedOnly.Store(true)
		if err = c.putMultipart(ctx, file, body); IsUnsupported(err) {
			return &ArtifactStoreError{Location: redactLocation(root.URI), Reason: reasonNoPresigning}
		}
	}
	if isProxyOff(err) {
		return &ArtifactStoreError{Location: redactLocation(root.URI), Reason: reasonProxyOff}
	}
	return err
}

func (c *Client) getProxied(ctx context.Context, root ArtifactRoot, file string) ([]byte, error) {
	r, err := c.do(ctx, http.MethodGet, proxyFiles+escapePath(file), nil, nil, nil)
	if isPresignedOnly(err) {
		var to presigned
		if err = c.call(ctx, http.MethodGet, proxyRoute+"presigned/"+escapePath(file), nil, nil, &to); err == nil {
			return c.getStored(ctx, to.address())
		}
	}
	if isProxyOff(err) {
		return nil, &ArtifactStoreError{Location: redactLocation(root.URI), Reason: reasonProxyOff}
	}
	return r.body, err
}

// escapePath escapes the segments of a path.
func escapePath(file string) string {
	segments := strings.Split(file, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

// contentType is what the file's name says, the same on every machine for what runs
// usually hold. MLflow goes by the name too, and no version looks at this header; what
// stands in front of a server may.
func contentType(file string) string {
	switch ext := strings.ToLower(path.Ext(file)); ext {
	case ".md", ".markdown":
		return "text/markdown; charset=utf-8"
	case ".txt", ".log":
		return "text/plain; charset=utf-8"
	case ".jsonl", ".ndjson":
		return "application/x-ndjson"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// Artifact is one entry of a listing.
type Artifact struct {
	Path  string `json:"path"`
	IsDir bool   `json:"is_dir"`
	Size  int64  `json:"file_size"`
}

// ListArtifacts lists one folder of a run, "" being the top. The server reads the
// storage itself, wherever it is.
func (c *Client) ListArtifacts(ctx context.Context, runID, folder string) ([]Artifact, error) {
	q := url.Values{"run_id": {runID}}
	if folder != "" {
		q.Set("path", folder)
	}
	var out struct {
		Root  string     `json:"root_uri"`
		Files []Artifact `json:"files"`
	}
	err := c.call(ctx, http.MethodGet, "api/2.0/mlflow/artifacts/list", q, nil, &out)
	return out.Files, err
}
