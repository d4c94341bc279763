"""Holds rendered Kubernetes manifests against what the programs and the composition say.

kubernetes_check.py FILE…   each one rendering of scripts/kubernetes by kustomize; needs PyYAML

Beside the check itself every rule is seen to fail once, on manifests that are spoilt for it.
"""

import copy
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
COLLECTOR = (ROOT / "otel-collector.yaml").read_text()
SETTINGS = (ROOT / ".env.example").read_text()  # what `commentator env` prints; a test of the worker holds it to that
ROUTES = (ROOT / "cmd/commentator/ops.go").read_text()
HEALTH = int(re.search(r"^  health_check:\n    endpoint: .*:(\d+)$", COLLECTOR, re.M).group(1))
GO_RUNTIME = {"GOMEMLIMIT"}


def known_environment(name):
    """The variables that a program reads."""
    return {
        "worker": set(re.findall(r"^#([A-Z0-9_]+)=", SETTINGS, re.M)) | {"OTEL_EXPORTER_OTLP_PROTOCOL"},
        "collector": set(re.findall(r"\$\{env:([A-Z0-9_]+)", COLLECTOR)),
        "mlflow": set(COMPOSE["mlflow"]["environment"]),
    }[name] | GO_RUNTIME


def known_ports(name):
    """The ports on which a program listens."""
    if name == "collector":
        return {int(p) for p in re.findall(r"(?:endpoint: \$\{env:COLLECTOR_LISTEN_HOST[^}]*\}:|^ *port: )(\d+)", COLLECTOR, re.M)}
    return {int(p.rpartition(":")[2]) for p in COMPOSE[name]["ports"]}


def mebibytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi|m)", quantity).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


def seconds(duration):
    return int(re.fullmatch(r"(\d+)s", duration).group(1))


def find(objects, kind):
    return {o["metadata"]["name"]: o for o in objects if o["kind"] == kind}


def check(objects):
    """Yields what is wrong."""
    sets, maps = find(objects, "StatefulSet"), find(objects, "ConfigMap")
    if not {"worker", "collector"} <= set(sets):
        yield f"StatefulSets: {sorted(sets)}"
    for name, stateful in sets.items():
        for problem in check_set(name, stateful, maps, find(objects, "Service")):
            yield f"StatefulSet {name}: {problem}"
    labels = {n: s["spec"]["template"]["metadata"]["labels"] for n, s in sets.items()}
    for kind in "Service", "NetworkPolicy":
        for name, o in find(objects, kind).items():
            selector = o["spec"]["selector"] if kind == "Service" else o["spec"]["podSelector"]["matchLabels"]
            chosen = [n for n, l in labels.items() if selector.items() <= l.items()]
            if chosen != [name]:
                yield f"{kind} {name}: chooses the pods of {chosen}"
                continue
            ports = {p["name"]: p["containerPort"] for p in sets[name]["spec"]["template"]["spec"]["containers"][0]["ports"]}
            if kind == "Service":
                wrong = [p for p in o["spec"]["ports"] if ports.get(p["targetPort"]) != p["port"]]
            else:
                wrong = [p for rule in o["spec"]["ingress"] for p in rule["ports"] if p["port"] not in ports]
            if wrong:
                yield f"{kind} {name}: ports {wrong}, those of the pod are {ports}"
    configs = [m for n, m in maps.items() if n.startswith("collector-config-")]
    if [m["data"] for m in configs] != [{"config.yaml": COLLECTOR}]:
        yield "ConfigMap collector-config: is not otel-collector.yaml"
    for name, policy in [(n, find(objects, "NetworkPolicy").get(n)) for n in ("worker", "collector")]:
        if policy is None:
            yield f"NetworkPolicy {name}: there is none"


def check_set(name, stateful, maps, services):
    compose, spec = COMPOSE[name], stateful["spec"]
    pod = spec["template"]["spec"]
    (box,) = pod["containers"]
    if spec["serviceName"] not in services:
        yield f"serviceName {spec['serviceName']} is no Service"
    if box["image"].partition(":")[0] != compose["image"].partition(":")[0]:
        yield f"image {box['image']}, in the composition {compose['image']}"
    # Settings.
    values = {e["name"]: e.get("value") for e in box["env"]}
    for source in box.get("envFrom", []):
        values |= maps.get(source.get("configMapRef", {}).get("name"), {"data": {}})["data"]
    references = [s["configMapRef"]["name"] for s in box.get("envFrom", []) if "configMapRef" in s]
    references += [e["valueFrom"]["configMapKeyRef"]["name"] for e in box["env"] if "valueFrom" in e]
    references += [v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v]
    for reference in references:
        if reference not in maps:
            yield f"there is no ConfigMap {reference}"
    for unknown in sorted(set(values) - known_environment(name)):
        yield f"{unknown} is no setting of the program"
    for key, value in compose["environment"].items():
        if value and "${" not in value and key in values and values[key] not in (None, value):
            yield f"{key}={values[key]}, in the composition {value}"
    # Ports and probes.
    ports = {p["name"]: p["containerPort"] for p in box["ports"]}
    if set(ports.values()) != known_ports(name):
        yield f"ports {sorted(ports.values())}, the program listens on {sorted(known_ports(name))}"
    for probe in "startupProbe", "readinessProbe", "livenessProbe":
        get = box[probe]["httpGet"]
        if get["port"] not in ports:
            yield f"{probe}: there is no port {get['port']}"
        if name == "worker" and f'"GET {get["path"]}"' not in ROUTES:
            yield f"{probe}: the worker has no {get['path']}"
        if name == "collector" and ports.get(get["port"]) != HEALTH:
            yield f"{probe}: {get['port']} is not the port of health_check"
    annotations = spec["template"]["metadata"].get("annotations", {})
    scraped = annotations.get("prometheus.io/port")
    if name != "mlflow" and scraped != str(ports.get("metrics", ports.get("http"))):
        yield f"prometheus.io/port {scraped}"
    # Limits and rights.
    limits, requests = box["resources"]["limits"], box["resources"]["requests"]
    if mebibytes(limits["memory"]) != mebibytes(compose["mem_limit"]) or int(limits["cpu"]) != compose["cpus"]:
        yield f"limits {limits}, in the composition {compose['mem_limit']}, {compose['cpus']}"
    if mebibytes(requests["memory"]) > mebibytes(limits["memory"]):
        yield f"requests {requests} are above the limits"
    if pod["terminationGracePeriodSeconds"] != seconds(compose["stop_grace_period"]):
        yield f"terminationGracePeriodSeconds {pod['terminationGracePeriodSeconds']}, in the composition {compose['stop_grace_period']}"
    if pod["securityContext"].get("runAsUser") != 65532 or pod["securityContext"].get("fsGroup") != 65532:
        yield "the user is not the one of the image, 65532"
    if not pod["securityContext"].get("runAsNonRoot") or pod["securityContext"].get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "not what the Pod Security Standard restricted asks for"
    if box["securityContext"] != {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}:
        yield f"securityContext {box['securityContext']}"
    if pod["automountServiceAccountToken"] or pod["enableServiceLinks"]:
        yield "the pod gets a token of the cluster, or variables of its Services"
    # What is stored.
    mounts = {m["mountPath"]: m["name"] for m in box["volumeMounts"]}
    claims = [c["metadata"]["name"] for c in spec["volumeClaimTemplates"]]
    if mounts.get("/data") not in claims:
        yield "/data is on no volume that stays"
    written = {v.partition(":")[0].partition("=")[0] for v in compose.get("tmpfs", [])}
    if not written <= set(mounts):
        yield f"{written - set(mounts)} cannot be written, in the composition it can"


