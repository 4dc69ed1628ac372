/** Pipes, devices and directories where a program looks for a file of its owner: each reader refuses them by name and waits for none. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

/** Module, and what is called with the path of the odd thing and a folder that holds it as its one entry `name`. */
const readers: readonly { readonly of: string; readonly name: string; readonly module: string; readonly call: string; readonly says: string }[] = [
  {
    of: "the hub's configuration",
    name: "hub.config.json",
    module: "src/config/index.ts",
    call: "m.loadConfig({ file: path, env: {}, cwd: dir })",
    says: "ERR_CONFIG",
  },
  { of: "a secret", name: "secret", module: "src/config/index.ts", call: 'm.readSecret("file:" + path, { env: {} })', says: "ERR_CONFIG" },
  {
    of: "a driver",
    name: "lamp/driver.json",
    module: "src/driver/index.ts",
    call: "refuse(m.loadDrivers({ packageDir: dir, log: { child: () => log, warn() {}, info() {} } }).refused[0])",
    says: "ERR_DRIVER",
  },
  { of: "a list of addresses", name: "list", module: "src/provider/bind/policy.ts", call: "await m.readList(path)", says: "ERR_STORE" },
  { of: "a lock", name: ".lock", module: "src/base/directory-lock.ts", call: 'await m.lockDirectory(dir, { purpose: "test" })', says: "ERR_STORE" },
  {
    of: "a sequence",
    name: "x.dare",
    module: "src/dare/sequence/sequence-reader.ts",
    call: "await m.withSequenceReader({ path }, async () => undefined)",
    says: "ERR_STORE",
  },
  {
    of: "the broker's log",
    name: "broker.log",
    module: "src/transport/mqtt/durable/log.ts",
    call: "await new m.DurableLog({ path, log: undefined, snapshot: () => [] }).open()",
    says: "ERR_STORE",
  },
  {
    of: "a device's memory",
    name: "image",
    module: "firmware-stubs/virtual/image/flash.ts",
    call: 'new m.Flash(dir, () => {}).read("image")',
    says: "ERR_STORE",
  },
];

/** Runs a reader in a process of its own: one that waits for a pipe cannot be told to stop. */
function read({ module, call }: (typeof readers)[number], dir: string, path: string): string {
  const script = `
    import * as m from ${JSON.stringify(packagePath(module))};
    const log = { child: () => log, warn() {}, info() {}, error() {} };
    const refuse = (refused) => { if (refused) throw refused.error; };
    const [dir, path] = ${JSON.stringify([dir, path])};
    try { ${call}; console.log("took it"); } catch (error) { console.log(error.code + " " + error.message); }
    process.exit(0);`;
  const file = join(tempDirectory(), "read.mts");
  writeFileSync(file, script);
  const { stdout, signal } = spawnSync(process.execPath, nodeWords(file), { cwd: packagePath(), encoding: "utf8", timeout: 60_000 });
  return signal === null ? stdout : "waited";
}

describe("what is no file", (it) => {
  for (const reader of readers) {
    it(`in the place of ${reader.of} is refused`, () => {
      for (const kind of ["pipe", "device"]) {
        const dir = tempDirectory();
        const path = join(dir, reader.name);
        mkdirSync(join(path, ".."), { recursive: true });
        kind === "pipe" ? execFileSync("mkfifo", [path]) : symlinkSync("/dev/zero", path);
        const said = read(reader, dir, path);
        assert.ok(said.startsWith(`${reader.says} `), `${kind}: ${said}`);
      }
    });
  }
});
