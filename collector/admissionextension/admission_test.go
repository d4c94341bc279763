package admissionextension

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // what clients compress with
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/technoshare/commentator/collector/admissionextension/internal/metadata"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// host has the extension alone.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// door is an OTLP receiver behind the extension, whose pipeline holds what came until it
// is told otherwise.
type door struct {
	admission  *admission
	http, grpc string
	came       atomic.Int64
	held       chan struct{} // closed: nothing is held
}

func open(t *testing.T, limitMiB int64) *door {
	t.Helper()
	id := component.NewID(metadata.Type)
	ext, err := newAdmission(&Config{LimitMiB: limitMiB, GRPCMessageMiB: 4}, extensiontest.NewNopSettings(metadata.Type))
	if err != nil {
		t.Fatal(err)
	}
	d := &door{admission: ext, http: free(t), grpc: free(t), held: make(chan struct{})}
	f := otlpreceiver.NewFactory()
	cfg := f.CreateDefaultConfig()
	conf := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"http": map[string]any{"endpoint": d.http, "max_request_body_size": 64 << 20, "middlewares": []any{map[string]any{"id": "admission"}}},
		"grpc": map[string]any{"endpoint": d.grpc, "max_recv_msg_size_mib": 4, "middlewares": []any{map[string]any{"id": "admission"}}},
	}})
	if err := conf.Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		d.came.Add(1)
		select {
		case <-d.held:
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.CreateTraces(t.Context(), receivertest.NewNopSettings(f.Type()), cfg, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(context.Background(), host{id: ext}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := ext.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if n := ext.budget.inUse(); n != 0 {
			t.Errorf("%d bytes are not given back", n)
		}
	})
	return d
}

func free(t *testing.T) string {
	t.Helper()
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// bomb is a request of one span with a text of so many MiB.
func bomb(mib int) ptrace.Traces {
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetName("bomb")
	s.Attributes().PutStr("k", strings.Repeat("a", mib<<20))
	return td
}

func packed(t *testing.T, td ptrace.Traces) []byte {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return zipped(t, b)
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// post sends a packed request.
func (d *door) post(t *testing.T, contentType string, body []byte) (status int, retryAfter string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.http+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Retry-After")
}

const protobuf = "application/x-protobuf"

// Thirty requests of some KiB unpack to 4 MiB each, of which there is room for four.
func TestUnpackedBytesOfAllRequestsAreBounded(t *testing.T) {
	d := open(t, 20)
	body := packed(t, bomb(4))
	if len(body) > 64<<10 {
		t.Fatalf("%d bytes", len(body))
	}
	var taken, full, other atomic.Int64
	var all sync.WaitGroup
	refused := make(chan struct{}, 30)
	for range 30 {
		all.Go(func() {
			switch status, later := d.post(t, protobuf, body); {
			case status == http.StatusOK:
				taken.Add(1)
			case status == http.StatusServiceUnavailable && later != "":
				full.Add(1)
				refused <- struct{}{}
			default:
				other.Add(1)
				t.Error("status ", status)
				refused <- struct{}{}
			}
		})
	}
	for range 26 { // those that find no room: four may be held at most
		<-refused
	}
	if n := d.admission.budget.inUse(); n > 20<<20 {
		t.Errorf("%d bytes are in use", n)
	}
	close(d.held)
	all.Wait()
	if taken.Load()+full.Load() != 30 || d.came.Load() > 4 || d.came.Load() == 0 {
		t.Errorf("%d taken, %d told to come again, %d came through", taken.Load(), full.Load(), d.came.Load())
	}
	if status, _ := d.post(t, protobuf, body); status != http.StatusOK {
		t.Errorf("afterwards: status %d", status)
	}
}

func TestWhatNeverFitsIsRefusedForGood(t *testing.T) {
	d := open(t, 16)
	close(d.held)
	deep := strings.Repeat(`{"arrayValue":{"values":[`, 5000)
	for name, c := range map[string]struct {
		contentType string
		body        []byte
		status      int
	}{
		"one of 17 MiB":         {protobuf, packed(t, bomb(17)), http.StatusRequestEntityTooLarge},
		"a million empty spans": {protobuf, zipped(t, bytes.Repeat([]byte{0x0a, 0}, 1<<20)), http.StatusRequestEntityTooLarge},
		"a million empty JSON objects": {"application/json", zipped(t, []byte(`{"resourceSpans":[{}`+strings.Repeat(",{}", 1<<20))),
			http.StatusRequestEntityTooLarge},
		"a deep value": {"application/json", zipped(t, []byte(`{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":`+deep)),
			http.StatusBadRequest},
		"no message": {protobuf, zipped(t, []byte{0x0b}), http.StatusBadRequest},
	} {
		if status, later := d.post(t, c.contentType, c.body); status != c.status || later != "" {
			t.Errorf("%s: status %d, Retry-After %q; want %d", name, status, later, c.status)
		}
	}
	if d.came.Load() != 0 {
		t.Error("one of them came through")
	}
	if status, _ := d.post(t, protobuf, packed(t, bomb(1))); status != http.StatusOK {
		t.Errorf("an honest one: status %d", status)
	}
}

func TestGRPCSharesTheBudget(t *testing.T) {
	d := open(t, 12) // three messages of the largest size
	conn, err := grpc.NewClient(d.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.UseCompressor("gzip")))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := ptraceotlp.NewGRPCClient(conn)
	export := func(td ptrace.Traces) error {
		_, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td))
		return err
	}
	big := bomb(3)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if err := export(big); err != nil { // waits for its turn
				t.Error(i, err)
			}
		})
	}
	eventually(t, "calls that fill the budget", func() bool {
		if n := d.admission.budget.inUse(); n > 12<<20 {
			t.Errorf("%d bytes are in use", n)
		}
		return d.came.Load() >= 3
	})
	if n := d.came.Load(); n > 4 {
		t.Errorf("%d calls of 3 MiB came through where 12 MiB may be in use", n)
	}
	close(d.held)
	all.Wait()

	many := ptrace.NewTraces()
	for range 40_000 {
		many.ResourceSpans().AppendEmpty()
	}
	if err := export(many); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("empty messages: %v", err)
	}
	deep := ptrace.NewTraces()
	v := deep.ResourceSpans().AppendEmpty().Resource().Attributes().PutEmpty("k")
	for range 1000 {
		v = v.SetEmptySlice().AppendEmpty()
	}
	if err := export(deep); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a deep value: %v", err)
	}
	if err := export(bomb(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCallsThatSendNothingGiveTheBudgetBack: three of them have all of it.
func TestCallsThatSendNothingGiveTheBudgetBack(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	d.admission.messageTimeout = 100 * time.Millisecond
	conn, err := grpc.NewClient(d.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var silent []grpc.ClientStream
	for range 3 {
		s, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true},
			"/opentelemetry.proto.collector.trace.v1.TraceService/Export")
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, s)
	}
	if _, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(bomb(1))); err != nil {
		t.Error(err)
	}
	for _, s := range silent {
		if err := s.RecvMsg(&emptypb.Empty{}); status.Code(err) != codes.Canceled {
			t.Errorf("a call that sent nothing ended with %v", err)
		}
	}
}

