package genaimcp

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// carrier is the _meta of a message's params.
type carrier map[string]any

func (c carrier) Get(key string) string {
	s, _ := c[key].(string)
	return s
}

func (c carrier) Set(key, value string) { c[key] = value }

func (c carrier) Keys() []string { return slices.Collect(maps.Keys(c)) }

// extract returns the context that a message came with.
func (i *instrumentation) extract(ctx context.Context, req mcp.Request) context.Context {
	p := req.GetParams()
	if isNil(p) {
		return ctx
	}
	return i.propagator.Extract(ctx, carrier(p.GetMeta()))
}

// inject returns a request that says in its _meta what ctx has: a copy, as the caller may send its own again, at the
// same time.
func (i *instrumentation) inject(ctx context.Context, method string, req mcp.Request) mcp.Request {
	added := carrier{}
	i.propagator.Inject(ctx, added)
	if len(added) == 0 {
		return req
	}
	p := copyOf(req.GetParams(), method)
	if p == nil {
		return req
	}
	meta := maps.Clone(p.GetMeta())
	if meta == nil {
		meta = map[string]any{}
	}
	maps.Copy(meta, added)
	p.SetMeta(meta)
	return withParams(req, p)
}

// copyOf returns a copy of a message's params, or empty ones where it has none and may have them.
func copyOf(p mcp.Params, method string) mcp.Params {
	if !isNil(p) {
		v := reflect.New(reflect.TypeOf(p).Elem())
		v.Elem().Set(reflect.ValueOf(p).Elem())
		out, _ := v.Interface().(mcp.Params)
		return out
	}
	switch method {
	case "tools/list":
		return &mcp.ListToolsParams{}
	case "prompts/list":
		return &mcp.ListPromptsParams{}
	case "resources/list":
		return &mcp.ListResourcesParams{}
	case "resources/templates/list":
		return &mcp.ListResourceTemplatesParams{}
	case "roots/list":
		return &mcp.ListRootsParams{} //nolint:staticcheck // deprecated, but sent as long as the SDK sends it
	}
	return nil
}

// withParams returns a copy of a request, which is a pointer to a generic struct, with other params.
func withParams(req mcp.Request, p mcp.Params) mcp.Request {
	v := reflect.ValueOf(req)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return req
	}
	out := reflect.New(v.Type().Elem())
	out.Elem().Set(v.Elem())
	field := out.Elem().FieldByName("Params")
	if !field.IsValid() || !reflect.TypeOf(p).AssignableTo(field.Type()) {
		return req
	}
	field.Set(reflect.ValueOf(p))
	changed, ok := out.Interface().(mcp.Request)
	if !ok {
		return req
	}
	return changed
}

func isNil(p mcp.Params) bool {
	if p == nil {
		return true
	}
	v := reflect.ValueOf(p)
	return v.Kind() != reflect.Pointer || v.IsNil()
}
