package genaimcp

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"strconv"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/genai"
)

// network is what is seen of the HTTP requests that carry a message.
type network struct {
	mu      sync.Mutex
	address string // host:port; empty while there was none
	version string // of HTTP
}

// watch returns a context whose HTTP requests are looked at: middleware is not told how its session is connected.
func watch(ctx context.Context) (context.Context, *network) {
	n := &network{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(address string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.address = address
		},
		GotConn: func(info httptrace.GotConnInfo) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.version = "1.1"
			if c, ok := info.Conn.(*tls.Conn); ok && c.ConnectionState().NegotiatedProtocol == "h2" {
				n.version = "2"
			}
		},
	}), n
}

func (n *network) attributes() []attribute.KeyValue {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.address == "" {
		return []attribute.KeyValue{transportKey.String("pipe")}
	}
	kv := []attribute.KeyValue{transportKey.String("tcp"), protocolNameKey.String("http")}
	if n.version != "" {
		kv = append(kv, networkVersionKey.String(n.version))
	}
	if host, port, err := net.SplitHostPort(n.address); err == nil {
		kv = append(kv, genai.ServerAddressKey.String(host))
		if number, err := strconv.Atoi(port); err == nil {
			kv = append(kv, genai.ServerPortKey.Int(number))
		}
	}
	return kv
}

// received tells how a message came, as far as a server is told.
func received(req mcp.Request) []attribute.KeyValue {
	if _, ok := req.GetSession().(*mcp.ServerSession); !ok {
		return nil
	}
	if extra := req.GetExtra(); extra != nil && extra.Header != nil {
		return []attribute.KeyValue{transportKey.String("tcp"), protocolNameKey.String("http")}
	}
	return []attribute.KeyValue{transportKey.String("pipe")}
}
