"""Reads `go test -json` and writes one line a package with its time, the output of what
failed, each minute what is still running, and at the end the slowest tests. It appends the tests that were skipped, each
with its reason or how many for one, and those that failed to a file each, and ends with 1 if any failed.

    go test -json ./... | test_report.py SKIPPED FAILED
"""
import json
import re
import sys
import threading
import time

EVERY = 60    # seconds between two words on what is running
SLOW = 20     # seconds that a test takes which is listed
SLOWEST = 15  # tests listed
ALIKE = 10    # tests skipped for one reason that are counted instead of listed, if there are more

lines = {}    # (package, test): its output, until it ends
running = {}  # package: when it began
skipped, failed, slow = [], [], []
passed = 0
lock = threading.Lock()
started = time.monotonic()


def show(text):
    sys.stdout.write("".join(text))
    sys.stdout.flush()


def reason(output):
    # What t.Skip says is the last line that begins with "file_test.go:12: ", and what follows.
    said = []
    for line in (line.strip() for line in output if not line.lstrip().startswith(("=== ", "--- "))):
        if place := re.match(r"\S+\.go:\d+: ", line):
            said, line = [], line[place.end():]
        said.append(line)
    return " ".join(said) or "no reason given"


def short(package):
    return package.removeprefix("github.com/technoshare/commentator").lstrip("/") or "."


def take(event):
    global passed
    action, package, test = event.get("Action"), event.get("Package", ""), event.get("Test")
    if action in ("pass", "fail") and test and "/" not in test and event.get("Elapsed", 0) >= SLOW:
        slow.append((event["Elapsed"], "%s %s" % (short(package), test)))
    if action == "start":
        running[package] = time.monotonic()
    elif action == "build-output":
        show([event["Output"]])
    elif action == "output" and test is None:
        lines.setdefault((package, None), []).append(event["Output"])
    elif action == "output":
        lines.setdefault((package, test), []).append(event["Output"])
    elif action == "skip" and test:
        skipped.append(("%s %s" % (short(package), test), reason(lines.pop((package, test), []))))
    elif action == "pass" and test:
        passed += 1
        lines.pop((package, test), None)
    elif action == "fail" and test:
        failed.append("%s %s\n" % (short(package), test))
        show(lines.pop((package, test), []))
    elif action in ("pass", "skip", "fail"):
        running.pop(package, None)
        end(package, action)


def end(package, action):
    if action == "fail":
        # A package that ends in a panic or a timeout leaves tests that never ended.
        for key in sorted((k for k in lines if k[0] == package and k[1]), key=str):
            failed.append("%s %s: did not end\n" % (short(package), key[1]))
            show(lines.pop(key))
        if not any(f.startswith(short(package) + " ") for f in failed):
            failed.append("%s\n" % short(package))
    own = lines.pop((package, None), [])
    show(line for line in own if line not in ("PASS\n", "FAIL\n") and (action == "fail" or line.startswith("ok ")))


def say_what_runs():
    while True:
        time.sleep(EVERY)
        with lock:
            now = time.monotonic()
            slow = ["%s (%d s)" % (short(p), now - began) for p, began in sorted(running.items()) if now - began >= EVERY]
            if slow:
                show(["      after %d s: %s\n" % (now - started, ", ".join(slow))])


def left_out():
    by_reason = {}
    for test, why in skipped:
        by_reason.setdefault(why, []).append(test)
    for why, tests in by_reason.items():
        if len(tests) > ALIKE:
            yield "%d tests, such as %s: %s\n" % (len(tests), tests[0], why)
        else:
            yield from ("%s: %s\n" % (test, why) for test in tests)


threading.Thread(target=say_what_runs, daemon=True).start()
for line in sys.stdin:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    with lock:
        take(event) if isinstance(event, dict) else show([line])

with lock:
    show("slow: %5.0f s  %s\n" % one for one in sorted(slow, reverse=True)[:SLOWEST])
    show(["%d passed, %d failed, %d skipped\n" % (passed, len(failed), len(skipped))])
    for name, what in zip(sys.argv[1:], (left_out(), failed)):
        with open(name, "a") as f:
            f.writelines(what)
sys.exit(1 if failed else 0)
