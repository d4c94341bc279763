package runprocessor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"
)

// maxSiblings bounds how many processes of one program run side by side on the
// default folder.
const maxSiblings = 32

// openSpool opens the folder that was asked for, or the default one of this
// program, or a sibling of that while another process has it. former are the
// instances of siblings whose processes are gone: their runs may be RUNNING.
func openSpool(c config) (_ *spool.Spool, former []string, _ error) {
	// What is delivered but for a part must not push out what is not there at all.
	opts := []spool.Option{spool.WithLogger(c.logger), spool.WithEvictFirst(deliver.IsIncomplete)}
	if c.spoolDir != "" {
		s, err := spool.Open(c.spoolDir, opts...)
		if err != nil {
			return nil, nil, fmt.Errorf("set up outbox %s: %w (make the folder writable, or choose another with WithSpoolDir)", c.spoolDir, err)
		}
		return s, nil, nil
	}
	base := c.sharedDir
	if base == "" {
		var err error
		if base, err = defaultDir(os.Getenv, os.UserHomeDir, os.Executable); err != nil {
			return nil, nil, err
		}
	}
	for i := 1; i <= maxSiblings; i++ {
		s, err := spool.Open(sibling(base, i), opts...)
		switch {
		case spool.IsLocked(err):
			continue
		case err != nil:
			return nil, nil, fmt.Errorf("set up outbox %s: %w (make the folder writable, set XDG_STATE_HOME, or choose another with WithSpoolDir)",
				sibling(base, i), err)
		}
		return s, adoptSiblings(c, s, base, i), nil
	}
	return nil, nil, fmt.Errorf("set up outbox %s: it and %d siblings are in use by other processes: choose another with WithSpoolDir",
		base, maxSiblings-1)
}

// adoptSiblings takes over what processes left that ran beside another one and
// are gone. Failing is no harm: it stays where it is.
func adoptSiblings(c config, s *spool.Spool, base string, own int) (instances []string) {
	for i := 1; i <= maxSiblings; i++ {
		dir := sibling(base, i)
		if _, err := os.Stat(dir); err != nil || i == own {
			continue
		}
		instance, n, err := s.Adopt(dir)
		switch {
		case spool.IsLocked(err):
			continue
		case err != nil:
			c.logger.Warn("cannot take over traces of an earlier process", "dir", dir, "taken", n, "error", err)
		}
		if instance != "" {
			instances = append(instances, instance)
		}
	}
	return instances
}

// sibling returns the folder of the i-th process, from 1.
func sibling(base string, i int) string {
	if i == 1 {
		return base
	}
	return fmt.Sprintf("%s-%d", base, i)
}

// defaultDir is otel-mlflow/<service> in the user's state folder, which unlike a
// cache nobody empties.
func defaultDir(getenv func(string) string, home, executable func() (string, error)) (string, error) {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // relative ones are to be ignored, says the XDG specification
		h, err := home()
		if err != nil {
			return "", fmt.Errorf("find a folder for the outbox: %w (set HOME or XDG_STATE_HOME, or choose one with WithSpoolDir)", err)
		}
		switch runtime.GOOS {
		case "windows":
			state = filepath.Join(h, "AppData", "Local")
		case "darwin":
			state = filepath.Join(h, "Library", "Application Support")
		default:
			state = filepath.Join(h, ".local", "state")
		}
	}
	service := getenv("OTEL_SERVICE_NAME")
	if service == "" {
		exe, err := executable()
		if err != nil {
			return "", errors.Join(errors.New("find a name for the outbox: set OTEL_SERVICE_NAME, or choose a folder with WithSpoolDir"), err)
		}
		service = strings.TrimSuffix(filepath.Base(exe), ".exe")
	}
	return filepath.Join(state, "otel-mlflow", folderName(service)), nil
}

// folderName keeps a service name from being a path.
func folderName(service string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-", r):
			return r
		default:
			return '_'
		}
	}, service)
	if len(clean) > 100 {
		clean = clean[:100]
	}
	if clean = strings.TrimLeft(clean, "."); clean == "" {
		clean = "default"
	}
	return clean
}
