#!/usr/bin/env python3
"""llama.cpp's own HTTP server, in this process (PyPI: xllamacpp), for the tests.

serve.py MODEL PORT|PATH.sock [--embeddings]    PORT 0 takes a free one. Prints `READY <where>`, and ends
when its standard input does, so that no test leaves one behind.
"""
import sys
import xllamacpp as xlc

p = xlc.CommonParams()
p.model.path = sys.argv[1]
where = sys.argv[2]
if where.endswith(".sock"):
    p.hostnames = [where]
else:
    p.hostnames = ["127.0.0.1"]
    p.port = int(where)
p.n_ctx = 8192
p.n_parallel = 1
p.warmup = False
p.cpuparams.n_threads = 1
p.use_jinja = True
p.offline = True
p.ui = False
if "--embeddings" in sys.argv:
    p.embedding = True
    p.pooling_type = xlc.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
s = xlc.Server(p)
print("READY", s.listening_address, flush=True)
sys.stdin.read()
