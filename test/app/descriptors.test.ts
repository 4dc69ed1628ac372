/** The programs with few descriptors: they work, or say what to raise; nothing is ever called damaged for it. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { attend, completeConnection, createAccount, issuePin, requestConnection } from "../../src/account/index.ts";
import { makeDirectory } from "../../src/base/directory.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";

/** Starts a built program (what compiles as it runs needs more) with few descriptors; its words are gathered. */
function start(
  program: string,
  most: number,
  args: readonly string[],
): { readonly child: ChildProcess; readonly said: () => string; readonly gone: Promise<unknown> } {
  const command = [process.execPath, packagePath("dist", "src", "app", `${program}.js`), ...args];
  const child = spawn("sh", ["-c", `ulimit -n ${most}; exec "$@"`, "sh", ...command], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += String(piece)));
  const gone = once(child, "exit");
  onCleanup(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  return { child, said: () => text, gone };
}

describe("with 64 descriptors", (it) => {
  for (const program of ["mesh-service", "mesh-hub", "meshman"]) {
    it(`${program} says which limit to raise`, async () => {
      const { said, gone } = start(program, 64, program === "meshman" ? ["device", "list"] : ["run"]);
      assert.equal(await gone, [75, null]);
      assert.match(said(), /may open 64 files at once and needs 256.*\n.*ulimit -n 4096/);
    });
  }
});

describe("with 256 descriptors", (it) => {
  it(
    "the service keeps accounts or is busy for now, and the hub runs",
    async () => {
      const root = tempDirectory();
      const service = start("mesh-service", 256, ["--dir", join(root, "service"), "--port", "0", "--open", "--json"]);
      await eventually("the service listens", () => /"url":"http[^"]*"/.test(service.said()), 60_000);
      const serviceUrl = /"url":"(http[^"]*)"/.exec(service.said())?.[1] ?? "";
      const alice = await createAccount({ dir: join(root, "alice"), address: "alice@example.com", serviceUrl, localName: "alice", ports });
      onCleanup(() => alice.close());
      for (let i = 0; i < 6; i++) {
        try {
          const other = await createAccount({
            dir: join(root, `other ${i}`),
            address: `other${i}@example.com`,
            serviceUrl,
            localName: "other",
            ports,
          });
          await other.close();
        } catch (error) {
          assert.ok(isMeshError(error, "ERR_BUSY"), String(error));
        }
      }
      const stateDir = join(root, "hub");
      const dir = join(stateDir, "account");
      await makeDirectory(dir);
      const { uri } = await issuePin(alice, { roles: ["hub"], minutes: 10 });
      const { account, code } = parseConnectUri(uri);
      await requestConnection({ dir, address: account, pin: code, serviceUrl, ports });
      await alice.sync();
      await attend(alice, { claim: false });
      await (await completeConnection({ dir, waitSeconds: 10, ports })).close();
      const config = { stateDir, mqtt: { host: "127.0.0.1", port: 0 }, tcp: { enabled: false }, mdns: { announce: false } };
      writeFileSync(join(root, "hub.config.json"), JSON.stringify(config));
      const hub = start("mesh-hub", 256, ["run", "--config", join(root, "hub.config.json")]);
      await eventually("the hub runs or says why not", () => hub.said().includes("hub.started") || hub.child.exitCode !== null, 60_000);
      if (!hub.said().includes("hub.started")) assert.match(hub.said(), /ulimit -n|LimitNOFILE/);
      await alice.close();
      for (const { child, gone } of [hub, service]) {
        child.kill("SIGTERM");
        await gone;
      }
      for (const { said } of [hub, service]) assert.not.match(said(), /damaged/i);
    },
    { timeoutMs: 180_000 },
  );
});
