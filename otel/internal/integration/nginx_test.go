package integration

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// nginx is a real one, in one process, that ends with the test. It listens for TLS
// at one port and for nothing at others.
type nginx struct {
	t      *testing.T
	path   string
	folder string
	port   int
	ca     authority
	cmd    *exec.Cmd
	log    bytes.Buffer // read only after the process has ended
	done   chan error
}

// newNginx finds the program; without it the test is skipped, unless CI is set.
func newNginx(t *testing.T) *nginx {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/nginx") // where Debian puts it, out of users' sight
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("nginx is missing")
		}
		t.Skip("nginx is missing: install nginx-light to run the tests of deliveries through it")
	}
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	n := &nginx{t: t, path: path, folder: t.TempDir(), port: port}
	n.ca = newAuthority(t, n.folder)
	t.Cleanup(n.stop)
	return n
}

// url is the server's address in a scheme.
func (n *nginx) url(scheme, path string) string {
	return fmt.Sprintf("%s://127.0.0.1:%d%s", scheme, n.port, path)
}

// serve starts nginx with what stands in its server block, or starts it again. PORT
// in there is its port, CERT, KEY and CA are files.
func (n *nginx) serve(block string) {
	n.t.Helper()
	n.stop()
	block = strings.NewReplacer("PORT", fmt.Sprint(n.port), "CERT", n.ca.server, "KEY", n.ca.serverKey, "CA", n.ca.file).Replace(block)
	conf := fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
%[2]s
	}
}
`, n.folder, block)
	file := filepath.Join(n.folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.log.Reset()
	cmd := exec.Command(n.path, "-p", n.folder, "-c", file, "-e", "stderr")
	cmd.Stderr = &n.log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.cmd, n.done = cmd, make(chan error, 1)
	go func(done chan<- error) { done <- cmd.Wait() }(n.done)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.port))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-n.done:
			n.cmd = nil
			n.t.Fatalf("nginx ended: %v\n%s", err, n.log.String())
		default:
		}
		if time.Now().After(deadline) {
			n.t.Fatal("nginx does not listen")
		}
	}
}

func (n *nginx) stop() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	<-n.done
	n.cmd = nil
}