// TestABodyThatStopsGivesTheBudgetBack: what came of it may be all there is for everybody.
func TestABodyThatStopsGivesTheBudgetBack(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	for name, stop := range map[string]func([]byte) []byte{
		"packed": func(b []byte) []byte { return zippedBeginning(t, b) }, "plain": func(b []byte) []byte { return b },
	} {
		d.admission.messageTimeout = 500 * time.Millisecond
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(bomb(10))
		if err != nil {
			t.Fatal(err)
		}
		encoding := map[string]string{"packed": "gzip"}[name]
		c, err := net.Dial("tcp", d.http)
		if err != nil {
			t.Fatal(err)
		}
		part := stop(body)
		if _, err := fmt.Fprintf(c, "POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s",
			protobuf, encoding, len(part)+9, part); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		_ = c.Close()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
		eventually(t, "all is given back", func() bool { return d.admission.budget.inUse() == 0 })
		d.admission.messageTimeout = messageTimeout
		if status, _ := d.post(t, protobuf, packed(t, bomb(10))); status != http.StatusOK {
			t.Errorf("%s: the next: status %d", name, status)
		}
	}
}

// zippedBeginning packs bytes and leaves the end out.
func zippedBeginning(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAPipelineMayTakeLongerThanABody: the time for the body is not that of what becomes of it.
func TestAPipelineMayTakeLongerThanABody(t *testing.T) {
	d := open(t, 12)
	d.admission.messageTimeout = 100 * time.Millisecond
	answered := make(chan int)
	go func() {
		status, _ := d.post(t, protobuf, packed(t, bomb(1)))
		answered <- status
	}()
	eventually(t, "the request", func() bool { return d.came.Load() == 1 })
	select {
	case status := <-answered: // it would be at once, its context having ended
		t.Errorf("answered with %d before the pipeline has", status)
	case <-time.After(3 * d.admission.messageTimeout):
		close(d.held)
		if status := <-answered; status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
}

// TestJSONIsWeighedByAnyNameTheReceiverTakesForIt: by another scale it would be malformed.
func TestJSONIsWeighedByAnyNameTheReceiverTakesForIt(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	for _, name := range []string{"application/json", "Application/JSON", "application/json; charset=utf-8"} {
		if got, _ := d.post(t, name, zipped(t, []byte(`{"resourceSpans":[]}`))); got != http.StatusOK {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// eventually waits until ok holds; the bound is for a machine that is busy.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []*Config{{}, {LimitMiB: 1}, {LimitMiB: 1, GRPCMessageMiB: 2}, {LimitMiB: 1 << 50, GRPCMessageMiB: 2}} {
		if c.Validate() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if err := createDefaultConfig().(*Config).Validate(); err != nil {
		t.Error(err)
	}
}
