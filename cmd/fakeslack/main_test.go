package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItPrintsItsAddressesServesAndEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ctx, stop := context.WithCancel(ctx)
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"--addr", "127.0.0.1:0", "--channel", "C0SEEDED1=#links", "--user", "U0CAROL03=Carol Example", "--shortcut",
			"c=Comment"}, in, io.Discard)
		in.Close()
		done <- err
	}()
	var printed strings.Builder
	page := regexp.MustCompile(`page: (\S+)\n`)
	api := regexp.MustCompile(`SLACK_API_URL=(\S+/api/)\n`)
	buf := make([]byte, 1000)
	for page.FindStringSubmatch(printed.String()) == nil {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatalf("ended after %q: %v", printed.String(), <-done)
		}
		printed.Write(buf[:n])
	}
	get := func(url string) string {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := get(page.FindStringSubmatch(printed.String())[1]); !strings.Contains(got, "#links") || !strings.Contains(got, "Carol Example") {
		t.Errorf("page %s", got)
	}
	if got := get(api.FindStringSubmatch(printed.String())[1] + "api.test"); !strings.Contains(got, `"ok":true`) {
		t.Errorf("api.test answered %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestWrongUsageIsRefusedInOneSentence(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--request-url", "http://127.0.0.1:1/"}, "needs --signing-secret"},
		{[]string{"--shortcut", "x"}, "must be CALLBACK_ID=Name"},
		{[]string{"--addr", "127.0.0.1:nope"}, "start fakeslack"},
		{[]string{"--nonsense"}, "unknown flag"},
	} {
		t.Setenv("SLACK_SIGNING_SECRET", "")
		if err := run(t.Context(), c.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestHelpIsPrinted(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "--addr") {
		t.Errorf("help is %q", out.String())
	}
}
