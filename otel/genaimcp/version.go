package genaimcp

import (
	"runtime"
	"sync"
	"weak"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// versions remembers which version of the protocol a server agreed on with each of its sessions, which the SDK tells only in
// the answer to initialize. It keeps no session alive.
type versions struct {
	known sync.Map // of weak.Pointer[mcp.ServerSession] to string
}

// agreed remembers the answer to a request, if it is that to initialize.
func (v *versions) agreed(req mcp.Request, res mcp.Result) {
	s, ok := req.GetSession().(*mcp.ServerSession)
	r, ok2 := res.(*mcp.InitializeResult)
	if !ok || s == nil || !ok2 || r == nil {
		return
	}
	key := weak.Make(s)
	v.known.Store(key, r.ProtocolVersion)
	runtime.AddCleanup(s, func(key weak.Pointer[mcp.ServerSession]) { v.known.Delete(key) }, key)
}

// of returns the version of a request, as far as it is agreed.
func (v *versions) of(req mcp.Request, received bool) string {
	switch s := req.GetSession().(type) {
	case *mcp.ServerSession:
		if version, ok := v.known.Load(weak.Make(s)); ok {
			text, _ := version.(string)
			return text
		}
		// That of the request, where each says its own, or the one that the client asked for.
		if r, ok := req.(interface{ ProtocolVersion() string }); ok {
			return r.ProtocolVersion()
		}
	case *mcp.ClientSession:
		// While it is connecting it is not to be asked but by whoever connects it.
		if !received && s != nil && s.InitializeResult() != nil {
			return s.InitializeResult().ProtocolVersion
		}
	}
	return ""
}
