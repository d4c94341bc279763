package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A worker on a full disk ended with 2 or 3.
func TestAFullDiskAtTheStartIsWaitedFor(t *testing.T) {
	dir := smallDisk(t)
	addr := freeAddr(t)
	b := startBench(t, startSlack(t).APIURL(), addr)
	b.set("COMMENTATOR_DATA_DIR", filepath.Join(dir, "data"))
	empty := fillDisk(t, dir)
	stop := runWorker(t)
	if got := awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusServiceUnavailable); !strings.Contains(got, "disk: ") {
		t.Errorf("the disk is full, but %s", got)
	}
	empty()
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusOK)
	if code, errs := stop(); code != exitOK {
		t.Errorf("ended with %d: %s", code, errs)
	}
}
