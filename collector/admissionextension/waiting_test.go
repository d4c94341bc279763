package admissionextension

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

const export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

func dial(t *testing.T, d *door) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(d.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestCallsThatWaitAreBounded: each takes memory of which the budget knows nothing.
func TestCallsThatWaitAreBounded(t *testing.T) {
	d := open(t, 12) // three messages of the largest size
	close(d.held)
	silent, end := context.WithCancel(t.Context())
	defer end()
	conn := dial(t, d)
	begin := func(calls int) {
		for range calls {
			if _, err := conn.NewStream(silent, &grpc.StreamDesc{ClientStreams: true}, export); err != nil {
				t.Fatal(err)
			}
		}
	}
	begin(2)
	eventually(t, "two that are read", func() bool { return d.admission.budget.inUse() == 8<<20 && d.admission.waiting.Load() == 0 })
	begin(maxWaiting)
	eventually(t, "as many calls as may wait", func() bool { return d.admission.waiting.Load() == maxWaiting })
	one := ptraceotlp.NewExportRequestFromTraces(bomb(1))
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := conn.NewStream(soon, &grpc.StreamDesc{ClientStreams: true}, export)
	if err == nil {
		err = s.RecvMsg(&emptypb.Empty{})
	}
	if status.Code(err) != codes.Unavailable {
		t.Errorf("one more: %v", err)
	}
	end()
	eventually(t, "none that waits", func() bool { return d.admission.waiting.Load() == 0 })
	if _, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), one); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCallsThatSendNothingLeaveRoomForHTTP: where nobody waits, and each would be told to come again for a minute.
func TestCallsThatSendNothingLeaveRoomForHTTP(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	conn := dial(t, d)
	for range 4 {
		if _, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, export); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all that silent calls may have", func() bool { return d.admission.budget.inUse() >= 8<<20 })
	eventually(t, "those that wait", func() bool { return d.admission.waiting.Load() == 2 })
	if got, _ := d.post(t, protobuf, packed(t, bomb(1))); got != http.StatusOK {
		t.Errorf("status %d", got)
	}
}

// TestWhatACallTakesBeforeItIsReadIsBounded: the server says so, and clients heed it or are refused.
func TestWhatACallTakesBeforeItIsReadIsBounded(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	c, err := net.Dial("tcp", d.grpc)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const settings, initialWindow, headerList = 4, 4, 6 // RFC 9113, 6.5
	_, bad := c.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
	head := make([]byte, 9)
	_, err = io.ReadFull(c, head)
	if err := errors.Join(bad, err); err != nil || head[3] != settings {
		t.Fatalf("frame %x, %v", head, err)
	}
	body := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, body); err != nil {
		t.Fatal(err)
	}
	got := map[uint16]uint32{}
	for ; len(body) >= 6; body = body[6:] {
		got[binary.BigEndian.Uint16(body)] = binary.BigEndian.Uint32(body[2:])
	}
	if got[initialWindow] != windowBytes || got[headerList] != headerBytes {
		t.Errorf("a window of %d bytes, headers of %d", got[initialWindow], got[headerList])
	}

	client := ptraceotlp.NewGRPCClient(dial(t, d))
	one := ptraceotlp.NewExportRequestFromTraces(bomb(3)) // larger than the window
	if _, err := client.Export(t.Context(), one); err != nil {
		t.Error(err)
	}
	long := metadata.AppendToOutgoingContext(t.Context(), "k", strings.Repeat("v", 2*headerBytes))
	if _, err := client.Export(long, one); err == nil {
		t.Error("headers beyond the bound are taken")
	}
	if _, err := client.Export(t.Context(), one); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestNothingThatDoesNotComeHoldsUpAShutdown: the receivers wait for each call, and take nothing new meanwhile, also where only their
// configuration is new.
func TestNothingThatDoesNotComeHoldsUpAShutdown(t *testing.T) {
	d := open(t, 12)
	d.admission.endTimeout, d.admission.messageTimeout = 50*time.Millisecond, time.Hour
	conn := dial(t, d)
	answered := make(chan error, 1)
	go func() { // whole: it may take as long as it does
		_, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(bomb(1)))
		answered <- err
	}()
	eventually(t, "a request in the pipeline", func() bool { return d.came.Load() == 1 })
	whole := make(chan int, 1)
	go func() {
		status, _ := d.post(t, protobuf, packed(t, bomb(1)))
		whole <- status
	}()
	eventually(t, "two requests in the pipeline", func() bool { return d.came.Load() == 2 })
	body, err := net.Dial("tcp", d.http)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if _, err := fmt.Fprintf(body, "POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: 9\r\n\r\n\n", protobuf); err != nil {
		t.Fatal(err)
	}
	for range 4 { // two are read, and two wait for their turn
		if _, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, export); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all have begun", func() bool {
		d.admission.unfinished.mu.Lock()
		defer d.admission.unfinished.mu.Unlock()
		return len(d.admission.unfinished.list) == 7
	})
	if err := d.admission.NotReady(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "only what is whole is left", func() bool {
		d.admission.unfinished.mu.Lock()
		defer d.admission.unfinished.mu.Unlock()
		return len(d.admission.unfinished.list) == 2
	})
	late, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, export) // before the server has stopped
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- late.RecvMsg(&emptypb.Empty{}) }()
	eventually(t, "what comes now ends too", func() bool { return len(ended) == 1 })
	if err := <-ended; status.Code(err) != codes.Canceled {
		t.Errorf("it ends with %v", err)
	}
	close(d.held)
	if err, status := <-answered, <-whole; err != nil || status != http.StatusOK {
		t.Errorf("what was whole: %v, status %d", err, status)
	}
}
