"""Writes an audit log from what fleet-audit(5) says alone, to hold `fleet audit verify` against it:
python3 writer.py DIR --entries N [--roll BYTES]. The same N gives the same entries again."""
import argparse
import base64
import datetime
import hashlib
import json
import pathlib

LOG = "0123456789abcdef" * 2
# Where programs that write JSON differ: order of members, escapes, large and negative numbers.
ARGS = [
    {},
    {"path": "~/über/日本語/😀.txt", "mode": "create", "expect": None},
    # By UTF-16 code units the astral name comes before U+E000 and U+FB33, by code points after them.
    {"\ue000": 1, "😀": 2, "\ufb33": 3, "z": {"\uffff": [], "𝒳": {}}},
    {"": 0, "é": 1, "A": 2, "a": 3, "\r": 4, "\x7f": 5, "1": 6, "10": 7, "9": 8},
    {"controls": "".join(map(chr, range(32))), "marks": '"\\/\x7f\x80\u2028\u2029\ufeff', "\0": "\\u0000"},
    {"numbers": [0, -1, 2**53, -(2**53), 2**53 - 1], "flags": [True, False, None]},
    {"deep": [[[[[], {}], [{"b": [1, {"a": "x"}]}]]], ""], "pairs": [{"to": "b", "from": "a"}]},
    {"content": {"sha256": hashlib.sha256(b"x" * 5000).hexdigest(), "bytes": 5000}},
    # A string that looks like the end of a line.
    {"text": '","seq":1,"prev":"' + "0" * 64 + '","hash":"' + "0" * 64 + '"}', "seq": 1, "prev": "x"},
    {"long": "ä😀\n" * 400},
]


def canonical(value):
    """RFC 8785 without floats. `json` would sort by code points, so members are sorted here."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def payload(seq):
    time = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=seq, microseconds=seq)
    common = {"ts": time.isoformat(timespec="microseconds") + "Z", "v": 1}
    if seq == 1:
        return {"kind": "log.created", "log": LOG, **common}
    args = ARGS[seq % len(ARGS)]
    return {"kind": "call.done", "tool": "files_read", "args": args, "duration_us": seq, **common}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--entries", type=int, required=True)
    parser.add_argument("--roll", type=int, default=64 << 20)
    args = parser.parse_args()
    if args.entries < 1:
        parser.error("a log has at least its first entry")
    args.dir.mkdir(parents=True)
    prev, length = "0" * 64, args.roll
    for seq in range(1, args.entries + 1):
        if length >= args.roll:
            segment, length = args.dir / f"{seq:020}.jsonl", 0
        covered = f'{canonical(payload(seq))[:-1]},"seq":{seq},"prev":"{prev}'.encode()
        prev = hashlib.sha256(covered).hexdigest()
        with open(segment, "ab") as file:
            length += file.write(covered + f'","hash":"{prev}"}}\n'.encode())
    head = base64.b64encode(bytes.fromhex(prev)).decode()
    (args.dir / "head").write_text(f"fleet.local/audit/{LOG}\n{args.entries}\n{head}\n")


main()
