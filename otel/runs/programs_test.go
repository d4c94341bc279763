package runs

import (
	"testing"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// TestProgramsWithoutAIStayOut: spans as web frameworks, databases, queues, schedulers,
// CI and browsers send them, with attributes whose names look like those of GenAI work.
func TestProgramsWithoutAIStayOut(t *testing.T) {
	for name, s := range map[string]span{
		"Next.js": {Name: "generateMetadata /page", Attrs: m{"next.span_type": "ResolveMetadata.generateMetadata",
			"next.page": "/page"}},
		"Next.js, a fetch": {Name: "fetch GET https://x", Attrs: m{"next.span_type": "AppRender.fetch", "http.method": "GET"}},
		"Express": {Name: "middleware - session", Attrs: m{"express.name": "session", "express.type": "middleware",
			"http.route": "/"}},
		"FastAPI": {Name: "POST /v1/messages http send", Attrs: m{"asgi.event.type": "http.response.body"}},
		"Rails": {Name: "ChatController#show", Attrs: m{"code.function": "show", "http.route": "/chat/:id",
			"http.request.method": "GET"}},
		"Active Record": {Name: "chat query", Attrs: m{"db.system": "postgresql", "model_name": "Chat",
			"db.operation": "select"}},
		"Spring MVC": {Name: "http get /generate", Attrs: m{"uri": "/generate", "method": "GET", "outcome": "SUCCESS",
			"exception": "none"}},
		"ASP.NET": {Name: "GET agents/{id}", Attrs: m{"http.route": "agents/{id}", "url.path": "/agents/5"}},
		"PostgreSQL": {Name: "SELECT", Attrs: m{"db.system.name": "postgresql",
			"db.query.text": "SELECT input_tokens FROM usage"}},
		"pgvector by hand": {Name: "SELECT items", Attrs: m{"db.system.name": "postgresql",
			"db.query.text": "SELECT embedding <-> $1"}},
		"Redis": {Name: "GET", Attrs: m{"db.system": "redis", "db.redis.key": "chat:1", "session_id": "s1"}},
		"Elasticsearch": {Name: "search", Attrs: m{"db.system": "elasticsearch", "db.operation": "search",
			"elasticsearch.url": "http://x"}},
		"Kafka": {Name: "orders publish", Attrs: m{"messaging.system": "kafka", "messaging.operation.type": "publish"}},
		"RabbitMQ": {Name: "q receive", Attrs: m{"messaging.system": "rabbitmq",
			"messaging.message.conversation_id": "c1", "queue.messages": 4}},
		"Celery": {Name: "run/tasks.generate_report", Attrs: m{"celery.action": "run",
			"celery.task_name": "tasks.generate_report"}},
		"Temporal": {Name: "RunActivity:CallTool", Attrs: m{"temporalWorkflowID": "w", "temporalRunID": "r",
			"temporalActivityID": "a"}},
		"Airflow": {Name: "generate_features", Attrs: m{"airflow.span_type": "task", "airflow.dag_id": "d",
			"airflow.task_id": "generate"}},
		"Prefect": {Name: "flow run", Attrs: m{"prefect.run.type": "flow", "prefect.run.name": "agent"}},
		"Dagster": {Name: "step", Attrs: m{"dagster.span_kind": "step", "dagster.job_name": "retrieval"}},
		"GitHub Actions": {Name: "build", Attrs: m{"github.workflow": "ci", "ci.span_kind": "workflow",
			"cicd.pipeline.task.type": "build"}},
		"CI's tool": {Name: "lint", Attrs: m{"ci.tool_name": "eslint", "ci.tool_args": "--fix",
			"ci.tool_output": "ok", "ci.span_type": "tool"}},
		"a tool of the scanner": {Name: "scan", Attrs: m{"tool.name": "trivy", "tool.version": "1", "tool.output": "clean"}},
		"Jenkins": {Name: "Agent: linux", Attrs: m{"agent.name": "linux-1", "jenkins.span_type": "agent",
			"ci.pipeline.run.id": "1"}},
		"tickets": {Name: "sync", Attrs: m{"ticket.span_type": "task", "ticket.issue_kind": "tool",
			"ticket.conversation_id": "c", "ticket.model": "x"}},
		"a lexer": {Name: "parse", Attrs: m{"lexer.input_tokens": 300, "lexer.output_tokens": 280,
			"lexer.total_tokens": 580}},
		"rate limits": {Name: "limit", Attrs: m{"ratelimit.tokens.remaining": 9, "bucket.tokens.total": 100}},
		"cars": {Name: "price", Attrs: m{"model": "Civic", "model_name": "Civic", "model.total_cost": 30000.0,
			"response_id": "r1"}},
		"Elastic's types": {Name: "GET /", Attrs: m{"span.type": "web", "transaction.type": "request", "span.subtype": "http"}},
		"Zipkin's kinds":  {Name: "GET", Attrs: m{"span.kind": "client", "peer.service": "x"}},
		"a browser": {Name: "documentLoad", Attrs: m{"session.id": "s", "user.id": "u", "browser.language": "en",
			"app.view_name": "chat"}},
		"a click":        {Name: "click", Attrs: m{"event_type": "click", "target_element": "BUTTON", "input.value": "hi"}},
		"a feature flag": {Name: "flag", Attrs: m{"feature_flag.key": "use-llm", "feature_flag.result.value": "gpt"}},
		"RPC": {Name: "acme.ToolService/List", Attrs: m{"rpc.system": "grpc", "rpc.method": "List",
			"rpc.service": "acme.ToolService"}},
		"a JVM thread": {Name: "work", Attrs: m{"thread.id": 12, "thread.name": "agent-1", "code.namespace": "x.Generator"}},
		"a moderator of comments": {Name: "moderate", Attrs: m{"comment.span_type": "message", "comment.prompt": "be kind",
			"comment.output": "ok"}},
		"names with the words": {Name: "litellm toolbar regenerate", Attrs: m{"x.name": "litellm"}},
	} {
		s.To = 9
		td := traceOf(s)
		if Read(td, Rules{}).IsGenAI() {
			t.Errorf("%s is taken for GenAI", name)
		}
		wantMetrics(t, one(t, td, Rules{}).Runs[0], map[string]float64{
			"llm_call_count": -1, "tool_call_count": -1, "embedding_call_count": -1, "input_tokens": -1, "output_tokens": -1,
			"total_cost_usd": -1,
		})
	}
}

// TestFewSignsOfRealWorkAreEnough: what keeps the programs above out keeps nobody else out.
func TestFewSignsOfRealWorkAreEnough(t *testing.T) {
	for name, c := range map[string]struct {
		span span
		want map[string]float64
	}{
		"a kind and a model": {span{Name: "x", Attrs: m{"acme.span_kind": "llm", "acme.model_name": "m"}},
			map[string]float64{"llm_call_count": 1}},
		"a model and tokens": {span{Name: "x", Attrs: m{"model": "m", "input_tokens": 3, "output_tokens": 1}},
			map[string]float64{"llm_call_count": 1, "input_tokens": 3}},
		"usage under GenAI's names": {span{Name: "x", Attrs: m{"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1}},
			map[string]float64{"llm_call_count": 1, "input_tokens": 3}},
		"a tool by the id of its call": {span{Name: "x", Attrs: m{"tool_name": "Bash", "tool_use_id": "toolu_1"}},
			map[string]float64{"tool_call_count": 1}},
		"a tool by its result": {span{Name: "x", Attrs: m{"mcp.tool.name": "t", "mcp.request.argument": "{}"}},
			map[string]float64{"tool_call_count": 1}},
		"the conventions' name of a tool": {span{Name: "execute_tool t"}, map[string]float64{"tool_call_count": 1}},
	} {
		c.span.To = 9
		td := traceOf(c.span)
		if !Read(td, Rules{}).IsGenAI() {
			t.Errorf("%s is not taken for GenAI", name)
		}
		wantMetrics(t, one(t, td, Rules{}).Runs[0], c.want)
	}
}

// TestRolesOfSpans: what looks like a call and is none, and whose session and model it is.
func TestRolesOfSpans(t *testing.T) {
	op := func(name, operation string, more m) m {
		out := m{"gen_ai.operation.name": operation}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	for name, c := range map[string]struct {
		attrs   m
		below   []span
		metrics map[string]float64
		tags    map[string]string // "": must be absent
		params  map[string]string
	}{
		"a scheduler of tools": {attrs: op("x", "schedule_tool_calls", nil), metrics: map[string]float64{"tool_call_count": -1}},
		"a list of tools": {attrs: m{"openinference.span.kind": "CHAIN", "mcp.method.name": "tools/list"},
			metrics: map[string]float64{"tool_call_count": -1}},
		"a merger of tools": {attrs: op("x", "execute_tool", m{"gen_ai.tool.name": "(merged tools)"}),
			metrics: map[string]float64{"tool_call_count": -1}},
		"a node that runs two tools": {attrs: m{"openinference.span.kind": "TOOL"}, below: []span{
			{Name: "a", Parent: "job", From: 1, To: 2, Attrs: m{"openinference.span.kind": "TOOL", "tool.name": "a"}},
			{Name: "b", Parent: "job", From: 3, To: 4, Attrs: m{"openinference.span.kind": "TOOL", "tool.name": "b"}},
		}, metrics: map[string]float64{"tool_call_count": 2}},
		"a moderation": {attrs: op("x", "litellm.moderation", m{"gen_ai.request.model": "omni"}),
			metrics: map[string]float64{"llm_call_count": -1}},
		"a prompt template of LangSmith": {attrs: op("x", "chat", m{"langsmith.span.kind": "prompt"}),
			metrics: map[string]float64{"llm_call_count": -1}},
		"a retriever of LangSmith": {attrs: op("x", "embeddings", m{"langsmith.span.kind": "retriever"}),
			metrics: map[string]float64{"embedding_call_count": -1}, tags: map[string]string{"span_type": "RETRIEVER"}},
		"a retriever of OpenInference": {attrs: op("x", "embeddings", m{"openinference.span.kind": "RETRIEVER"}),
			metrics: map[string]float64{"embedding_call_count": -1}},
		"a piece of a stream": {attrs: m{"mastra.span.type": "model_chunk"}, metrics: map[string]float64{"llm_call_count": -1}},
		"the transport's session": {attrs: op("x", "execute_tool", m{"mcp.session.id": "m1", "ws.session_id": "w", "http.session.id": "h"}),
			tags: map[string]string{"session.id": ""}},
		"a broker's conversation": {attrs: op("x", "chat", m{"messaging.message.conversation_id": "c"}),
			tags: map[string]string{"session.id": ""}},
		"a login's session": {attrs: op("x", "chat", m{"auth.session_id": "c", "db.session.id": "d"}),
			tags: map[string]string{"session.id": ""}},
		"the project of LangSmith": {attrs: m{"langsmith.span.kind": "llm", "langsmith.trace.session_id": "p"},
			tags: map[string]string{"session.id": "", "langsmith.trace.session_id": "p"}},
		"a thread of LangSmith": {attrs: m{"langsmith.span.kind": "llm", "langsmith.trace.session_id": "p",
			"langsmith.metadata.thread_id": "t"},
			tags: map[string]string{"session.id": "t"}},
		"words for nothing, as Spring AI writes them": {attrs: op("x", "chat", m{"gen_ai.request.model": "m",
			"gen_ai.response.model": "none",
			"gen_ai.response.id":    "none", "gen_ai.request.temperature": "none", "gen_ai.request.max_tokens": "none",
			"gen_ai.response.finish_reasons": `["none"]`, "gen_ai.conversation.id": "none", "gen_ai.request.tool_choice": "none"}),
			tags:   map[string]string{"response_id": "", "finish_reason": "", "session.id": ""},
			params: map[string]string{"model": "m", "response_model": "", "temperature": "", "max_tokens": "", "tool_choice": "none"}},
		"empty words": {attrs: op("x", "chat", m{"user.id": "null", "gen_ai.agent.name": "undefined", "session.id": " ",
			"gen_ai.response.model": "unknown"}),
			tags:   map[string]string{"user.id": "", "agent_name": "", "session.id": ""},
			params: map[string]string{"response_model": "", "model": ""}},
		"a session that only a span below names": {attrs: op("x", "invoke_agent", nil), below: []span{
			{Name: "chat m", Parent: "job", From: 1, To: 2, Attrs: op("x", "chat", m{"gen_ai.conversation.id": "c", "user.id": "u"})},
		}, tags: map[string]string{"session.id": "c", "user.id": "u"}},
		"a toolkit's own key for kinds": {attrs: m{"nat.span.kind": "TOOL"}, metrics: map[string]float64{"tool_call_count": 1}},
		"a list of one reason as JSON": {attrs: op("x", "chat", m{"gen_ai.response.finish_reasons": `["stop"]`}),
			tags: map[string]string{"finish_reason": "stop"}},
		"a list of one reason in Python": {attrs: op("x", "chat", m{"gen_ai.response.finish_reasons": "['stop']"}),
			tags: map[string]string{"finish_reason": "stop"}},
		"a list of one in a list of one": {attrs: op("x", "chat", m{"gen_ai.response.finish_reasons": []any{`["stop"]`}}),
			tags: map[string]string{"finish_reason": "stop"}},
		"the same reason twice": {attrs: op("x", "chat", m{"gen_ai.response.finish_reasons": []any{"stop", "stop", "length"}}),
			tags: map[string]string{"finish_reason": "stop, length"}},
		"asked and answering model": {attrs: op("x", "chat", m{"acme.request_model": "m", "acme.response.model_name": "m-2024"}),
			params: map[string]string{"model": "m", "response_model": "m-2024"}},
		"a tool that looks for cars": {attrs: op("x", "execute_tool", m{"model": "Civic", "temperature": 21.5}),
			tags: map[string]string{"model": "Civic"}, params: map[string]string{"model": "", "temperature": ""},
			metrics: map[string]float64{"temperature": 21.5}},
		"a table beside the model": {attrs: op("x", "invoke_agent", m{"gen_ai.request.model": "m"}), below: []span{
			{Name: "SELECT", Parent: "job", From: 1, To: 2, Attrs: m{"db.system": "postgresql", "model_name": "User"}},
		}, params: map[string]string{"model": "m"}},
		"instructions are no question": {attrs: op("x", "chat", m{"acme.system_prompt": "be brief", "acme.user.input": "hi"}),
			tags: map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := one(t, traceOf(append([]span{{Name: "job", To: 100, Attrs: c.attrs}}, c.below...)...), Rules{})
			r := p.Runs[0]
			wantMetrics(t, r, c.metrics)
			for _, pair := range []struct{ got, want map[string]string }{{r.Tags, c.tags}, {r.Params, c.params}} {
				for _, key := range value.SortedKeys(pair.want) {
					if got, there := pair.got[key]; got != pair.want[key] || there && pair.want[key] == "" {
						t.Errorf("%s is %q, want %q", key, got, pair.want[key])
					}
				}
			}
			if name == "instructions are no question" && p.Trace.RequestPreview != "hi" {
				t.Errorf("asked %q", p.Trace.RequestPreview)
			}
		})
	}
}

// TestAnswersWithoutAnIDAreApart: "none" is no id that two calls could share.
func TestAnswersWithoutAnIDAreApart(t *testing.T) {
	call := func(name string, from uint64) span {
		return span{Name: name, Parent: "job", From: from, To: from + 9, Attrs: m{"gen_ai.operation.name": "chat",
			"gen_ai.response.id":        "none",
			"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1}}
	}
	p := one(t, traceOf(span{Name: "job", To: 100}, call("a", 1), call("b", 20)), Rules{})
	wantMetrics(t, p.Runs[0], map[string]float64{"llm_call_count": 2, "input_tokens": 6})
}
