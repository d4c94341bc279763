package spool_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/spool"
)

// A part is on disk once Put has returned, and stays there until it is removed:
// here, after the process that put it has given the folder back.
func Example() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	outbox, err := spool.Open(dir, spool.WithMaxFiles(1000), spool.WithMaxBytes(256<<20), spool.WithMaxDead(100, 16<<20))
	if err != nil {
		log.Fatal(err)
	}
	id := trace.TraceID{0x4b, 0xf9, 15: 0x36}
	span := &tracepb.Span{TraceId: id[:], SpanId: []byte("8 bytes."), Name: "answer question"}
	err = outbox.Put(context.Background(), spool.Part{
		TraceID: id, Number: 1, Complete: true, Start: time.Unix(1_790_000_000, 0),
		Data: &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span}}}}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := outbox.Close(); err != nil {
		log.Fatal(err)
	}

	outbox, err = spool.Open(dir) // the next process
	if err != nil {
		log.Fatal(err)
	}
	defer outbox.Close()
	for _, e := range outbox.Entries() {
		td, err := outbox.Read(e.ID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.ID, td.ResourceSpans[0].ScopeSpans[0].Spans[0].GetName())
		if err := outbox.Remove(e.ID); err != nil { // it is delivered
			log.Fatal(err)
		}
	}
	fmt.Println(outbox.Stats().Pending, "left")
	// Output:
	// 01790000000000000000-4bf90000000000000000000000000036-000001c answer question
	// 0 left
}

// List and Load need no lock: they show an outbox that another process owns.
func ExampleList() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	entries, err := spool.List(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(entries), "in the outbox")
	// Output: 0 in the outbox
}
