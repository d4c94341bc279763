package mlflow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTheTableOfVariablesIsWhatFromEnvReads(t *testing.T) {
	read := map[string]bool{}
	_, err := fromLookup(func(key string) (string, bool) { read[key] = true; return "", false })
	if err != nil {
		t.Fatal(err)
	}
	for key := range read {
		if !slices.Contains(configEnv, key) {
			t.Errorf("%s is read and not in configEnv", key)
		}
	}
	for _, key := range configEnv {
		if !read[key] {
			t.Errorf("%s is in configEnv and not read", key)
		}
	}
	for _, key := range HonouredEnv() {
		if noteOf(key) != "" {
			t.Errorf("%s is honoured, and is said to have no effect", key)
		}
	}
}

func TestUnusedVariablesAreNotedByNameOnly(t *testing.T) {
	notes := UnusedEnv([]string{
		"MLFLOW_TRACKING_URI=http://h", "HTTPS_PROXY=http://p", "HOME=/root", "MLFLOW_TRACKING_AWS_SIGV4=true", "MLFLOW_S3_ENDPOINT_URL=http://s3cret",
		"MLFLOW_TRACE_SAMPLING_RATIO=0.5", "MLFLOW_TRACKING_URL=http://s3cret", "MLFLOW_HTTP_POOL_MAXSIZE=", "ALL_PROXY=s3cret", "broken",
		"MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS=1",
	})
	want := map[string]string{
		"ALL_PROXY": "HTTPS_PROXY", "MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS": "background", "MLFLOW_S3_ENDPOINT_URL": "server",
		"MLFLOW_TRACE_SAMPLING_RATIO": "OTEL_TRACES_SAMPLER", "MLFLOW_TRACKING_AWS_SIGV4": "AWS", "MLFLOW_TRACKING_URL": "not read",
	}
	var names []string
	for _, n := range notes {
		names = append(names, n.Name)
		if w, ok := want[n.Name]; !ok || !strings.Contains(n.Note, w) || strings.Contains(n.Note, "s3cret") {
			t.Errorf("%+v", n)
		}
	}
	if len(notes) != len(want) || !slices.IsSorted(names) {
		t.Errorf("notes of %v", names)
	}
}

func ExampleUnusedEnv() {
	for _, n := range UnusedEnv([]string{"MLFLOW_TRACKING_URI=http://h:5000", "MLFLOW_ALLOW_HTTP_REDIRECTS=true"}) {
		fmt.Println(n.Name, n.Note)
	}
	// Output: MLFLOW_ALLOW_HTTP_REDIRECTS has no effect: redirects are not followed; set MLFLOW_TRACKING_URI to the final address
}
