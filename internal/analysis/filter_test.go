package analysis

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/retry"
)

// What content filters answer, from the vendors' documentation and from the
// issues named. Each ends the job with its first call, and is named.
func TestAContentFilterEndsTheJobAtOnceAndIsNamed(t *testing.T) {
	jsonOf := func(status int, body string) reply { return reply{status: status, body: body} }
	choice := func(rest string) reply { return jsonOf(200, `{"id":"x","choices":[{"index":0,`+rest+`}]}`) }
	azure := `"content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":true,"detected":true},"violence":{"filtered":true,"severity":"medium"}}`
	for _, tc := range []struct {
		name  string
		reply reply
		names []string // what the error tells
	}{
		{
			"Azure, the prompt (Azure/azure-sdk-for-go#23936)",
			jsonOf(400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation",`+azure+`}}}`),
			[]string{"ResponsibleAIPolicyViolation", "jailbreak", "violence: medium", "request"},
		},
		{
			"Azure, without details (stanford-crfm/helm#3327)",
			jsonOf(400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400}}`),
			[]string{"content_filter"},
		},
		{"OpenAI, policy", jsonOf(400, openAIError("Your request was rejected as a result of our safety system.", "invalid_request_error", "", "content_policy_violation")), []string{"content_policy_violation"}},
		{"OpenAI, invalid_prompt", jsonOf(400, openAIError("Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.", "invalid_request_error", "", "invalid_prompt")), []string{"flagged as"}},
		{"LiteLLM around Azure", jsonOf(400, openAIError("litellm.BadRequestError: litellm.ContentPolicyViolationError: AzureException - The response was filtered", "None", "None", "400")), []string{"ContentPolicyViolationError"}},
		{"LiteLLM, guardrail (BerriAI/litellm#18261)", jsonOf(500, openAIError("Bedrock guardrail failed: I cannot respond to requests containing personally identifiable information (PII).", "None", "None", "500")), []string{"guardrail"}},
		{"LiteLLM, custom guardrail", jsonOf(400, `{"error":{"message":"{'error': 'Violated guardrail policy', 'bedrock_guardrail_response': 'no'}","type":"None","param":"None","code":"400"}}`), []string{"guardrail"}},
		{
			"OpenRouter, moderation",
			jsonOf(403, `{"error":{"code":403,"message":"openai/gpt-4o requires moderation on OpenAI. Your input was flagged for \"violence/graphic\". No credits were charged.","metadata":{"reasons":["violence/graphic"],"flagged_input":"x","provider_name":"OpenAI"}}}`),
			[]string{"requires moderation", "violence/graphic"},
		},
		{"OpenRouter, quoting Azure", jsonOf(400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"code\":\"content_filter\",\"message\":\"The response was filtered\"}}","provider_name":"Azure"}}}`), []string{"content_filter"}},
		{"Alibaba", jsonOf(400, openAIError("Input data may contain inappropriate content.", "data_inspection_failed", "", "data_inspection_failed")), []string{"data_inspection_failed"}},
		{"DeepSeek", jsonOf(400, openAIError("Content Exists Risk", "invalid_request_error", "", "invalid_request_error")), []string{"content exists risk"}},
		{"Moonshot", jsonOf(400, `{"error":{"message":"The request was rejected because it was considered high risk","type":"content_filter"}}`), []string{"content_filter"}},
		{"Zhipu", jsonOf(400, `{"contentFilter":[{"level":1,"role":"user"}],"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。"}}`), []string{"不安全或敏感"}},
		{"Volcengine", jsonOf(400, openAIError("The request failed because the input text may contain sensitive information.", "BadRequest", "", "InputTextSensitiveContentDetected")), []string{"InputTextSensitiveContentDetected"}},
		{"xAI", jsonOf(403, `{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Team: x. Failed check: SAFETY_CHECK_TYPE_DATA_LEAKAGE"}`), []string{"safety_check_type_data_leakage"}},
		{"Mistral, guardrail", jsonOf(403, `{"object":"error","message":"Request blocked by guardrail","type":"guardrail_violation","param":null,"code":"3000"}`), []string{"guardrail_violation"}},
		{"Portkey", jsonOf(446, `{"error":{"message":"The guardrail checks defined in the config failed. You can find more information in the hook_results object.","type":"hooks_failed","param":null,"code":null},"hook_results":{}}`), []string{"hooks_failed"}},
		{"Cloudflare", jsonOf(424, `{"success":false,"result":[],"messages":[],"error":[{"code":2016,"message":"Prompt blocked due to security configurations"}]}`), []string{"blocked due to security"}},
		{"Google, within a 200", jsonOf(200, `{"error":{"code":400,"message":"The prompt was blocked due to safety settings","status":"PROHIBITED_CONTENT"}}`), []string{"PROHIBITED_CONTENT"}},

		{"a guard against injection", jsonOf(400, `{"detail":{"error":"Prompt injection detected","code":"guard"}}`), []string{"prompt injection detected"}},
		{"Model Armor", jsonOf(400, `[{"error":{"code":400,"message":"Blocked by Model Armor: prompt violates responsible AI filters","status":"FAILED_PRECONDITION"}}]`), []string{"model armor"}},
		{"in FastAPI's detail", jsonOf(400, `{"detail":{"error":{"code":"content_filter","message":"no"}}}`), []string{"content_filter"}},
		{"an unsafe prompt", jsonOf(400, `{"error":"The prompt was rejected: unsafe content"}`), []string{"unsafe content"}},

		{"finish_reason", choice(`"finish_reason":"content_filter","message":{"role":"assistant","content":"{\"tldr\":[\"Half"}`), []string{"content_filter", "answer"}},
		{"Azure, the answer", choice(`"finish_reason":"content_filter","message":{"content":null},"content_filter_results":{"sexual":{"filtered":true,"severity":"high"}}`), []string{"content_filter", "sexual: high"}},
		{"Google, in capitals (HKUDS/Vibe-Trading#308)", choice(`"finish_reason":"SAFETY","message":{"role":"assistant"}`), []string{"SAFETY"}},
		{"Google, prohibited", choice(`"finish_reason":"PROHIBITED_CONTENT","message":{"role":"assistant"}`), []string{"PROHIBITED_CONTENT"}},
		{"Google, recitation", choice(`"finish_reason":"recitation","message":{"content":""}`), []string{"recitation"}},
		{"Google, with its prefix", choice(`"finish_reason":"content_filter: PROHIBITED_CONTENT","message":{"content":""}`), []string{"PROHIBITED_CONTENT"}},
		{"Google, no choices", jsonOf(200, `{"choices":[],"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usage":{"prompt_tokens":900}}`), []string{"PROHIBITED_CONTENT"}},
		{
			"Google, choices null (googleapis/python-genai#774)",
			jsonOf(200, `{"choices":null,"prompt_feedback":{"block_reason":"OTHER","safety_ratings":[{"category":"HARM_CATEGORY_HATE_SPEECH","probability":"HIGH"}]}}`),
			[]string{"OTHER", "HARM_CATEGORY_HATE_SPEECH: high"},
		},
		{"Bedrock", choice(`"finish_reason":"guardrail_intervened","message":{"content":"Sorry, the model cannot answer this question."}`), []string{"guardrail_intervened"}},
		{"Bedrock, the model's own", choice(`"finish_reason":"content_filtered","message":{"content":""}`), []string{"content_filtered"}},
		{"Anthropic", choice(`"finish_reason":"refusal","message":{"content":""}`), []string{"refusal"}},
		{"Zhipu, the answer", choice(`"finish_reason":"sensitive","message":{"content":""}`), []string{"sensitive"}},
		{"OpenRouter, native reason", choice(`"finish_reason":"stop","native_finish_reason":"SAFETY","message":{"content":""}`), []string{"SAFETY"}},
		{"Azure, no choices", jsonOf(200, `{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"self_harm":{"filtered":true,"severity":"high"}}}]}`), []string{"self_harm: high"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &server{answer: always(tc.reply)}
			a, rec, pauses := analyst(t, s, func(c *OpenAIConfig) { c.Model = "some-model" })
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if kindOf(err) != KindFiltered || retry.Retryable(err) || s.calls() != 1 || o.Calls != 1 || len(*pauses) != 0 || o.Result != nil {
				t.Fatalf("kind %q, retryable %v, %d calls: %v", kindOf(err), retry.Retryable(err), s.calls(), err)
			}
			for _, name := range tc.names {
				if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(name)) {
					t.Errorf("the error does not name %q: %v", name, err)
				}
			}
			if len(rec.Ended()) != 1 {
				t.Errorf("%d spans", len(rec.Ended()))
			}
		})
	}
}

func TestAFilterThatIsSetUpWronglyHasNotJudgedThePage(t *testing.T) {
	for name, r := range map[string]reply{
		"does not exist": fails(400, "The guardrail identifier or version provided in the request does not exist."),
		"not supported":  fails(400, "The content_filter parameter is not supported with this model"),
		"timed out":      fails(500, "Bedrock guardrail timed out"),
	} {
		a, _, _ := analyst(t, &server{answer: always(r)}, func(c *OpenAIConfig) { c.MaxRetries = -1 })
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); err == nil || kindOf(err) == KindFiltered {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAnswerThatAFilterLetPassIsTaken(t *testing.T) {
	r := says(good)
	r.body = strings.Replace(r.body, `"finish_reason"`, `"content_filter_results":{"protected_material_code":{"filtered":false,"detected":true}},"finish_reason"`, 1)
	a, _, _ := analyst(t, &server{answer: always(r)}, nil)
	if _, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil {
		t.Error(err)
	}
}
