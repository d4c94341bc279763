package database

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestWhatMayPassByItself(t *testing.T) {
	of := func(code, message string) error {
		return fmt.Errorf("exec: %w", &pgconn.PgError{Code: code, Message: message})
	}
	file := func(e syscall.Errno) error {
		return fmt.Errorf("open: %w", &fs.PathError{Op: "open", Path: "q.sqlite", Err: e})
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"the server stops":                      {of("57P01", ""), true},
		"a statement took too long":             {of("57014", "canceling statement due to statement timeout"), true},
		"a lock took too long":                  {of("55P03", ""), true},
		"a deadlock":                            {of("40P01", ""), true},
		"an idle transaction was ended":         {of("25P03", ""), true},
		"a standby":                             {of("25006", "cannot execute INSERT in a read-only transaction"), true},
		"no rights":                             {of("42501", ""), false},
		"no such database":                      {of("3D000", ""), false},
		"statement pooling":                     {of("08P01", "transaction blocks not allowed in statement pooling mode"), false},
		"nobody listens":                        {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, true},
		"a connection was reset":                {&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true},
		"a name is not found":                   {&net.DNSError{Err: "no such host"}, true},
		"the disk is full":                      {file(syscall.ENOSPC), true},
		"too many files are open":               {file(syscall.EMFILE), true},
		"a folder in the place of the file":     {file(syscall.EISDIR), false},
		"a file that others may not write":      {file(syscall.EACCES), false},
		"a file in the place of a folder":       {file(syscall.ENOTDIR), false},
		"a disk that takes nothing":             {file(syscall.EROFS), false},
		"something that says nothing of itself": {errors.New("x"), false},
	} {
		if got := mayPass(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
