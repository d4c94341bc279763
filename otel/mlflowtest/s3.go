package mlflowtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	motoVersion = "5.2.5"
	bucket      = "mlflow"
)

// moto needs Flask to be a server; its own extra for that brings all of AWS.
var moto = []step{{
	[]string{"moto[s3]==" + motoVersion, "flask", "flask-cors"},
	[]installation{{name: "moto", version: motoVersion}, {name: "flask-cors"}},
}}

// boto3 is how MLflow speaks to S3; it does not bring it.
var boto3 = step{[]string{"boto3==1.44.8"}, []installation{{name: "boto3"}}}

// S3 is an S3 server with one bucket, by the Python package moto. It keeps objects in
// memory and lets everybody in; presigned addresses lead to it from this process too.
// Its methods are not safe for concurrent use.
type S3 struct {
	URL string

	venv, folder string
	port         port
	process      *process // nil: it does not run
}

// NewS3 starts a server that ends with the test. moto is installed once, beside the
// virtual environments of MLflow. With -short the test is skipped, and without Python,
// unless the variable CI is set.
func NewS3(t testing.TB) *S3 {
	t.Helper()
	if testing.Short() {
		t.Skip("with -short no S3 server is started")
	}
	s := &S3{folder: t.TempDir()}
	err := s.prepare()
	if errors.Is(err, errNoPython) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(); s.port.release() })
	for range 3 { // somebody may take the port without reserving it
		if err = s.start(); !errors.Is(err, errEnded) {
			break
		}
		s.port.release()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Location returns the address of a folder of the bucket, for --artifacts-destination
// or --default-artifact-root.
func (s *S3) Location(folder string) string { return "s3://" + bucket + "/" + folder }

// Access gives a [Server] the address of this storage and keys for it.
func (s *S3) Access() Option {
	return WithEnv(map[string]string{
		"MLFLOW_S3_ENDPOINT_URL": s.URL, "AWS_DEFAULT_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "of-a-test", "AWS_SECRET_ACCESS_KEY": "of a test",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "NO_PROXY": "127.0.0.1",
	})
}

// Stop ends the server: who calls gets no connection. All objects are lost.
func (s *S3) Stop() {
	if s.process != nil {
		s.process.end()
		s.process = nil
	}
}

// Start starts a stopped server at the same address, with an empty bucket.
func (s *S3) Start(t testing.TB) {
	t.Helper()
	s.Stop()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

func (s *S3) prepare() error {
	cache, err := cacheFolder()
	if err != nil {
		return err
	}
	s.venv = filepath.Join(cache, "commentator", "moto-"+motoVersion)
	if err := ensure(s.venv, moto); err != nil {
		return fmt.Errorf("install moto: %w", err)
	}
	return nil
}

func (s *S3) start() error {
	var err error
	if s.port.number == 0 {
		if s.port, err = reservePort(); err != nil {
			return err
		}
		s.URL = fmt.Sprintf("http://127.0.0.1:%d", s.port.number)
	}
	command := []string{filepath.Join(s.venv, "bin", "moto_server"), "-H", "127.0.0.1", "-p", fmt.Sprint(s.port.number)}
	s.process, err = launch(s.folder, os.Environ(), command)
	if err != nil {
		return fmt.Errorf("start moto: %w", err)
	}
	if err := s.makeBucket(); err != nil {
		log := s.process.log.String()
		s.Stop()
		return fmt.Errorf("moto at %s: %w; its log ends with:\n%s", s.URL, err, log)
	}
	return nil
}

// makeBucket waits until the server has its bucket, at most while it runs.
func (s *S3) makeBucket() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, s.URL+"/"+bucket, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			return fmt.Errorf("make the bucket: %s", resp.Status)
		}
		select {
		case <-s.process.done:
			return errEnded
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
