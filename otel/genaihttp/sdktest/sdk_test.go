// Package sdktest runs the SDKs of model vendors, unmodified, through genaihttp: against stand-ins that answer with
// recordings, and against a real llama.cpp. It is a module of its own, so that the library has none of their dependencies.
package sdktest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sdk is one that is tested.
type sdk struct {
	name   string // of the module
	cases  []usecase
	llamas []llamacase // against a real llama.cpp
}

// usecase is a call that the SDK makes, and what is recorded of it.
type usecase struct {
	what    string
	answers []string // recordings
	call    func(*kit) error
	spans   []string // name, tokens in and out, and where there is one the finish reason or error
}

type llamacase struct {
	what string
	call func(k *kit, url, model string) (in, out int64, err error) // the tokens that the SDK tells
}

func TestSDKsAreRecordedAsTheyAre(t *testing.T) {
	for _, s := range sdks() {
		for _, c := range s.cases {
			t.Run(s.name+"/"+c.what, func(t *testing.T) {
				k := newKit(t, c.answers...)
				if err := c.call(k); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, span := range k.spans.Ended() {
					got = append(got, summary(span))
				}
				if strings.Join(got, "\n") != strings.Join(c.spans, "\n") {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.spans, "\n"))
				}
			})
		}
	}
}

func summary(s sdktrace.ReadOnlySpan) string {
	text := s.Name()
	if in := value(s, "gen_ai.usage.input_tokens"); in != "" {
		text += " " + in + "→" + value(s, "gen_ai.usage.output_tokens")
	}
	text += " " + value(s, "gen_ai.response.finish_reasons")
	if s.Status().Code == codes.Error {
		text += " " + value(s, "error.type")
	}
	if n := value(s, "http.request.resend_count"); n != "" {
		text += " resend " + n
	}
	if end := value(s, "genaihttp.body.end"); end != "" {
		text += " " + end
	}
	return strings.TrimSpace(text)
}

// TestARealServerCountsTheSame asks a real llama.cpp, whose counts the SDK reads as well as the transport.
func TestARealServerCountsTheSame(t *testing.T) {
	url := os.Getenv("COMMENTATOR_TEST_LLM_URL")
	if url == "" {
		t.Skip("COMMENTATOR_TEST_LLM_URL names no server: scripts/start_llm.sh starts one")
	}
	model := os.Getenv("COMMENTATOR_TEST_LLM_MODEL")
	if model == "" {
		model = "gemma-3-270m"
	}
	for _, s := range sdks() {
		for _, c := range s.llamas {
			t.Run(s.name+"/"+c.what, func(t *testing.T) {
				k := newKit(t, "")
				in, out, err := c.call(k, url, model)
				if err != nil {
					t.Fatal(err)
				}
				spans := k.spans.Ended()
				if len(spans) != 1 {
					t.Fatalf("%d spans", len(spans))
				}
				got := value(spans[0], "gen_ai.usage.input_tokens") + "→" + value(spans[0], "gen_ai.usage.output_tokens")
				if want := fmt.Sprintf("%d→%d", in, out); got != want || in == 0 || out == 0 {
					t.Errorf("%s tokens are recorded, the SDK was told %s", got, want)
				}
				if value(spans[0], "gen_ai.output.messages") == "" || value(spans[0], "gen_ai.response.model") == "" {
					t.Errorf("recorded is %v", spans[0].Attributes())
				}
			})
		}
	}
}

// TestReadmeHasTheTable holds the table of SDKs in the README against what is tested here.
func TestReadmeHasTheTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| SDK | version | calls through it | and to a real llama.cpp |\n|---|---|---|---|\n")
	for _, s := range sdks() {
		version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", s.name).Output()
		if err != nil {
			t.Fatal(err)
		}
		var calls, llamas []string
		for _, c := range s.cases {
			calls = append(calls, c.what)
		}
		for _, c := range s.llamas {
			llamas = append(llamas, c.what)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, strings.TrimSpace(string(version)), strings.Join(calls, ", "), strings.Join(llamas, ", "))
	}
	const begin, end = "<!-- table of SDKs: UPDATE_README=1 go test -run Readme, in sdktest -->\n", "<!-- end -->"
	file, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the table")
	}
	if os.Getenv("UPDATE_README") != "" {
		if err := os.WriteFile("../README.md", []byte(before+begin+b.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != b.String() {
		t.Errorf("the README's table is\n%s\nand should be\n%s", table, b.String())
	}
}
