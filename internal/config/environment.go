package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/otel/namedfile"
)

// maxSecretFile bounds a secret file, in bytes: private keys fit, a wrong path
// such as that of a database does not.
const maxSecretFile = 64 << 10

// Environment is where settings come from beside the command line: the variables
// of the process, a .env file, and files that hold one secret each. It is used by
// one goroutine, while the program starts.
type Environment struct {
	settings map[string]field  // by variable
	dotenv   map[string]string // secret settings of the .env file
	files    map[string]string // secret settings read from NAME_FILE so far
}

// LoadEnvironment reads a .env file. A file that does not exist is no error
// unless required. What the file says of secret settings stays in the
// Environment. All other variables go into the environment of the process, where
// variables that are set already win: libraries read OTEL_*, PG* and proxies
// there and nowhere else, so that credentials among those cannot be kept out.
func LoadEnvironment(file string, required bool) (*Environment, error) {
	e := &Environment{settings: map[string]field{}, dotenv: map[string]string{}, files: map[string]string{}}
	for _, f := range fieldsOf(reflect.ValueOf(Settings{}), "") {
		e.settings[f.Name] = f
	}
	if err := readAsMLflow(e.settings); err != nil {
		return nil, err
	}
	vars, err := readDotenv(file, e.settings)
	if errors.Is(err, os.ErrNotExist) && !required {
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read settings from %s: %w", file, err)
	}
	secrets := Secrets()
	for name, value := range vars {
		if f, ok := e.settings[name]; ok {
			value = f.mlflowValue(value)
		}
		_, set := os.LookupEnv(name)
		switch {
		case set || value == "":
		case slices.Contains(secrets, name):
			e.dotenv[name] = value
		default:
			if err := os.Setenv(name, value); err != nil {
				return nil, fmt.Errorf("set %s from %s: %w", name, file, err)
			}
		}
	}
	return e, nil
}

// lookup returns a variable of the process or of the .env file, or "". An empty variable
// of the process counts as set.
func (e *Environment) lookup(name string) string {
	if value, set := os.LookupEnv(name); set {
		return value
	}
	return e.dotenv[name]
}

// Resolver gives kong the secret settings that are neither on the command line
// nor in the environment of the process: from the .env file, or else from the
// file that NAME_FILE names, without blanks around its text. An empty file is as good
// as none.
func (e *Environment) Resolver() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if len(flag.Envs) == 0 || !holdsSecret(flag.Target.Type()) {
			return nil, nil
		}
		name := flag.Envs[0]
		if _, set := os.LookupEnv(name); set {
			return nil, nil // kong has read it
		}
		if value, set := e.dotenv[name]; set {
			return value, nil
		}
		file := os.Getenv(name + "_FILE")
		if _, own := e.settings[name+"_FILE"]; own || file == "" || flag.Target.Kind() == reflect.Map {
			return nil, nil // a setting of its own is read where it is used, again and again
		}
		value, err := readSecret(file)
		if err != nil {
			return nil, fmt.Errorf("read secret %s_FILE: %w", name, err)
		}
		e.files[name] = value
		return value, nil
	})
}

// readSecret returns a file's content without blanks around it, and without the mark that some editors put before.
func readSecret(file string) (string, error) {
	body, err := namedfile.Read(file, maxSecretFile)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(bytes.TrimPrefix(body, byteOrderMark))), nil
}
