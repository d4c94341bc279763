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

// openSpool opens the folder that was asked for, or the first of the default ones
// that can be written, or a sibling of that while another process has it. What siblings
// left whose processes are gone is in it.
func openSpool(c config) (*spool.Spool, error) {
	if c.spoolDir != "" {
		s, err := openFolder(c, c.spoolDir)
		if err != nil {
			return nil, fmt.Errorf("set up outbox %s: %w (make the folder writable, or choose another with WithSpoolDir)", c.spoolDir, err)
		}
		return s, nil
	}
	if c.sharedDir != "" {
		return openShared(c, c.sharedDir)
	}
	service, err := serviceName(os.Getenv, os.Executable)
	if err != nil {
		return nil, err
	}
	return openDefault(c, service, stateDirs(os.Getenv, os.UserHomeDir), os.TempDir())
}

// openDefault takes the first of the state folders in which the outbox can be, and
// where there is none a temporary folder: a program that runs where nothing can be kept
// for long is still observed.
func openDefault(c config, service string, state []string, temp string) (*spool.Spool, error) {
	cause := errors.New("neither XDG_STATE_HOME, HOME nor STATE_DIRECTORY is set")
	for i, dir := range state {
		s, err := openShared(c, filepath.Join(dir, "otel-mlflow", service))
		if err == nil {
			adoptTemp(c, s, temp, service)
			return s, nil
		}
		if i == 0 { // the one that was meant
			cause = err
		}
	}
	dir, err := privateTemp(temp)
	if err != nil {
		return nil, errors.Join(cause, err)
	}
	s, err := openShared(c, filepath.Join(dir, service))
	if err != nil {
		return nil, errors.Join(cause, err)
	}
	c.logger.Warn("the outbox is in a temporary folder, and what waits there is lost when that is emptied; "+
		"set XDG_STATE_HOME to a folder that stays", "dir", s.Dir(), "error", cause)
	return s, nil
}

// adoptTemp takes over what was left by processes of the program that had no other
// folder.
func adoptTemp(c config, s *spool.Spool, temp, service string) {
	if dir := tempDir(temp); isPrivate(dir) {
		adoptSiblings(c, s, filepath.Join(dir, service), 0)
	}
}

func openFolder(c config, dir string) (*spool.Spool, error) {
	// What is delivered but for a part must not push out what is not there at all.
	return spool.Open(dir, spool.WithLogger(c.logger), spool.WithEvictFirst(deliver.IsIncomplete), spool.WithReach(c.reaches))
}

// openShared opens a folder or the first of its siblings that nobody has.
func openShared(c config, base string) (*spool.Spool, error) {
	for i := 1; i <= maxSiblings; i++ {
		s, err := openFolder(c, sibling(base, i))
		switch {
		case spool.IsLocked(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("set up outbox %s: %w (make the folder writable, set XDG_STATE_HOME, or choose another with WithSpoolDir)",
				sibling(base, i), err)
		}
		adoptSiblings(c, s, base, i)
		return s, nil
	}
	return nil, fmt.Errorf("set up outbox %s: it and %d siblings are in use by other processes: choose another with WithSpoolDir",
		base, maxSiblings-1)
}

// adoptSiblings takes over what processes left that ran beside another one and
// are gone. Failing is no harm: it stays where it is.
func adoptSiblings(c config, s *spool.Spool, base string, own int) {
	for i := 1; i <= maxSiblings; i++ {
		dir := sibling(base, i)
		if _, err := os.Stat(dir); err != nil || i == own {
			continue
		}
		if _, n, err := s.Adopt(dir); err != nil && !spool.IsLocked(err) {
			c.logger.Warn("cannot take over traces of an earlier process", "dir", dir, "taken", n, "error", err)
		}
	}
}

// sibling returns the folder of the i-th process, from 1.
func sibling(base string, i int) string {
	if i == 1 {
		return base
	}
	return fmt.Sprintf("%s-%d", base, i)
}

// stateDirs are the folders for what a program keeps, which unlike a cache nobody
// empties, best first: the user's, then the one that systemd gives a service
// (StateDirectory= in systemd.exec(5), several of them parted by colons).
func stateDirs(getenv func(string) string, home func() (string, error)) (dirs []string) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // relative ones are to be ignored, says the XDG specification
		dirs = append(dirs, dir)
	}
	if h, err := home(); err == nil && filepath.IsAbs(h) {
		switch runtime.GOOS {
		case "windows":
			dirs = append(dirs, filepath.Join(h, "AppData", "Local"))
		case "darwin":
			dirs = append(dirs, filepath.Join(h, "Library", "Application Support"))
		default:
			dirs = append(dirs, filepath.Join(h, ".local", "state"))
		}
	}
	if dir, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); filepath.IsAbs(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}

// serviceName names the folder of this program's outbox.
func serviceName(getenv func(string) string, executable func() (string, error)) (string, error) {
	service := getenv("OTEL_SERVICE_NAME")
	if service == "" {
		exe, err := executable()
		if err != nil {
			return "", errors.Join(errors.New("find a name for the outbox: set OTEL_SERVICE_NAME, or choose a folder with WithSpoolDir"), err)
		}
		service = strings.TrimSuffix(filepath.Base(exe), ".exe")
	}
	return folderName(service), nil
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
