"""Says of each path whether it is an escape. Written from this sentence alone, and not from the guard:

    An escape is a path of which any 0- to 3-fold percent-decoding, NFKC-folded, resolves outside the root under POSIX or
    Windows rules, or names a device, an alternate stream, a UNC share or another drive.

Reads JSON arrays [root, path], one per line, and writes one line of 0 and 1. A root that is a path of Windows is judged
by the rules of Windows alone; a root of POSIX is taken to be on a drive of Windows that no path can name.
"""

import json
import ntpath
import posixpath
import sys
import unicodedata
from urllib.parse import unquote

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
DEVICES |= {port + digit for port in ("COM", "LPT") for digit in "123456789\u00b9\u00b2\u00b3"}


def readings(path):
    for _ in range(4):
        yield unicodedata.normalize("NFKC", path)
        path = unquote(path)


def is_within(rules, root, path):
    """With both resolved, and in the form in which the system compares names."""
    root = rules.normcase(rules.normpath(root))
    full = rules.normcase(rules.normpath(rules.join(root, path)))
    return full == root or full.startswith(root.rstrip(rules.sep) + rules.sep)


def names_device(path):
    parts = ntpath.splitdrive(path)[1].replace("\\", "/").split("/")
    stems = (part.partition(".")[0].partition(":")[0] for part in parts)
    return any(stem.rstrip(" ").upper() in DEVICES for stem in stems)


def is_escape_as_read(root, path):
    root_drive = ntpath.splitdrive(root)[0]
    drive, rest = ntpath.splitdrive(path)
    if drive.replace("/", "\\").startswith("\\\\"):
        return True
    if drive and drive.upper() != root_drive.upper():
        return True
    if ":" in rest or names_device(path):
        return True
    if root_drive:
        return not is_within(ntpath, root, path)
    return not (is_within(posixpath, root, path) and is_within(ntpath, "?:" + root, path))


def is_escape(root, path):
    return any(is_escape_as_read(root, reading) for reading in readings(path))


if __name__ == "__main__":
    answers = []
    for line in sys.stdin.buffer:
        answers.append("1" if is_escape(*json.loads(line)) else "0")
    print("".join(answers))
