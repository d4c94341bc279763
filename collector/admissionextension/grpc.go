package admissionextension

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/technoshare/commentator/collector/admissionextension/internal/weigh"
)

// GetGRPCServerOptions implements extensionmiddleware.GRPCServer. gRPC has no place to
// say no while a message comes and is unpacked. So the largest that a message may be is set aside
// before it is read, and those that come beyond wait their turn; when it is there, what
// it takes really is known, and it is refused before it is decoded, if it has to be.
func (a *admission) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	proto := encoding.GetCodecV2("proto")
	if proto == nil {
		return nil, errors.New("gRPC has no codec for protocol buffers")
	}
	c := &codec{CodecV2: proto, admission: a}
	return []grpc.ServerOption{
		grpc.InTapHandle(a.begin), grpc.StatsHandler(rpcs{a}), grpc.ForceServerCodecV2(c), grpc.ChainUnaryInterceptor(c.intercept),
		grpc.MaxHeaderListSize(headerBytes), grpc.InitialWindowSize(windowBytes), grpc.InitialConnWindowSize(connectionBytes),
	}, nil
}

// What a call takes that waits for its turn stands outside of the budget, and is bounded by these: its headers, what its client may send
// before it is read (a message that is read may come faster, since gRPC asks for the rest of it at once), and how many calls wait. gRPC's
// own bounds are 16 MiB for headers, up to 16 MiB for a window, and none for calls.
const (
	headerBytes     = 64 << 10
	windowBytes     = 64 << 10
	connectionBytes = 1 << 20
	maxWaiting      = 256
)

// messageTimeout is how long a message may take to come once bytes are set aside for it, or the body of a request.
// A few clients that begin and send nothing more would have the whole budget otherwise.
const messageTimeout = time.Minute

// heldKey is where the context of a call has its *held.
type heldKey struct{}

// held is what a call has taken out of the budget.
type held struct {
	cancel context.CancelFunc // ends the call
	left   func()             // says that it waits for its turn no more

	mu    sync.Mutex
	bytes int64
	aside int64 // of these, for a message that has not come
	there bool  // the message is there, or will not come
	ended bool
	late  *time.Timer // ends the call unless its message comes; nil: it is not waited for
}

// begin is a tap.ServerInHandle: what it returns is the context that reading messages
// heeds, other than that of a stats.Handler. It refuses calls of which too many wait, before they have a goroutine.
func (a *admission) begin(ctx context.Context, _ *tap.Info) (context.Context, error) {
	if a.waiting.Add(1) > maxWaiting {
		a.waiting.Add(-1)
		a.refused("grpc", errFull)
		return nil, refusal(errFull)
	}
	ctx, cancel := context.WithCancel(ctx)
	h := &held{cancel: cancel}
	a.unfinished.add(h)
	stop := context.AfterFunc(ctx, func() {
		a.waiting.Add(-1)
		a.unfinished.remove(h)
	})
	h.left = func() {
		if stop() {
			a.waiting.Add(-1)
		}
	}
	return context.WithValue(ctx, heldKey{}, h), nil
}

// expect ends the call unless its message comes in time.
func (h *held) expect(n int64, timeout time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes, h.aside = n, n
	if h.late == nil { // else it has less time
		h.late = time.AfterFunc(timeout, h.cancel)
	}
}

// hurry implements coming.
func (h *held) hurry(timeout time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.there {
		return
	}
	if h.late != nil {
		h.late.Stop()
	}
	h.late = time.AfterFunc(timeout, h.cancel)
}

// came says that the message is there, or will not come; called under mu.
func (h *held) came(b *budget) {
	h.there = true
	if h.late != nil {
		h.late.Stop()
		h.late = nil
	}
	if h.aside > 0 {
		b.came(h.aside)
		h.aside = 0
	}
}

// rpcs follows calls from their beginning to their end.
type rpcs struct{ admission *admission }

