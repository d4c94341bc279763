package main

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/config"
)

// envCommand is `commentator env`.
type envCommand struct{}

// Run prints .env.example; a test holds the file to it.
func (envCommand) Run(std streams) error {
	_, err := fmt.Fprint(std.out, envExample())
	return err
}

// envExample is the text of .env.example: every setting with its help and
// default, all of them commented out, by groups. Variables that only libraries
// and scripts read follow.
func envExample() string {
	var b strings.Builder
	b.WriteString(`# Settings of commentator. Copy to .env and uncomment what you change.
# Flags win over the environment, the environment over this file.
# Secrets can also be read from a file: NAME_FILE=/run/secrets/name.
# A value with a $ is written in single quotes, here as for Docker Compose.
`)
	// Variables come group by group, in the order of the struct.
	group := ""
	for _, v := range config.Variables() {
		if v.Group != group {
			group = v.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		fmt.Fprintf(&b, "# %s\n#%s=%s\n", v.Help, v.Name, v.Default)
	}
	b.WriteString(`
## OpenTelemetry, as its specification says
# A second backend beside MLflow gets the same trace when this is set.
#OTEL_EXPORTER_OTLP_ENDPOINT=
#OTEL_EXPORTER_OTLP_HEADERS=
#OTEL_SERVICE_NAME=commentator
#OTEL_RESOURCE_ATTRIBUTES=
#OTEL_TRACES_SAMPLER=parentbased_always_on

## The MLflow server that scripts/start_mlflow.sh starts
#MLFLOW_HOST=127.0.0.1
#MLFLOW_PORT=5000
#MLFLOW_BACKEND_STORE=sqlite:///mlflow.db
#MLFLOW_ARTIFACT_ROOT=./mlartifacts
`)
	return b.String()
}
