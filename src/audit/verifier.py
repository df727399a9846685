"""Verifies an audit log of fleet without fleet: python3 verifier.py DIR [--anchor SEQ:HASH]...
Prints one line of JSON; exit 0 if the log is whole, 6 if not. fleet-audit(5) has the format."""
import argparse, base64, errno, functools, hashlib, itertools, json, os, pathlib, re, stat, sys

LINE = rb'(\{".*),"seq":([1-9][0-9]{0,19}),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\n'
HEAD = rb"fleet\.local/audit/([0-9a-f]{32})\n([1-9][0-9]{0,19})\n([0-9A-Za-z+/]{42}[048AEIMQUYcgkosw]=)\n"
NAME = "(?!(seq|prev|hash)$)[a-z][a-z0-9_]*"
LONGEST = 262144  # Bytes of a line. No more are read at once, so memory is constant.
CLASS = {"torn_tail": "torn", **dict.fromkeys(["missing", "missing_segment", "head_missing"], "missing"),
         **dict.fromkeys(["symlink", "not_regular", "unreadable", "head_unreadable"], "environment")}
report = {"ok": True, "entries": 0, "head": None, "fault": None}
at, first = {"seq": 1, "segment": "%020d.jsonl" % 1, "offset": 0}, {}  # What comes next, what came first.

def demand(good, kind, **place):
    if not good:
        fault = {"kind": kind, "class": CLASS.get(kind, "tamper"), **at, **place}
        print(json.dumps({**report, "ok": False, "fault": fault}, separators=(",", ":")))
        sys.exit(6)

def opened(path):  # Follows no link and hangs on no pipe.
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return open(fd, "rb")

def members(pairs):  # RFC 8785 sorts by UTF-16 code units.
    demand(len({name for name, _ in pairs}) == len(pairs), "json_duplicate_key")
    return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))

def number(text):  # In brackets if it is no integer within 2^53: so it will not be spelt as it was.
    return int(text) if text.lstrip("-").isdigit() and abs(int(text[:20])) <= 1 << 53 else [float(text)]

def entry(line):
    link = re.fullmatch(LINE, line)
    demand(link, "bom" if line[:3] == b"\xef\xbb\xbf" else "crlf" if line[-2:] == b"\r\n" else "format")
    payload, seq, prev, own = link[1] + b"}", int(link[2]), link[3].decode(), link[4].decode()
    demand(seq == at["seq"], "seq_gap" if seq > at["seq"] else "seq_repeat")
    demand(prev == (report["head"] or "0" * 64), "prev_mismatch")
    demand(own == hashlib.sha256(line[:-77]).hexdigest(), "hash_mismatch")
    try:
        marks = re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^][{}"]+', "", payload.decode())
        demand(max(itertools.accumulate((c in "[{") - (c in "]}") for c in marks)) < 128, "json_invalid")
        read = json.loads(payload, object_pairs_hook=members, parse_int=number, parse_float=number)
        spelt = json.dumps(read, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except ValueError as e:  # Half of a surrogate pair does not encode.
        demand(False, "utf8_invalid" if isinstance(e, UnicodeDecodeError) else "json_invalid")
    demand(spelt == payload and all(re.fullmatch(NAME, name) for name in read), "not_canonical")
    demand(seq != synced or head[3] == base64.b64encode(bytes.fromhex(own)), "head_mismatch")
    demand(all(int(n) != seq or kept == own for n, kept in args.anchor), "anchor_mismatch")
    first.setdefault("log", read.get("log"))
    report.update(entries=seq, head=own)
    at.update(seq=seq + 1, offset=at["offset"] + len(line))

parser = argparse.ArgumentParser()
parser.add_argument("dir", type=pathlib.Path)
parser.add_argument("--anchor", metavar="SEQ:HASH", action="append", default=[],
                    type=lambda text: re.fullmatch("[1-9][0-9]*:[0-9a-f]{64}", text)[0].split(":"))
args = parser.parse_args()
try:
    head, why = re.fullmatch(HEAD, opened(args.dir / "head").read(512)), "head_invalid"
except OSError as e:
    head, why = None, "head_" + {errno.ENOENT: "missing", errno.EINVAL: "invalid"}.get(e.errno, "unreadable")
synced, paths = int(head[2]) if head else 0, sorted(args.dir.glob("[0-9]" * 20 + ".jsonl"))
demand(paths or why != "head_missing", "missing", segment="")
for path in paths:
    at.update(segment=path.name, offset=0)
    demand(int(path.stem) == at["seq"], "missing_segment" if int(path.stem) > at["seq"] else "seq_repeat")
    try:
        for line in iter(functools.partial(opened(path).readline, LONGEST), b""):
            torn = "format" if path != paths[-1] else "torn_tail" if synced < at["seq"] else "truncated"
            demand(line[-1:] == b"\n", "line_too_long" if len(line) == LONGEST else torn)
            entry(line)
    except OSError as e:
        demand(False, {errno.ELOOP: "symlink", errno.EINVAL: "not_regular"}.get(e.errno, "unreadable"))
    demand(at["offset"] or path == paths[-1], "seq_gap")
demand(head, why, seq=report["entries"], segment="head", offset=0)
demand(max([synced] + [int(n) for n, _ in args.anchor]) < at["seq"], "truncated")
demand(head[1].decode() == first["log"], "head_mismatch", seq=synced, segment="head", offset=0)
print(json.dumps(report, separators=(",", ":")))
