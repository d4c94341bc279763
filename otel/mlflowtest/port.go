package mlflowtest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
)

// firstPort and lastPort bound the ports of servers. They lie below those that systems give to
// whoever asks for any port (from 32768 on Linux, 49152 elsewhere), so that no connection and no
// other test server comes upon one by chance.
const firstPort, lastPort = 20000, 32767

// port is a port of loopback that no other process takes that reserves its ports here. A server
// needs seconds before it listens at its port: where two were told the same one, the second ends,
// and whoever started it would take the first for his own, which answers there and is healthy.
type port struct {
	number int // 0: none
	lock   io.Closer
}

// ReservePort finds a port of loopback for a server that is not of this process, as one that a test
// starts and that takes its time until it listens. No other test has the port that asks here, in this
// process or another, until release is called or this process ends; servers that ask the system for
// any port do not get it either. It is safe for concurrent use.
func ReservePort() (number int, release func(), err error) {
	p, err := reservePort()
	return p.number, p.release, err
}

// reservePort reserves a port until it is released, or this process ends.
func reservePort() (port, error) { return reserveIn(firstPort, lastPort) }

// reserveIn reserves an even port. The odd one above it is its lock: this process listens there
// without a word, which the system ends with the process, however that ends.
func reserveIn(first, last int) (port, error) {
	for _, i := range rand.Perm((last - first + 1) / 2) {
		number := first + 2*i
		lock, err := net.Listen("tcp", address(number+1))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", address(number)) // a server of a process that died may still be at it
		if err != nil {
			_ = lock.Close()
			continue
		}
		_ = l.Close()
		return port{number, lock}, nil
	}
	return port{}, errors.New("reserve a port: all are taken")
}

func address(number int) string { return fmt.Sprintf("127.0.0.1:%d", number) }

// release lets others have the port.
func (p *port) release() {
	if p.lock != nil {
		_ = p.lock.Close()
	}
	*p = port{}
}
