package mlflow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// presigned is an address that the server hands out, which is a credential by itself,
// and the headers that were signed with it. The API calls the address differently from
// route to route.
type presigned struct {
	URL          string            `json:"url"`
	PresignedURL string            `json:"presigned_url"`
	Headers      map[string]string `json:"headers"`
}

// address gives both spellings as one.
func (p presigned) address() presigned {
	if p.URL == "" {
		p.URL = p.PresignedURL
	}
	return p
}

// presignRoute begins both routes that presign for a run.
const presignRoute = "api/2.0/mlflow/artifacts/presigned-"

// putPresigned writes one artifact of a run straight to a storage that the server does
// not proxy.
func (c *Client) putPresigned(ctx context.Context, root ArtifactRoot, file string, body []byte) error {
	to, err := c.presign(ctx, root, file, "upload-url")
	if err != nil {
		return err
	}
	header, err := c.putStored(ctx, to, body)
	if err == nil && header.Get("ETag") == "" { // with which S3 answers each upload
		err = &StorageError{Method: http.MethodPut, Host: hostOf(to.URL), Sent: len(body), Err: errors.New("its answer names no ETag")}
	}
	return err
}

// hostOf is all of a presigned address that may be shown.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return plaintext.Line(u.Host, maxMessage)
}

func (c *Client) getPresigned(ctx context.Context, root ArtifactRoot, file string) ([]byte, error) {
	from, err := c.presign(ctx, root, file, "download-url")
	if err != nil {
		return nil, err
	}
	return c.getStored(ctx, from)
}

// presign asks for the address of one artifact of a run. Servers before 3.12 do not
// have the route, later ones answer 501 for all but S3.
func (c *Client) presign(ctx context.Context, root ArtifactRoot, file, kind string) (presigned, error) {
	outOfReach := &ArtifactStoreError{Location: redactLocation(root.URI), Reason: reasonOutOfReach}
	u, err := url.Parse(root.URI)
	if err != nil || u.Host == "" || root.RunID == "" || slices.Contains([]string{"", "file", "http", "https"}, u.Scheme) {
		return presigned{}, outOfReach // nobody's run, a path on the server's host, or no storage
	}
	var to presigned
	err = c.call(ctx, http.MethodPost, presignRoute+kind, nil, map[string]string{"run_id": root.RunID, "path": file}, &to)
	if IsUnsupported(err) {
		return presigned{}, outOfReach
	}
	return to.address(), err
}

// part is one part of a multipart upload, as the proxy wants it back.
type part struct {
	Number int    `json:"part_number"`
	ETag   string `json:"etag"`
	URL    string `json:"url"` // Azure Blob Storage finds the block's id in it
}

// putMultipart writes a file by a multipart upload of one part, the only presigned
// upload that the proxy has. Other servers have it too, behind S3, GCS and Azure, but
// it takes three requests, from 3.18 on a switch and a storage that is reachable from
// here, to save them only the passing on of files far larger than ours.
func (c *Client) putMultipart(ctx context.Context, file string, body []byte) error {
	folder, name := path.Split(file)
	step := func(verb string, in, out any) error {
		return c.call(ctx, http.MethodPost, proxyRoute+"mpu/"+verb+"/"+escapePath(path.Clean(folder)), nil, in, out)
	}
	var upload struct {
		ID    string `json:"upload_id"`
		Parts []struct {
			presigned
			Number int `json:"part_number"`
		} `json:"credentials"`
	}
	if err := step("create", map[string]any{"path": name, "num_parts": 1}, &upload); err != nil {
		return err
	}
	if len(upload.Parts) != 1 {
		return &NotMLflowError{URI: c.URI(), Err: errors.New("a multipart upload does not have the one part that was asked for")}
	}
	to := upload.Parts[0]
	header, err := c.putStored(ctx, to.presigned, body)
	if err == nil {
		err = step("complete", map[string]any{
			"path": name, "upload_id": upload.ID, "parts": []part{{Number: to.Number, ETag: header.Get("ETag"), URL: to.URL}},
		}, nil)
	}
	if err != nil {
		// Storages keep what is incomplete until a rule of the bucket removes it. The
		// outcome changes nothing for the caller, and a canceled one does not wait.
		_ = step("abort", map[string]any{"path": name, "upload_id": upload.ID}, nil)
	}
	return err
}
