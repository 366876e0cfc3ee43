"""Runs a command and writes what it took: wall time and CPU in seconds, peak memory in megabytes.

    python3 bench/report/usage.py FILE COMMAND [ARGUMENT ...]
"""

import json
import resource
import subprocess
import sys
import time

begin = time.monotonic()
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump(
        {
            "seconds": time.monotonic() - begin,
            "cpu": used.ru_utime + used.ru_stime,
            # Kilobytes on Linux, bytes on macOS.
            "megabytes": used.ru_maxrss / (1e6 if sys.platform == "darwin" else 976.5625),
        },
        out,
    )
sys.exit(code)
