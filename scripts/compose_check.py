"""Looks from outside whether the composition works; called by compose_test.sh.

compose_check.py first STATE    the demo's link became runs and traces; another program's trace too
compose_check.py again STATE    both are still there
compose_check.py sent STATE     send one more trace, and return when the Collector took it
compose_check.py crash STATE    that trace became a run
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

MLFLOW, COLLECTOR, JAEGER, SLACK = (
    f"http://127.0.0.1:{os.environ.get(name, default)}"
    for name, default in (("MLFLOW_PORT", 5000), ("OTLP_HTTP_PORT", 4318), ("JAEGER_PORT", 16686), ("FAKESLACK_PORT", 7777))
)
COMMENTS, AGENTS = "technoshare_commentator", "agents"  # experiments of the worker and of the Collector

# What must not come out of the Collector; put together here so that no scanner of secrets stumbles over this file.
SECRETS = ["sk-" + "a1" * 15, "xoxb-" + "1234567890" * 3, "ghp_" + "Ab1" * 12, "github_pat_" + "Ab1_" * 10, "glpat-" + "x1" * 10,
           "hf_" + "Ab1" * 12, "AKIA" + "A1B2" * 4, "AIza" + "Ab1-x" * 7, "eyJ" + "hbGciOi" * 2 + "." + "eyJzdWIi" * 2 + "." + "c2lnbmF0" * 2]


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.load(answer)


def until(what, look, seconds=180):
    """Waits until look() gives something, and returns it."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            found = look()
            if found:
                print("  ok:", what, flush=True)
                return found
        except (OSError, KeyError, ValueError) as error:
            last = error
        time.sleep(1)
    sys.exit(f"compose_check: not within {seconds} s: {what} ({last})")


def runs(experiment, text=""):
    found = call(f"{MLFLOW}/api/2.0/mlflow/experiments/get-by-name?experiment_name={experiment}")
    body = {"experiment_ids": [found["experiment"]["experiment_id"]], "filter": text, "max_results": 100}
    return call(f"{MLFLOW}/api/2.0/mlflow/runs/search", body).get("runs", [])


def tags(run):
    return {t["key"]: t["value"] for t in run["data"].get("tags", [])}


def tree(experiment, trace, children):
    """The finished runs of a trace: a parent and its children."""
    all_runs = runs(experiment, f"tags.`otel.trace_id` = '{trace}'")
    parents = [r for r in all_runs if "mlflow.parentRunId" not in tags(r)]
    nested = [r["info"]["run_name"] for r in all_runs if parents and tags(r).get("mlflow.parentRunId") == parents[0]["info"]["run_id"]]
    done = all(r["info"]["status"] == "FINISHED" for r in all_runs)
    return len(parents) == 1 and done and sorted(nested) == sorted(children) and len(all_runs) == 1 + len(children)


def in_jaeger(trace):
    return call(f"{JAEGER}/api/traces/{trace}").get("data")


def in_mlflow(trace):
    found = call(f"{MLFLOW}/api/3.0/mlflow/traces/get?allow_partial=true&trace_id=tr-{trace}")["trace"]
    return found if found["spans"] else None


def send(trace):
    """A trace as a program in any language would send it."""
    now = time.time_ns()
    text = lambda k, v: {"key": k, "value": {"stringValue": v}}
    spans = [
        {"traceId": trace, "spanId": "1" * 16, "name": "answer", "kind": 1, "startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now)},
        {"traceId": trace, "spanId": "2" * 16, "parentSpanId": "1" * 16, "name": "chat m", "kind": 3,
         "startTimeUnixNano": str(now - 9 * 10**8), "endTimeUnixNano": str(now - 10**8),
         "attributes": [text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "m"),
                        text("gen_ai.prompt.note", "my keys are " + ", ".join(SECRETS)), text("http.request.header.authorization", "Bearer kept-from-nobody"),
                        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}}]},
    ]
    call(f"{COLLECTOR}/v1/traces", {"resourceSpans": [{"resource": {"attributes": [text("service.name", "check")]}, "scopeSpans": [{"spans": spans}]}]})


def first(state):
    def replies():
        messages = call(f"{SLACK}/_control/messages?channel=C01RESEARCH")
        messages = messages.get("messages", messages) if isinstance(messages, dict) else messages
        return [m for m in messages if m.get("thread_ts") and m.get("bot_id")]

    answer = json.dumps(until("an answer in the thread", replies))
    if f"{MLFLOW}/#/experiments/" not in answer:
        sys.exit(f"compose_check: the first answer has no links to MLflow: {answer[:2000]}")
    job = until("the job's parent run", lambda: [r for r in runs(COMMENTS, "tags.outcome = 'success'") if r["info"]["run_name"].startswith("job_")])[0]
    state["job"] = tags(job)["otel.trace_id"]
    until("its run tree", lambda: tree(COMMENTS, state["job"], ["retrieval", "analysis", "quality_gates", "slack_post"]))
    until("its trace in MLflow", lambda: in_mlflow(state["job"]))
    until("the same trace in Jaeger", lambda: in_jaeger(state["job"]))

    state["other"] = os.urandom(16).hex()
    until("another program's trace taken", lambda: send(state["other"]) or True)
    until("its run tree, by the Collector", lambda: tree(AGENTS, state["other"], ["chat m"]))
    until("the same trace in Jaeger", lambda: in_jaeger(state["other"]))
    out = json.dumps([in_jaeger(state["other"]), in_mlflow(state["other"]), runs(AGENTS)])
    for secret in [*SECRETS, "kept-from-nobody"]:
        if secret in out:
            sys.exit(f"compose_check: a secret went through the Collector: {secret[:4]}…")
    if "my keys are" not in out:
        sys.exit("compose_check: more than the secrets was taken out")
    # SDKs send all three signals to the one address.
    for signal in ("metrics", "logs"):
        call(f"{COLLECTOR}/v1/{signal}", {})
    if runs(AGENTS, f"tags.`otel.trace_id` = '{state['job']}'"):
        sys.exit("compose_check: the worker's trace was projected by the Collector too")


def again(state):
    until("the job's run tree", lambda: tree(COMMENTS, state["job"], ["retrieval", "analysis", "quality_gates", "slack_post"]))
    until("the other program's run tree", lambda: tree(AGENTS, state["other"], ["chat m"]))


def sent(state):
    state["crash"] = os.urandom(16).hex()
    until("a trace taken", lambda: send(state["crash"]) or True)


def crash(state):
    until("its run tree", lambda: tree(AGENTS, state["crash"], ["chat m"]))


def main():
    step, path = sys.argv[1:]
    state = {}
    if os.path.exists(path) and os.path.getsize(path):
        with open(path) as file:
            state = json.load(file)
    {"first": first, "again": again, "sent": sent, "crash": crash}[step](state)
    with open(path, "w") as file:
        json.dump(state, file)


if __name__ == "__main__":
    main()
