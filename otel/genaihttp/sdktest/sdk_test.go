// Package sdktest runs the SDKs of model vendors, unmodified, through genaihttp: against stand-ins that answer with
// recordings, and against a real llama.cpp. It is a module of its own, so that the library has none of their dependencies.
package sdktest

import (
	"fmt"
	"os"
	"testing"

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

// testdata has the recordings.
const testdata = "../testdata"

func TestSDKsAreRecordedAsTheyAre(t *testing.T) { replaytest.Run(t, testdata, sdks()...) }

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
		for _, c := range s.Llamas {
			t.Run(s.Name+"/"+c.What, func(t *testing.T) {
				k := replaytest.NewKit(t, testdata)
				in, out, err := c.Call(k, url, model)
				if err != nil {
					t.Fatal(err)
				}
				spans := k.Spans.Ended()
				if len(spans) != 1 {
					t.Fatalf("%d spans", len(spans))
				}
				got := replaytest.Value(spans[0], "gen_ai.usage.input_tokens") + "→" + replaytest.Value(spans[0], "gen_ai.usage.output_tokens")
				if want := fmt.Sprintf("%d→%d", in, out); got != want || in == 0 || out == 0 {
					t.Errorf("%s tokens are recorded, the SDK was told %s", got, want)
				}
				if replaytest.Value(spans[0], "gen_ai.output.messages") == "" || replaytest.Value(spans[0], "gen_ai.response.model") == "" {
					t.Errorf("recorded is %v", spans[0].Attributes())
				}
			})
		}
	}
}

// TestReadmeHasTheTable holds the table of SDKs in the README against what is tested here. Its last row is held in genkit.
func TestReadmeHasTheTable(t *testing.T) {
	const head = "| SDK | version | calls through it | and to a real llama.cpp |\n|---|---|---|---|\n"
	replaytest.HoldReadme(t, "../README.md", "<!-- table of SDKs: UPDATE_README=1 go test -run Readme, in sdktest -->\n",
		"| <!-- and in sdktest/genkit -->", head+replaytest.Rows(t, sdks()...))
}
