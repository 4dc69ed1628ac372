/**
 * From an account's first word to its last, every program a process of its own, as it is built: alice's house gets a hub and a bulb, her service
 * forgets what was said to it, her laptop is gone in the middle of a compaction, and the box with the hub is stolen. Mallet has its disk and the
 * service's whole disk as it is afterwards. The next hub takes the bulb over; then alice ends her account.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { AccountContext } from "../../src/account/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { AgreeingKey } from "../../src/crypto/index.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { SequenceFrame } from "../../src/dare/index.ts";
import { decodeContentMeta, exchangeSeed, isRedacted, SequenceFile } from "../../src/dare/index.ts";
import { online, valuesOf } from "../fixture/assert-house.ts";
import { House } from "../fixture/house.ts";
import type { Told } from "../fixture/programs.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { nodeWords } from "../kit/node-words.ts";

const [ofAlice, ofBob] = ["alice@example.com", "bob@example.com"] as const;

/** The sequences on the service's disk, each read from a copy. */
function diskOf(house: House) {
  const accounts = house.path("service", "accounts");
  const names = (): readonly string[] => readdirSync(accounts, { recursive: true }).map(String);
  const read = async <T>(name: string, each: (frame: SequenceFrame) => T): Promise<T[]> => {
    const copy = house.path("copy.dare");
    cpSync(join(accounts, name), copy);
    const file = await SequenceFile.open({ path: copy });
    const found: T[] = [];
    for await (const frame of file.frames()) found.push(each(frame));
    await file.close();
    return found;
  };
  const holds = (octets: Uint8Array): readonly string[] =>
    names().filter((name) => /\.[a-z]+$/.test(name) && readFileSync(join(accounts, name)).includes(Buffer.from(octets)));
  return { names, read, holds };
}

/** What was said to the house, of those that the service has in MMM_Command: octets in the middle of each body. */
async function orders(disk: ReturnType<typeof diskOf>): Promise<readonly { readonly isErased: boolean; readonly octets: Uint8Array }[]> {
  const found = [];
  for (const name of disk.names().filter((one) => one.endsWith("MMM_Command.dare"))) {
    const frames = await disk.read(name, (frame) =>
      frame.index > 0 && /Command$/.test(decodeContentMeta(frame.header.ContentMetaData).MessageType ?? "")
        ? { isErased: isRedacted(frame), octets: frame.body.slice(frame.body.length >> 1, (frame.body.length >> 1) + 48) }
        : undefined,
    );
    found.push(...frames.filter((frame) => frame !== undefined));
  }
  return found;
}

/** All that agrees in a machine's directory, and what it may still write. */
async function openStolen(dir: string) {
  const context = await AccountContext.open({ dir, ports });
  onCleanup(() => context.close());
  const { storeKeys, members, encryption, base } = context.keys;
  const keys: readonly AgreeingKey[] = [
    ...[...storeKeys.values(), ...members.values()].flatMap((list) => list.map(({ key }) => key)),
    encryption,
    base.encryption,
  ];
  return { context, keys };
}

