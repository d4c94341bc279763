package runprocessor

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayProvide are the modules whose packages a program links that imports this
// package. OpenTelemetry's OTLP exporter brings gRPC, and that golang.org/x/net
// and genproto; the rest is the SDK's, and ours below.
var mayProvide = []string{
	"github.com/cenkalti/backoff/v5",
	"github.com/cespare/xxhash/v2",
	"github.com/go-logr/logr",
	"github.com/go-logr/stdr",
	"github.com/gofrs/flock", // locks of folders
	"github.com/google/uuid",
	"github.com/grpc-ecosystem/grpc-gateway/v2",
	"github.com/hashicorp/golang-lru/v2", // what deliver remembers
	"github.com/technoshare/commentator/otel",
	"go.opentelemetry.io/auto/sdk",
	"go.opentelemetry.io/otel",
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace",
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp",
	"go.opentelemetry.io/otel/log",
	"go.opentelemetry.io/otel/metric",
	"go.opentelemetry.io/otel/sdk",
	"go.opentelemetry.io/otel/sdk/log", // records that join spans
	"go.opentelemetry.io/otel/trace",
	"go.opentelemetry.io/proto/otlp",
	"go.yaml.in/yaml/v3", // rules
	"golang.org/x/net",
	"golang.org/x/oauth2", // tokens for MLflow; two small packages
	"golang.org/x/sys",
	"golang.org/x/text",
	"google.golang.org/genproto/googleapis/api",
	"google.golang.org/genproto/googleapis/rpc",
	"google.golang.org/grpc",
	"google.golang.org/protobuf",
}

// TestAProgramThatImportsThisGetsNoMoreThanItNeeds is what keeps a stranger's
// module graph small: a further module is a decision, not an accident.
func TestAProgramThatImportsThisGetsNoMoreThanItNeeds(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.Module.Path}} {{.ImportPath}}{{end}}", ".")
	list.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		module, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(mayProvide, module) {
			t.Errorf("package %s of module %s is imported", path, module)
		}
		if strings.HasSuffix(path, "/mlflowtest") || strings.Contains(path, "testify") {
			t.Errorf("%s is for tests", path)
		}
	}
}
