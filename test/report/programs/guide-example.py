#!/usr/bin/env python3
"""The monitoring guide's example script, section 6, as it is written there, but that the report comes from a file:

    python3 test/report/programs/guide-example.py mcp_security_report.json
"""

import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        report = json.load(f)

    print("MCP Security Report")
    print("=" * 60)
    print(f"Timestamp: {report['timestamp']}")
    print()

    # Tool call stats
    stats = report["tool_call_stats"]
    print(f"Total Calls: {stats['total_calls']}")
    print(f"Successful: {stats['successful']}")
    print(f"Failed: {stats['failed']}")
    print(f"Avg Latency: {stats['avg_latency_ms']:.2f}ms")
    print()

    # Security events
    security = report["security_events"]
    print("Security Events:")
    print(f"  Access Denied: {security['access_denied']['count']}")
    print(f"  Rate Limits: {security['rate_limits']['count']}")
    print(f"  Budget Exceeded: {security['budget_exceeded']['count']}")
    print()

    # Alerts
    if report["alerts"]:
        print("ALERTS:")
        for alert in report["alerts"]:
            print(f"  [{alert['severity'].upper()}] {alert['message']}")
    else:
        print("No alerts")


if __name__ == "__main__":
    main()
