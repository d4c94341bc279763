package mlflow

import (
	"context"
	"path"
)

// attachmentsFolder is where the pages look for the attachments of a trace, below its
// artifact location (mlflow/store/artifact/artifact_repo.py, upload_attachment).
const attachmentsFolder = "attachments"

// PutAttachment writes one attachment of a trace and replaces what is there; location is
// the trace's [TraceInfo.ArtifactLocation], id a UUID in its canonical form: the pages take
// no other. A location that the server does not proxy gives an [*ArtifactStoreError].
func (c *Client) PutAttachment(ctx context.Context, location, id string, body []byte) error {
	return c.PutArtifact(ctx, ArtifactRoot{URI: location}, path.Join(attachmentsFolder, id), body)
}

// GetAttachment reads what [Client.PutAttachment] wrote.
func (c *Client) GetAttachment(ctx context.Context, location, id string) ([]byte, error) {
	return c.GetArtifact(ctx, ArtifactRoot{URI: location}, path.Join(attachmentsFolder, id))
}