describe("a hub that is stolen", (it) => {
  it(
    "reads and writes nothing any more, the next one has its bulb; orders are erased, who stages and goes is in nobody's way, and the account ends",
    async () => {
      const dist = packagePath("dist");
      skipUnless(existsSync(join(dist, "src/app/mesh-hub.js")), "needs npm run build");
      const house = await House.at({ dir: tempDirectory(), dist });
      onCleanup(() => house.end());
      const meshman = house.meshman.bind(house);
      const fails = async (status: number, machine: Parameters<House["args"]>[0], ...words: string[]): Promise<string> => {
        const ran = await house.programs.run("meshman", house.args(machine, ...words));
        assert.is(ran.status, status, `${machine}: ${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
        return ran.stderr;
      };
      const service = await house.startService("--open");
      const disk = diskOf(house);

      // An account, and what its machine says of it.
      await meshman("maker", "account", "create", "maker@example.com");
      await meshman("maker", "device", "preconfig", "--class", "light", "--manufacturer", "Lumen", "--model", "B1", "--out", house.path("factory"));
      cpSync(house.path("factory", readdirSync(house.path("factory"))[0] ?? ""), house.path("devices", "kitchen"), { recursive: true });
      const { service: said, version } = await meshman("alice", "account", "hello", ofAlice);
      assert.ok((said as Told).udf && version, "a service is known before there is an account");
      assert.match(await fails(67, "alice", "account", "get"), /holds no account/);
      await meshman("alice", "account", "create", ofAlice);
      await meshman("bob", "account", "create", ofBob);
      const { accounts } = await meshman("alice", "account", "list");
      const listed = (accounts as readonly Told[]).map(({ account, inuse }) => [account, inuse]);
      assert.equal(
        listed.sort(),
        [
          [ofAlice, true],
          [ofBob, false],
          ["maker@example.com", false],
        ],
        "those of this user",
      );
      const info = await meshman("alice", "account", "info");
      assert.equal([info.account, (info.service as Told).udf, (info.device as Told).holdsseed], [ofAlice, (said as Told).udf, true]);
      assert.ok((info.keys as readonly Told[]).every(({ held }) => held === true));

      // The house.
      const agent = house.startAgent("alice");
      const letIn = async (machine: "laptop" | "phone", roles: string): Promise<void> => {
        const { uri } = await meshman("alice", "account", "pin", "--role", roles, "--name", machine);
        await meshman(machine, "device", "request", String(uri));
        await meshman(machine, "device", "complete", "--wait", "60s");
      };
      await letIn("laptop", "web,command,admin");
      await letIn("phone", "web,command");
      for (const name of ["kitchen", "hall"]) await meshman("alice", "place", "add", name);
      const hubJoins = async (name: string): Promise<void> => {
        const { uri } = await meshman("alice", "account", "pin", "--role", "hub", "--name", name);
        await house.hub("init", "--pin", String(uri));
      };
      await hubJoins("old hub");
      const old = await house.startHub();
      const bulb = await house.startDevice("kitchen");
      await meshman("alice", "device", "window", "10m", "--class", "light");
      await house.hub("onboard", house.path("devices", "kitchen", "code.png"), "--name", "lamp", "--place", "kitchen");
      await meshman("phone", "device", "say", "turn on the lamp");
      assert.is((await valuesOf(bulb)).on, true);

      // What was said to the house is nobody's history.
      const before = await orders(disk);
      assert.ok(before.length >= 2 && before.some(({ isErased }) => !isErased), JSON.stringify(before));
      for (const { octets } of before) assert.ok(disk.holds(octets).length > 0);
      await service.end();
      const quick = await house.startService("--open", "--limit", "commandBodyMs=5000", "upkeepMs=500");
      // It looks when a day is over, or after the next order. Whether that one comes in time is the machine's business.
      await house.programs.run("meshman", house.args("phone", "device", "say", "turn on the lamp"));
      const first = async () => (await orders(disk)).slice(0, before.length);
      await eventually("the orders are erased", async () => (await first()).every(({ isErased }) => isErased));
      assert.is((await first()).length, before.length, "their digests stay");
      for (const { octets } of before) assert.equal(disk.holds(octets), [], "in no file");
      await quick.end();
      await house.startService("--open");

      // The laptop is gone in the middle of a compaction, the hub's box is stolen.
      const stores = ["MMM_Place", "MMM_Device", "MMM_Contact"];
      const half = spawnSync(process.execPath, [...nodeWords("test/scenario/half-staged-child.ts"), house.path("laptop"), "4", ...stores]);
      assert.is(half.signal, "SIGKILL", String(half.stderr));
      const staged = (): readonly string[] => disk.names().filter((name) => name.includes("staged"));
      assert.ok(staged().length > 0 && staged().length < stores.length, staged().join());
      await old.end("SIGKILL");
      renameSync(house.path("hub"), house.path("mallet"));
      cpSync(house.path("mallet", "account"), house.path("reader"), { recursive: true });
      const stolen = await openStolen(house.path("reader"));
      const removed = await meshman("alice", "device", "delete", "old hub", "--yes");
      assert.equal(
        (removed.orphans as readonly Told[]).map(({ localname }) => localname),
        ["lamp"],
      );
      // The command replaces its keys; what it does not come to, the agent does.
      await eventually("it has no key that is in force", async () => {
        const { stores, members } = (await meshman("alice", "account", "status")).remains as { stores: string[]; members: string[] };
        return stores.length + members.length === 0;
      });
      const { stores: now } = await meshman("alice", "account", "info");
      for (const store of ["MMM_Place", "MMM_Device"]) {
        const { keyepochs = [] } = (now as { store: string; keyepochs?: number[] }[]).find((one) => one.store === store) ?? {};
        assert.is(Math.max(...keyepochs), 1, `${store} is under a new key`);
      }
      await meshman("alice", "place", "add", "secret room");

      // What the thief reads: what there was, and nothing of what came after.
      let formerly = 0;
      let exchanges = 0;
      for (const name of disk.names().filter((one) => /MMM_\w+.*\.dare$/.test(one))) {
        const isNew = /\.[1-9]\d*\.dare$/.test(name);
        const opened = await disk.read(name, (frame) => {
          if (!frame.header.recipients) return false;
          if (isNew) exchanges += 1;
          try {
            exchangeSeed(frame, stolen.keys);
            return true;
          } catch {
            return false;
          }
        });
        if (isNew) assert.equal(opened.filter(Boolean), [], name);
        else formerly += opened.filter(Boolean).length;
      }
      assert.ok(formerly > 0 && exchanges > 0, `${formerly} of before, ${exchanges} sealed after it`);

      // What he writes: nothing, with a program of his own; and the hub's own program erases what he has.
      const { client, address } = stolen.context;
      const wanted = { Account: address, RequestId: newNonce(ports.random) };
      await throwsMesh(client.transact(wanted), "ERR_REVOKED");
      await throwsMesh(client.download({ Account: address, Select: [{ Container: "MMM_Place", Epoch: 1, IndexMin: 0 }] }), "ERR_REVOKED");
      await throwsMesh(stolen.context.sync(), "ERR_REVOKED");
      const asHub = house.hubArgs("run").map((word) => (word === house.path("hub") ? house.path("mallet") : word));
      const ran = await house.programs.run("mesh-hub", asHub);
      assert.match(ran.stderr + ran.stdout, /removed from the account alice@example\.com on .* its keys were erased/);
      assert.equal(readdirSync(house.path("mallet", "account")), ["removed.json"]);

      // The laptop comes back, and goes on with what is in force.
      const places = async (machine: "laptop" | "phone"): Promise<readonly unknown[]> =>
        ((await meshman(machine, "place", "list")).places as readonly Told[]).map(({ localname }) => localname).sort();
      await meshman("laptop", "place", "delete", "hall");
      for (const machine of ["laptop", "phone"] as const) assert.equal(await places(machine), ["kitchen", "secret room"], machine);

      // The next hub has the bulb, without a scan.
      await hubJoins("next hub");
      const next = await house.startHub();
      await online(house, 1);
      await meshman("phone", "device", "say", "turn off the lamp");
      assert.is((await valuesOf(bulb)).on, false);

      // The end of the account: at the service, on this machine, and by name for everybody else.
      await agent.end();
      assert.match(await fails(77, "phone", "account", "delete", ofAlice, "--yes"), /does not hold the seed/);
      const folders = readdirSync(house.path("service", "accounts")).length;
      const { machines, locked } = await meshman("alice", "account", "delete", ofAlice, "--yes");
      assert.equal([[...(machines as string[])].sort(), locked], [["laptop", "next hub", "phone"], ["lamp"]]);
      assert.is(readdirSync(house.path("service", "accounts")).length, folders - 1);
      assert.not(existsSync(house.path("alice", "device.json")));
      assert.match(await fails(67, "phone", "account", "sync"), /holds no account alice@example\.com any more/);
      await house.hub("say", "turn on the lamp");
      assert.is((await valuesOf(bulb)).on, true, "the house goes on as without a service");
      const asked = await house.programs.run("meshman", house.args("bob", "contact", "request", ofAlice));
      assert.is.not(asked.status, 0, asked.stdout + asked.stderr);
      assert.match(asked.stderr, /alice@example\.com/);
      await next.end();
    },
    { timeoutMs: 1_000_000 },
  );
});
