package mlflow

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// quickAckSupported lets the transport keep connections alive.
const quickAckSupported = true

// quickAck answers every segment at once. `mlflow server` with two or more
// workers listens on a socket without TCP_NODELAY and writes head and body
// apart: Nagle there and the delayed ACK here stall each JSON answer for 40 ms.
// TCP_QUICKACK is not sticky (tcp(7)), so it is set before each read.
func quickAck(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	return &quickAckConn{TCPConn: tcp, raw: raw}
}

type quickAckConn struct {
	*net.TCPConn
	raw syscall.RawConn
}

func (c *quickAckConn) Read(b []byte) (int, error) {
	// A failure costs 40 ms and nothing else: the read goes on.
	_ = c.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
	})
	return c.TCPConn.Read(b)
}
