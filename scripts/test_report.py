"""Reads `go test -json` and writes what `go test` would, then appends the tests
that were skipped, each with its reason, to a file.

    go test -json ./... | test_report.py SKIPPED
"""
import json
import re
import sys

running = {}  # (package, test): its lines, until it ends
skipped = []


def show(lines):
    sys.stdout.write("".join(lines))
    sys.stdout.flush()


def reason(lines):
    # What t.Skip says is the last line that begins with "file_test.go:12: ", and what follows.
    said = []
    for line in (line.strip() for line in lines if not line.lstrip().startswith(("=== ", "--- "))):
        if place := re.match(r"\S+\.go:\d+: ", line):
            said, line = [], line[place.end():]
        said.append(line)
    return " ".join(said) or "no reason given"


for line in sys.stdin:
    try:
        event = json.loads(line)
    except ValueError:
        show([line])
        continue
    if not isinstance(event, dict):
        show([line])
        continue
    action, package, test = event.get("Action"), event.get("Package", ""), event.get("Test")
    if action == "build-output" or action == "output" and test is None:
        if event["Output"] != "PASS\n":
            show([event["Output"]])
    elif action == "output":
        running.setdefault((package, test), []).append(event["Output"])
    elif action == "skip" and test:
        skipped.append("%s %s: %s\n" % (package, test, reason(running.pop((package, test), []))))
    elif action == "pass" and test:
        running.pop((package, test), None)
    elif action == "fail":
        # A package that ends in a panic or a timeout leaves tests that never ended.
        for key in [k for k in running if k[0] == package and (test is None or k[1] == test)]:
            show(running.pop(key))

with open(sys.argv[1], "a") as f:
    f.writelines(skipped)
