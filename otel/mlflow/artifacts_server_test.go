package mlflow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// runIn makes a run in an experiment of its own, whose artifacts lie at location;
// "" leaves that to the server.
func runIn(t *testing.T, c *mlflow.Client, location string) mlflow.RunInfo {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": mlflowtest.Experiment(t), "artifact_location": location})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(c.URI()+"/api/2.0/mlflow/experiments/create", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var e struct {
		ID string `json:"experiment_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil || e.ID == "" {
		t.Fatal(resp.Status, err)
	}
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return run.Info
}

// artifactServer starts a server of a release with a storage.
func artifactServer(t *testing.T, opts ...mlflowtest.Option) (*mlflowtest.Server, *mlflow.Client) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	s := mlflowtest.New(opts...)
	t.Cleanup(s.Stop)
	return s, client(t, s.URI(t))
}

// roundTrip writes files, of which the first has no bytes and replaces another, reads
// them back and lists their folders.
func roundTrip(t *testing.T, c *mlflow.Client, run mlflow.RunInfo, files ...string) {
	t.Helper()
	if err := c.PutArtifact(t.Context(), run.ArtifactRoot(), files[0], []byte("before")); err != nil {
		t.Errorf("%q: %v", files[0], err)
	}
	listed := map[string][]mlflow.Artifact{}
	for i, file := range files {
		body := []byte(strings.Repeat(file, i))
		if err := c.PutArtifact(t.Context(), run.ArtifactRoot(), file, body); err != nil {
			t.Errorf("%q: %v", file, err)
		}
		if b, err := c.GetArtifact(t.Context(), run.ArtifactRoot(), file); err != nil || !bytes.Equal(b, body) {
			t.Errorf("%q reads as %q, %v", file, b, err)
		}
		listed[strings.TrimSuffix(path.Dir(file), ".")] = nil
	}
	for folder := range listed {
		var err error
		if listed[folder], err = c.ListArtifacts(t.Context(), run.RunID, folder); err != nil {
			t.Error(err)
		}
	}
	for i, file := range files {
		all := listed[strings.TrimSuffix(path.Dir(file), ".")]
		if !slices.Contains(all, mlflow.Artifact{Path: file, Size: int64(len(file) * i)}) {
			t.Errorf("%q is not in %+v", file, all)
		}
	}
}

// artifactNames are those that CheckArtifactPath lets through and something might
// stumble over; fewNames are for ways that others cover.
var (
	artifactNames = []string{
		"empty.txt", "input.json", "commentary.md", "a b.txt", "trail ", "trail.", ".hidden", "a?b.txt", "50%.txt", "100%z.txt", "a+b&c=d;e.txt",
		"a~b", `"q'.txt`, "<a>.html", "a*|b.txt", "..a/b..c", strings.Repeat("x", 200) + ".json",
	}
	fewNames  = []string{"empty.txt", "d/input.json", "a b?c.txt", "50%+&=;.txt"}
	wideNames = []string{"ü/日本.json", "e\u0301.txt", "😀.txt"}
)

func TestRealServerKeepsTheNamesOfArtifacts(t *testing.T) {
	c := client(t, server.URI(t))
	roundTrip(t, c, runIn(t, c, ""), slices.Concat(artifactNames, wideNames)...)
}

func TestRealServersKeepArtifactsInS3BehindTheProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	s3 := mlflowtest.NewS3(t)
	_, c := artifactServer(t, s3.Access(), mlflowtest.WithServerArgs("--artifacts-destination", s3.Location("proxied")))
	run := runIn(t, c, "")
	roundTrip(t, c, run, slices.Concat(fewNames, wideNames)...)

	expect := func(location string, is func(error) bool) {
		t.Helper()
		if err := c.CheckArtifactLocation(t.Context(), location); !is(err) {
			t.Errorf("%s: %v", location, err)
		}
	}
	fine := func(err error) bool { return err == nil }
	expect("mlflow-artifacts:/never/written", fine)
	s3.Stop()
	expect("mlflow-artifacts:/1", mlflow.IsArtifactStorageFailure)
	err := c.PutArtifact(t.Context(), run.ArtifactRoot(), "a.txt", []byte("a"))
	if !mlflow.IsArtifactStorageFailure(err) || !mlflow.IsRetryable(err) {
		t.Errorf("the storage is away: %v", err)
	}
	if _, err := c.GetRun(t.Context(), run.RunID); err != nil {
		t.Errorf("the server is well: %v", err)
	}
	s3.Start(t)
	roundTrip(t, c, run, "b.txt", "c.txt")

	// The same server, with locations of experiments that it does not proxy.
	expect(s3.Location("direct"), fine)
	roundTrip(t, c, runIn(t, c, s3.Location("direct")), slices.Concat(artifactNames, wideNames)...)
	for _, location := range []string{t.TempDir(), "file://" + t.TempDir()} {
		err := c.PutArtifact(t.Context(), runIn(t, c, location).ArtifactRoot(), "a.txt", nil)
		if !mlflow.IsArtifactsUnavailable(err) {
			t.Errorf("%s: %v", location, err)
		}
		expect(location, mlflow.IsArtifactsUnavailable)
	}
}