// TagRPC implements stats.Handler.
func (r rpcs) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler. A call begins on a goroutine of its own, which may
// wait.
func (r rpcs) HandleRPC(ctx context.Context, s stats.RPCStats) {
	h, ok := ctx.Value(heldKey{}).(*held)
	if !ok {
		return
	}
	switch s.(type) {
	case *stats.Begin:
		if n, err := r.admission.budget.wait(ctx, r.admission.grpcBytes); err == nil { // else the call has ended
			h.expect(n, r.admission.messageTimeout)
			h.left()
		}
	case *stats.End:
		r.admission.unfinished.remove(h)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.came(r.admission.budget)
		h.cancel()
		r.admission.budget.release(h.bytes)
		h.bytes, h.ended = 0, true
	}
}

// TagConn implements stats.Handler.
func (r rpcs) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (r rpcs) HandleConn(context.Context, stats.ConnStats) {}

// codec weighs messages before they are decoded. It is told of no call: what it finds
// stands under the message that gRPC hands to the interceptor next.
type codec struct {
	encoding.CodecV2
	admission *admission
	found     sync.Map // message → weighed
}

type weighed struct {
	bytes int64 // what the message takes
	more  int64 // of that, what was taken beyond what every call sets aside
	err   error
}

// Unmarshal implements encoding.CodecV2. A message that will be refused stays empty.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	w := c.weigh(data, v)
	if more := w.bytes - c.admission.grpcBytes; w.err == nil && more > 0 {
		if c.admission.budget.try(more) {
			w.more = more
		} else {
			w.err = errFull
		}
	}
	if w.err == nil {
		if err := c.CodecV2.Unmarshal(data, v); err != nil {
			c.admission.budget.release(w.more)
			return fmt.Errorf("decode message: %w", err)
		}
	}
	if signalOf(v) != "" { // other messages may be those of streams, which the interceptor does not see
		c.found.Store(v, w)
	}
	return nil
}

func (c *codec) weigh(data mem.BufferSlice, v any) weighed {
	w := weighed{bytes: int64(data.Len())}
	schema, ok := c.admission.schemas[signalOf(v)]
	if !ok {
		return w
	}
	s := weigh.NewProtobuf(schema)
	for _, b := range data {
		cost, err := s.Write(b.ReadOnlyData())
		w.bytes += cost
		if w.err = err; err != nil {
			return w
		}
		if w.bytes > c.admission.budget.limit {
			w.err = errSize
			return w
		}
	}
	return w
}

// signalOf tells requests by the names of their types in package pdata.
func signalOf(v any) string {
	name := fmt.Sprintf("%T", v)
	switch {
	case strings.HasSuffix(name, "ExportTraceServiceRequest"):
		return "traces"
	case strings.HasSuffix(name, "ExportLogsServiceRequest"):
		return "logs"
	case strings.HasSuffix(name, "ExportMetricsServiceRequest"):
		return "metrics"
	}
	return ""
}

// intercept refuses calls whose message does not fit, and lets the others keep what they
// take.
func (c *codec) intercept(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if found, ok := c.found.LoadAndDelete(req); ok {
		w := found.(weighed)
		if w.err != nil {
			c.admission.refused("grpc", w.err)
			return nil, refusal(w.err)
		}
		c.settle(ctx, w)
	}
	return next(ctx, req)
}

// settle puts what a call takes in place of what was set aside for it.
func (c *codec) settle(ctx context.Context, w weighed) {
	h, ok := ctx.Value(heldKey{}).(*held)
	if !ok {
		c.admission.budget.release(w.more)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.came(c.admission.budget)
	has := h.bytes + w.more
	if h.ended {
		has, w.bytes = w.more, 0
	}
	h.bytes = min(has, w.bytes)
	c.admission.budget.release(has - h.bytes)
}

// refusal is the answer to a call, by the rules of OTLP: UNAVAILABLE is tried again, and
// so is RESOURCE_EXHAUSTED only when it says when.
func refusal(err error) error {
	switch {
	case errors.Is(err, errSize):
		return status.Error(codes.ResourceExhausted, err.Error())
	case permanent(err):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	s := status.New(codes.Unavailable, err.Error())
	if later, bad := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)}); bad == nil {
		s = later
	}
	return s.Err()
}
