package config

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a file that a person named, of at most the given number of bytes; a larger one is
// an error. It is bounded while it reads, since a pipe or a device says no size before.
func ReadFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > most {
		return nil, fmt.Errorf("%s has more than the %d bytes that are read", name, most)
	}
	return body, nil
}
