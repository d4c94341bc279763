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

// ArtifactStoreError says that the artifacts of a run lie where only the server,
// or nobody but its host, can write.
type ArtifactStoreError struct{ Location string }

func (e *ArtifactStoreError) Error() string {
	return fmt.Sprintf("artifacts of this experiment are stored at %s, which cannot be reached through the tracking server: "+
		"start it with --serve-artifacts and --artifacts-destination, and use an experiment created since "+
		"(its artifact location then begins with mlflow-artifacts:)", e.Location)
}

// artifactPath is the proxy's path of an artifact URI, segments escaped.
func artifactPath(artifactURI, file string) (string, error) {
	u, err := url.Parse(artifactURI)
	if err != nil || u.Scheme != "mlflow-artifacts" {
		loc := artifactURI
		if err == nil {
			loc = u.Redacted()
		}
		return "", &ArtifactStoreError{Location: loc}
	}
	clean := path.Clean("/" + file)
	if file == "" || clean == "/" || strings.TrimPrefix(clean, "/") != file {
		return "", fmt.Errorf("artifact path %q is not a plain relative path", file)
	}
	segments := strings.Split(strings.Trim(path.Join(u.Path, clean), "/"), "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return "api/2.0/mlflow-artifacts/artifacts/" + strings.Join(segments, "/"), nil
}

// PutArtifact writes one file through the server's artifact proxy; it replaces
// what is there. artifactURI is the run's, file a relative path with slashes. A
// server that does not proxy artifacts gives an [*ArtifactStoreError].
func (c *Client) PutArtifact(ctx context.Context, artifactURI, file string, body []byte) error {
	p, err := artifactPath(artifactURI, file)
	if err != nil {
		return err
	}
	header := http.Header{}
	if t := mime.TypeByExtension(path.Ext(file)); t != "" {
		header.Set("Content-Type", t)
	} else {
		header.Set("Content-Type", "application/octet-stream")
	}
	_, err = c.do(ctx, http.MethodPut, p, nil, header, body)
	return err
}

// GetArtifact reads one file through the server's artifact proxy.
func (c *Client) GetArtifact(ctx context.Context, artifactURI, file string) ([]byte, error) {
	p, err := artifactPath(artifactURI, file)
	if err != nil {
		return nil, err
	}
	return c.do(ctx, http.MethodGet, p, nil, nil, nil)
}

// Artifact is one entry of a listing.
type Artifact struct {
	Path  string `json:"path"`
	IsDir bool   `json:"is_dir"`
	Size  int64  `json:"file_size"`
}

// ListArtifacts lists one folder of a run, "" being the top.
func (c *Client) ListArtifacts(ctx context.Context, runID, folder string) ([]Artifact, error) {
	q := url.Values{"run_id": {runID}}
	if folder != "" {
		q.Set("path", folder)
	}
	var out struct {
		Files []Artifact `json:"files"`
	}
	err := c.call(ctx, http.MethodGet, "api/2.0/mlflow/artifacts/list", q, nil, &out)
	return out.Files, err
}
