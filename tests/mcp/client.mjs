// The official TypeScript clients: the one of the handshake, and the one that discovers.
// client.mjs FLEET WORLD
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

const [fleet, world] = process.argv.slice(2);
const env = { ...process.env, FLEET_HOME: `${world}/fleet` };
const path = `${world}/w/a.txt`;

async function session(Client, Transport, options, name) {
  const client = new Client({ name, version: "1" }, options);
  const transport = new Transport({ command: fleet, args: ["serve-mcp", "--as", "typescript"], env });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === "files_read"));
  assert.ok(!tools.some((tool) => tool.name === "shell_run"));
  const call = (args) => client.callTool({ name: "files_read", arguments: args });
  const read = await call({ path });
  assert.ok(!read.isError);
  assert.equal(JSON.parse(read.content[0].text).text, "hello from a file\n");
  assert.ok((await call({ path, strange: 1 })).isError);
  const outside = { name: "files_write", arguments: { path: `${world}/${name}`, content: "x" } };
  const waits = await client.callTool(outside);
  assert.ok(waits.isError && waits.content[0].text.includes("needs approval"));
  execFileSync(fleet, ["approve", waits._meta["fleet/approval"]], { env, stdio: "ignore" });
  const done = await client.callTool(outside);
  assert.ok(!done.isError, JSON.stringify(done));
  await client.close();
}

const old = await import("@modelcontextprotocol/sdk/client/index.js");
const oldStdio = await import("@modelcontextprotocol/sdk/client/stdio.js");
await session(old.Client, oldStdio.StdioClientTransport, {}, "sdk");
const next = await import("@modelcontextprotocol/client");
const stdio = await import("@modelcontextprotocol/client/stdio").catch(() => next);
for (const mode of ["legacy", "auto"]) {
  await session(next.Client, stdio.StdioClientTransport, { versionNegotiation: { mode } }, `client-${mode}`);
}
process.exit(0);
