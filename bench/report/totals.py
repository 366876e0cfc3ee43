"""The figures of a report, computed in another language and without a sketch: every latency is kept and sorted.

    python3 bench/report/totals.py LOG > totals.json
"""

import datetime
import json
import re
import sys
from collections import Counter, defaultdict

DENIALS = {
    "mcp_access_denied": "access_denied",
    "mcp_rate_limit": "rate_limits",
    "mcp_budget_exceeded": "budget_exceeded",
    "mcp_input_rejected": "input_rejected",
    "mcp_circuit_open": "circuit_open",
}
EVENTS = set(DENIALS) | {
    "mcp_tool_call",
    "mcp_request",
    "mcp_security_alert",
    "mcp_auth",
    "audit_start",
    "audit_end",
}
TEXTS = ("tool_name", "server_id", "user_id", "agent_name", "tenant_id", "method", "action", "error_type", "guard", "rule", "reason")
NAMES = {"tools": "tool_name", "users": "user_id", "agents": "agent_name", "servers": "server_id"}
START = re.compile(r'\{"(?:action|agent_name|dropped|event)":')
END = re.compile(r'"hash":"[0-9a-f]{0,64}"?\}?$')
BEGIN = re.compile(r'\{\s*"(?:action|agent_name|dropped|event)"\s*:')
EARLIEST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
LATEST = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)


def parse(text):
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return value if isinstance(value.get("event"), str) and isinstance(value.get("timestamp"), str) else None


def find(line):
    """The record in a line, and whether a piece of another stands before it."""
    at = line.find("{")
    is_first = True
    while at != -1:
        record = parse(line[at:])
        if record is not None:
            return record, not is_first
        following = START.search(line, at + 1)
        at = following.start() if following else -1
        is_first = False
    return None, bool(BEGIN.search(line) or END.search(line))


def is_usable(record):
    try:
        time = datetime.datetime.fromisoformat(record["timestamp"].replace("Z", "+00:00"))
    except ValueError:
        return False
    if not EARLIEST <= time <= LATEST:
        return False
    latency = record.get("latency_ms")
    if latency is not None and not (type(latency) in (int, float) and 0 <= latency <= 1e9):
        return False
    if any(not isinstance(record.get(key), (str, type(None))) for key in TEXTS):
        return False
    is_call = record["event"] in ("mcp_tool_call", "mcp_request")
    return isinstance(record.get("success"), bool) or (not is_call and "success" not in record)


def how_of(record):
    event = record["event"]
    if event == "mcp_tool_call":
        return "successful" if record["success"] else "failed"
    if event not in DENIALS:
        return None
    is_guides = "v" not in record
    if not (record.get("method") == "tools/call" or ("method" not in record and is_guides)):
        return None
    if record.get("action") == "observed":
        return "would_be_denied"
    return "denied" if is_guides or "outcome" in record else None


def percentiles(values):
    values.sort()
    at = lambda share: values[int(share * (len(values) - 1))] if values else None
    return {
        "count": len(values),
        "avg": sum(values) / len(values) if values else 0,
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": values[-1] if values else None,
    }


def main(path):
    lines = Counter()
    events = Counter()
    security = {name: Counter() for name in DENIALS.values()}
    named = {key: defaultdict(Counter) for key in NAMES}
    named["total"] = defaultdict(Counter)
    latencies = {key: defaultdict(list) for key in named}
    with open(path, encoding="utf-8", errors="replace", newline="\n") as log:
        for line in log:
            line = line.rstrip("\n")
            if line.strip() == "":
                continue
            lines["lines"] += 1
            record, is_torn = find(line)
            lines["torn"] += is_torn
            if record is None:
                lines["foreign"] += not is_torn
                continue
            if record["event"] not in EVENTS:
                lines["foreign"] += 1
                continue
            if not is_usable(record):
                lines["unusable"] += 1
                continue
            lines["records"] += 1
            events[record["event"]] += 1
            if record["event"] in DENIALS:
                action = "observed" if record.get("action") == "observed" else "blocked"
                security[DENIALS[record["event"]]][action] += 1
            how = how_of(record)
            if how is None:
                continue
            keys = {key: record.get(field) or "unknown" for key, field in NAMES.items()} | {"total": "all"}
            for key, name in keys.items():
                named[key][name][how] += 1
                if record["event"] == "mcp_tool_call" and record.get("latency_ms") is not None:
                    latencies[key][name].append(record["latency_ms"])
    json.dump(
        {
            "lines": lines,
            "events": events,
            "security": security,
            "named": named,
            "latencies": {
                key: {name: percentiles(values) for name, values in table.items()} for key, table in latencies.items()
            },
        },
        sys.stdout,
    )


main(sys.argv[1])
