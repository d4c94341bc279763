package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// noRun is an id that no run has.
const noRun = "00000000000000000000000000000000"

// CheckArtifactLocation says by its error why runs of an experiment would get no
// artifacts; location is the experiment's. The error is an [*ArtifactStoreError], a
// failure of the storage behind the proxy ([IsArtifactStorageFailure]), or one of every
// call. Nothing is written: without an error the proxy can read its storage, or the
// server presigns uploads to S3, which may still refuse them.
func (c *Client) CheckArtifactLocation(ctx context.Context, location string) error {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "s3" {
		_, err := c.listProxied(ctx, location)
		return err
	}
	_, err = c.presign(ctx, ArtifactRoot{RunID: noRun, URI: location}, "a.txt", "upload-url")
	if IsNotFound(err) {
		return nil // the run, so the server knows how
	}
	return err
}

// listProxied lists one folder of what the server proxies, which is empty when nobody
// wrote to it yet.
func (c *Client) listProxied(ctx context.Context, location string) ([]Artifact, error) {
	folder, ok := proxiedFolder(location)
	if !ok {
		return nil, &ArtifactStoreError{Location: redactLocation(location), Reason: reasonOutOfReach}
	}
	var out struct {
		Files []Artifact `json:"files"`
	}
	err := c.call(ctx, http.MethodGet, strings.TrimSuffix(proxyFiles, "/"), url.Values{"path": {folder}}, nil, &out)
	switch {
	case isProxyOff(err):
		return nil, &ArtifactStoreError{Location: redactLocation(location), Reason: reasonProxyOff}
	case IsNotFound(err) && !IsUnsupported(err):
		return nil, nil
	}
	return out.Files, err
}
