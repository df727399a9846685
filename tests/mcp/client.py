"""The official Python client: lists, calls, waits for a person, and goes on. client.py FLEET WORLD"""
import asyncio
import json
import subprocess
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

fleet, world = sys.argv[1:3]
server = StdioServerParameters(command=fleet, args=["serve-mcp", "--as", "python", "--allow-high"],
                               env={"FLEET_HOME": f"{world}/fleet"})


def approve(id):
    ran = subprocess.run([fleet, "approve", id, "--json"], capture_output=True, text=True)
    assert ran.returncode == 0, ran


def error(result):
    return getattr(result, "is_error", None) or getattr(result, "isError", None)


async def main():
    seen = []

    async def progress(now, total, message):
        seen.append((now, message))

    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            hello = await session.initialize()
            assert (getattr(hello, "server_info", None) or hello.serverInfo).name == "fleet"
            tools = (await session.list_tools()).tools
            names = [tool.name for tool in tools]
            assert names == sorted(names) and "files_read" in names and "shell_run" in names, names
            path = f"{world}/w/a.txt"
            result = await session.call_tool("files_read", {"path": path}, progress_callback=progress)
            assert not error(result) and json.loads(result.content[0].text)["text"] == "hello from a file\n"
            assert len(seen) >= 2 and seen == sorted(seen), seen
            bad = await session.call_tool("files_read", {"path": path, "strange": 1})
            assert error(bad) and "strange" in bad.content[0].text
            argv = {"argv": ["rm", f"{world}/w/python-made"]}
            open(f"{world}/w/python-made", "w").close()
            waits = await session.call_tool("shell_run", argv)
            assert error(waits) and "needs approval" in waits.content[0].text
            meta = waits.meta if hasattr(waits, "meta") else waits._meta
            approve(meta["fleet/approval"])
            done = await session.call_tool("shell_run", argv)
            assert not error(done) and json.loads(done.content[0].text)["exit"] == 0, done
            again = await session.call_tool("shell_run", argv)
            assert error(again) and "needs approval" in again.content[0].text
            many = await asyncio.gather(*[session.call_tool("files_read", {"path": path}) for _ in range(50)])
            assert all(not error(one) for one in many)
            try:
                await session.call_tool("no_such_tool", {})
                raise SystemExit("an unknown tool was called")
            except Exception as e:
                assert "no_such_tool" in str(e), e


asyncio.run(asyncio.wait_for(main(), 120))
