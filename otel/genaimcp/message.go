package genaimcp

import (
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/content"
)

// Keys of the conventions' docs/gen-ai/mcp.md.
const (
	methodNameKey      = attribute.Key("mcp.method.name")
	sessionIDKey       = attribute.Key("mcp.session.id")
	protocolVersionKey = attribute.Key("mcp.protocol.version")
	resourceURIKey     = attribute.Key("mcp.resource.uri")
	statusCodeKey      = attribute.Key("rpc.response.status_code")
	transportKey       = attribute.Key("network.transport")
	protocolNameKey    = attribute.Key("network.protocol.name")
	networkVersionKey  = attribute.Key("network.protocol.version")
)

// message is what a request or notification says.
type message struct {
	method, session, version string
	tool, prompt, resource   string
	arguments                any // of the tool
}

// read reads a message. What a peer sends of names is bounded.
func (i *instrumentation) read(method string, req mcp.Request, received bool) message {
	m := message{method: short(method), session: short(session(req)), version: short(i.versions.of(req, received))}
	switch p := req.GetParams().(type) {
	case *mcp.CallToolParams:
		m.tool, m.arguments = short(p.Name), p.Arguments
	case *mcp.CallToolParamsRaw:
		m.tool = short(p.Name)
		if len(p.Arguments) > 0 {
			m.arguments = p.Arguments
		}
	case *mcp.GetPromptParams:
		m.prompt = short(p.Name)
	case *mcp.ReadResourceParams:
		m.resource = p.URI
	case *mcp.SubscribeParams:
		m.resource = p.URI
	case *mcp.UnsubscribeParams:
		m.resource = p.URI
	case *mcp.ResourceUpdatedNotificationParams:
		m.resource = p.URI
	}
	m.resource = content.Cut(withoutPassword(m.resource), maxMessage)
	return m
}

// withoutPassword leaves the password out of a resource's address: servers of databases build theirs upon the address of
// the database.
func withoutPassword(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		return uri
	}
	user, _, secret := strings.Cut(rest[:at], ":")
	if !secret {
		return uri
	}
	return scheme + "://" + user + rest[at:]
}

// short bounds a name.
func short(s string) string { return content.Cut(s, 256) }

func session(req mcp.Request) string {
	switch s := req.GetSession().(type) {
	case *mcp.ClientSession:
		if s != nil {
			return s.ID()
		}
	case *mcp.ServerSession:
		if s != nil {
			return s.ID()
		}
	}
	return ""
}

// name is the span's.
func (m *message) name() string {
	switch {
	case m.tool != "":
		return m.method + " " + m.tool
	case m.prompt != "":
		return m.method + " " + m.prompt
	}
	return m.method
}

// attributes are those that are known before the answer, but for a tool's own.
func (m *message) attributes() []attribute.KeyValue {
	kv := []attribute.KeyValue{methodNameKey.String(m.method)}
	for _, a := range []struct {
		key   attribute.Key
		value string
	}{
		{sessionIDKey, m.session}, {protocolVersionKey, m.version}, {genai.PromptNameKey, m.prompt}, {resourceURIKey, m.resource},
	} {
		if a.value != "" {
			kv = append(kv, a.key.String(a.value))
		}
	}
	return kv
}