func TestRealServerThatServesNoArtifacts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	s3 := mlflowtest.NewS3(t)
	_, c := artifactServer(t, s3.Access(), mlflowtest.WithServerArgs("--no-serve-artifacts", "--default-artifact-root", s3.Location("root")))
	roundTrip(t, c, runIn(t, c, ""), "a.txt", "b/c.json") // presigned all the same
	run := runIn(t, c, "mlflow-artifacts:/before")
	if err := c.PutArtifact(t.Context(), run.ArtifactRoot(), "a.txt", nil); !mlflow.IsArtifactsUnavailable(err) || mlflow.IsRetryable(err) {
		t.Errorf("write: %v", err)
	}
	if _, err := c.GetArtifact(t.Context(), run.ArtifactRoot(), "a.txt"); !mlflow.IsArtifactsUnavailable(err) {
		t.Errorf("read: %v", err)
	}
	if err := c.CheckArtifactLocation(t.Context(), "mlflow-artifacts:/before"); !mlflow.IsArtifactsUnavailable(err) {
		t.Errorf("check: %v", err)
	}
}

func TestRealServerThatWantsPresignedUploadsOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	s3 := mlflowtest.NewS3(t)
	only := func(on bool) mlflowtest.Option {
		return mlflowtest.WithEnv(map[string]string{"MLFLOW_ARTIFACTS_PRESIGNED_ONLY": fmt.Sprint(on)})
	}
	s, c := artifactServer(t, mlflowtest.WithVersion("3.18.0"), s3.Access(), only(true),
		mlflowtest.WithServerArgs("--artifacts-destination", s3.Location("proxied")))
	run := runIn(t, c, "")
	requests := func(file string) int64 {
		t.Helper()
		ctx, n := mlflow.CountRequests(t.Context())
		if err := c.PutArtifact(ctx, run.ArtifactRoot(), file, []byte("a")); err != nil {
			t.Error(err)
		}
		return n.Load()
	}
	if first, then := requests("a.txt"), requests("a.txt"); first != 4 || then != 3 {
		t.Errorf("%d and %d requests, want the refusal once: 4 and 3", first, then)
	}
	roundTrip(t, c, run, slices.Concat(artifactNames, wideNames)...)
	roundTrip(t, c, runIn(t, c, s3.Location("direct")), "a.txt", "b/c.json")
	for _, location := range []string{run.ArtifactURI, s3.Location("direct")} {
		if err := c.CheckArtifactLocation(t.Context(), location); err != nil {
			t.Errorf("check: %v", err)
		}
	}

	s3.Stop()
	err := c.PutArtifact(t.Context(), run.ArtifactRoot(), "a.txt", []byte("a"))
	if !mlflow.IsArtifactStorageFailure(err) || !mlflow.IsRetryable(err) {
		t.Errorf("the storage is away: %v", err)
	}
	s3.Start(t)
	roundTrip(t, c, run, "b.txt", "c.txt")

	s.Restart(t, only(false), mlflowtest.WithServerArgs("--artifacts-destination", t.TempDir()))
	if first, then := requests("a.txt"), requests("a.txt"); first != 2 || then != 1 {
		t.Errorf("%d and %d requests after the option went, want 2 and 1", first, then)
	}
}

func TestRealServerWithoutPresignedUploads(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	_, c := artifactServer(t, mlflowtest.WithVersion("2.22.5"))
	roundTrip(t, c, runIn(t, c, ""), fewNames...)
	if err := c.PutArtifact(t.Context(), runIn(t, c, "s3://bucket/x").ArtifactRoot(), "a.txt", nil); !mlflow.IsArtifactsUnavailable(err) {
		t.Errorf("S3: %v", err)
	}
	for location, unavailable := range map[string]bool{"s3://bucket/x": true, "gs://bucket/x": true, "mlflow-artifacts:/never/written": false} {
		if err := c.CheckArtifactLocation(t.Context(), location); mlflow.IsArtifactsUnavailable(err) != unavailable || !unavailable && err != nil {
			t.Errorf("check of %s: %v", location, err)
		}
	}
	// Gunicorn cannot write such a name into the header of an answer; what is stored
	// is right.
	run := runIn(t, c, "")
	for _, file := range wideNames {
		if err := c.PutArtifact(t.Context(), run.ArtifactRoot(), file, []byte("x")); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
	if l, err := c.ListArtifacts(t.Context(), run.RunID, "ü"); err != nil || len(l) != 1 || l[0].Path != "ü/日本.json" || l[0].Size != 1 {
		t.Errorf("listing %+v, %v", l, err)
	}
}