def spoil(path, value):
    """A change of the StatefulSet worker or collector: the first part of path."""
    name, *steps = path.split(".")

    def change(objects):
        at = find(objects, "StatefulSet")[name]["spec"]
        steps_ = [int(s) if s.isdigit() else s for s in steps]
        for step in steps_[:-1]:
            at = at[step]
        at[steps_[-1]] = value

    return change


def other(kind, name, change):
    return lambda objects: change(next(o for o in objects if o["kind"] == kind and o["metadata"]["name"].startswith(name)))


BOX = "template.spec.containers.0"
SPOILT = {
    "is no Service": spoil("worker.serviceName", "workers"),
    "image": spoil(f"worker.{BOX}.image", "commentator"),
    "no ConfigMap": spoil(f"collector.{BOX}.envFrom.0.configMapRef.name", "mlflow-old"),
    "COMMENTATOR_HTTP_ADR is no setting": spoil(f"worker.{BOX}.env.1.name", "COMMENTATOR_HTTP_ADR"),
    "COLLECTOR_MEMORY_MIB=1024": spoil(f"collector.{BOX}.env.3.value", "1024"),
    "the program listens on": spoil(f"collector.{BOX}.ports.0.containerPort", 4316),
    "there is no port": spoil(f"worker.{BOX}.livenessProbe.httpGet.port", "web"),
    "the worker has no": spoil(f"worker.{BOX}.readinessProbe.httpGet.path", "/ready"),
    "is not the port of health_check": spoil(f"collector.{BOX}.livenessProbe.httpGet.port", "metrics"),
    "prometheus.io/port": spoil("worker.template.metadata.annotations", {}),
    "limits": spoil(f"worker.{BOX}.resources.limits.memory", "256Mi"),
    "above the limits": spoil(f"worker.{BOX}.resources.requests.memory", "1Gi"),
    "terminationGracePeriodSeconds": spoil("worker.template.spec.terminationGracePeriodSeconds", 5),
    "the user is not": spoil("worker.template.spec.securityContext.runAsUser", 1000),
    "Pod Security Standard": spoil("worker.template.spec.securityContext.runAsNonRoot", False),
    "securityContext": spoil(f"collector.{BOX}.securityContext.readOnlyRootFilesystem", False),
    "variables of its Services": spoil("worker.template.spec.enableServiceLinks", True),
    "is on no volume": spoil("worker.volumeClaimTemplates", []),
    "cannot be written": spoil(f"worker.{BOX}.volumeMounts.1.mountPath", "/var/tmp"),
    "StatefulSets:": lambda objects: objects.remove(find(objects, "StatefulSet")["worker"]),
    "chooses the pods of": other("Service", "worker", lambda o: o["spec"].update(selector={"app.kubernetes.io/name": "collector"})),
    "those of the pod are": other("Service", "collector", lambda o: o["spec"]["ports"][0].update(port=4319)),
    "Policy collector: ports": other("NetworkPolicy", "collector", lambda o: o["spec"]["ingress"][0]["ports"][0].update(port="otlp")),
    "is not otel-collector.yaml": other("ConfigMap", "collector-config", lambda o: o["data"].update({"config.yaml": COLLECTOR + "#"})),
    "there is none": lambda objects: objects.remove(find(objects, "NetworkPolicy")["worker"]),
}


def main():
    problems = []
    for path in sys.argv[1:]:
        objects = [o for o in yaml.safe_load_all(Path(path).read_text()) if o]
        problems += [f"{path}: {p}" for p in check(objects)]
        for expected, change in SPOILT.items():
            worse = copy.deepcopy(objects)
            change(worse)
            found = list(check(worse))
            if not any(expected in p for p in found):
                problems.append(f"{path}: the check does not see {expected!r}, but {found}")
    for problem in problems:
        print("kubernetes_check:", problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
