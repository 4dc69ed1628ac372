/** Alice's two machines at a real service, by commands alone. */
import { writeFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { readQrPng } from "../../../src/codec/qr/index.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";

const address = "alice@example.com";

describe("meshman: alice's two machines", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  let desk: Machine;
  let laptop: Machine;
  let blank = 0;
  const anotherMachine = (): Machine => machine(join(root, `blank-${++blank}`), service.url);
  const pin = async (...words: string[]): Promise<string> => fieldOf(await desk.does("account", "pin", ...words), "PIN");

  it.before(async () => {
    await service.start({ bind: { kind: "open" }, dir: join(root, "service"), host: "127.0.0.1", port: 0, ...ports });
    desk = machine(join(root, "desk", "state"), service.url);
    laptop = machine(join(root, "laptop"), service.url);
  });
  it.after(() => service.stop());

  it("creates the account, readable by its owner alone", async () => {
    const text = await desk.does("account", "create", address, "--name", "desk");
    assert.is(fieldOf(text, "Account"), address);
    assert.match(fieldOf(text, "UDF"), /^M[A-Z2-7-]+$/);
    const dir = join(root, "desk", "state");
    assert.is((await stat(dir)).mode & 0o777, 0o700);
    for (const name of await readdir(dir)) {
      const { mode } = await stat(join(dir, name));
      assert.is(mode & 0o077, 0, `${name} is readable by others`);
    }
    assert.match(await desk.fails(73, "account", "create", "other@example.com"), /already holds the account alice@example.com/);
    assert.match(await machine(join(root, "thief"), service.url).fails(73, "account", "create", address), /alice@example.com/);
  });

  it("tells how it stands", async () => {
    const status = await desk.json("account", "status");
    assert.is(status.account, address);
    assert.is(status.service.reachable, true);
    assert.is(status.waiting, 0);
    assert.ok(status.device.roles.includes("admin"));
    assert.ok(status.stores.some(({ store }: { store: string }) => store === "MMM_Device"));
    assert.match(await desk.does("account", "status"), /^ {3}\[MMM_Device\] \d+ {2}[0-9a-f]{32}$/m);
  });

  it("connects the laptop by PIN", async () => {
    const issued = await desk.json("account", "pin", "--role", "web,command", "--minutes", "10");
    assert.match(issued.uri, /^mcu:\/\/alice@example\.com\/A[A-Z2-7-]+\?udf=M[A-Z2-7-]+$/);
    const asked = await laptop.does("device", "request", issued.uri, "--name", "laptop");
    assert.match(fieldOf(asked, "Device UDF"), /^M/);
    assert.match(await laptop.fails(75, "device", "complete"), /not answered/);
    const synced = await desk.json("account", "sync");
    assert.equal(
      synced.events.map(({ event, localName }: { event: string; localName: string }) => [event, localName]),
      [["connected", "laptop"]],
    );
    const joined = await laptop.does("device", "complete", "--wait", "5");
    assert.is(fieldOf(joined, "Account"), address);
    const { devices } = await laptop.json("device", "list");
    assert.equal(
      devices.map(({ localName, kind }: { localName: string; kind: string }) => [localName, kind]),
      [
        ["desk", "full"],
        ["laptop", "this"],
      ],
    );
    assert.match(await laptop.fails(77, "account", "pin", "--role", "web"), /no administrator/);
    assert.match(await laptop.fails(73, "device", "request", address), /already connected/);
  });

  it("connects a machine by comparing the witness", async () => {
    const tablet = anotherMachine();
    const witness = fieldOf(await tablet.does("device", "request", address, "--name", "tablet"), "Witness value");
    const { pending } = await desk.json("device", "pending");
    assert.equal([pending.length, pending[0].kind, pending[0].witness, pending[0].localName], [1, "connection", witness, "tablet"]);
    const shown = await desk.does("device", "pending");
    assert.match(shown, new RegExp(`MessageID: ${witness}`));
    const [id, kind, again, parties, device, code, name] = shown.split("\n");
    assert.equal([id, kind, again], [`MessageID: ${witness}`, "        Connection Request", `        MessageID: ${witness}`]);
    assert.match(`${parties}\n${device}`, /^ {8}To: alice@example\.com From: (M[A-Z2-7-]+)\n {8}Device: \1$/);
    assert.equal([code, name], [`        Witness: ${witness}`, "        Name: tablet"]);
    assert.match(await desk.fails(2, "device", "accept", witness.slice(0, 3)), /too short/);
    assert.match(await desk.fails(66, "device", "accept", "AAAA"), /nothing that waits/);
    assert.match(await desk.fails(2, "device", "accept", witness.slice(0, 19)), /no role/);
    await desk.does("device", "accept", witness.slice(0, 19), "kitchen tablet", "--role", "web");
    await tablet.does("device", "complete", "--wait", "5");
    assert.match(await tablet.does("device", "list"), /^kitchen tablet\t/m);
  });

  it("refuses a machine", async () => {
    const stranger = anotherMachine();
    const witness = fieldOf(await stranger.does("device", "request", address), "Witness value");
    await desk.does("device", "reject", witness.slice(0, 19));
    await stranger.fails(77, "device", "complete");
    assert.equal((await desk.json("device", "pending")).pending, []);
  });

  it("refuses a wrong, an incomplete, a used and an expired PIN", async () => {
    const good = await pin("--role", "web");
    const wrong = anotherMachine();
    const other = await pin("--role", "web");
    await desk.json("account", "sync");
    const replaced = `${other.slice(0, -2)}${other.endsWith("AA") ? "BB" : "AA"}`;
    await wrong.does("device", "request", address, "--pin", replaced);
    const told = await desk.run(["account", "sync"]);
    assert.match(told.stderr, /connection pin refused.*ERR_PIN_INVALID/);
    assert.match(await wrong.fails(77, "device", "complete"), /refused the PIN: it is wrong\nhint: .*new one: .meshman account pin/);
    await anotherMachine().fails(77, "device", "request", address, "--pin", "hello");

    const first = anotherMachine();
    await first.does("device", "request", address, "--pin", good);
    await desk.does("account", "sync");
    await first.does("device", "complete", "--wait", "5");
    const second = anotherMachine();
    await second.does("device", "request", address, "--pin", good);
    assert.match((await desk.run(["account", "sync"])).stderr, /ERR_PIN_USED/);
    assert.match(await second.fails(77, "device", "complete"), /it was used before/);

    const short = await pin("--role", "web", "--expire", "1s");
    const late = anotherMachine();
    await late.does("device", "request", address, "--pin", short);
    await systemClock.sleep(1100);
    assert.match((await desk.run(["account", "sync"])).stderr, /ERR_PIN_EXPIRED/);
    assert.match(await late.fails(77, "device", "complete"), /it has expired/);
  });

  it("takes a PIN from a file", async () => {
    const dir = tempDirectory();
    const file = join(dir, "pin");
    const machine = anotherMachine();
    await machine.fails(66, "device", "request", address, "--pin-file", join(dir, "none"));
    writeFileSync(file, "\n");
    await machine.fails(2, "device", "request", address, "--pin-file", file);
    const code = await pin("--role", "web");
    writeFileSync(file, `${code}\n`);
    await machine.fails(2, "device", "request", "--pin-file", file);
    await machine.fails(2, "device", "request", address, "--pin", code, "--pin-file", file);
    await machine.does("device", "request", address, "--pin-file", file);
    await desk.does("account", "sync");
    await machine.does("device", "complete", "--wait", "5");
    const { uri } = await desk.json("account", "pin", "--role", "web");
    writeFileSync(file, String(uri));
    const other = anotherMachine();
    assert.match(await other.fails(2, "device", "request", "bob@example.com", "--pin-file", file), /the PIN is one of/);
    await other.does("device", "request", "--pin-file", file);
    await desk.does("account", "sync");
    await other.does("device", "complete", "--wait", "5");
  });

  it("keeps the role of a hub apart, and says which roles there are", async () => {
    assert.match(await desk.fails(2, "account", "pin"), /no role/);
    assert.match(await desk.fails(2, "account", "pin", "--role", "hub,web"), /no other/);
    assert.match(await desk.fails(2, "account", "pin", "--role", "weg"), /nearest is web/);
    await desk.does("account", "pin", "--role", "hub", "--minutes", "5");
  });

  it("names devices and puts them into places, seen by both machines", async () => {
    await desk.does("place", "add", "House");
    assert.match(await desk.fails(73, "place", "add", "the house"), /there is a place called "House" already/);
    for (const name of ["a/b", "all", "on", "line\nbreak"]) await desk.fails(65, "place", "add", name);
    await desk.does("place", "add", "Study", "--in", "house");
    assert.match(await desk.fails(66, "device", "name", "laptop", "--place", "Stuby"), /known: House, Study/);
    await desk.does("device", "name", "laptop", "travel laptop", "--place", "Study", "--alias", "the small one");
    const { devices } = await laptop.json("device", "list");
    const found = devices.find(({ localName }: { localName: string }) => localName === "travel laptop");
    assert.equal([found.place, found.aliases], ["Study", ["the small one"]]);
    assert.match(await laptop.does("place", "list"), /^Study\tHouse\t1$/m);
    assert.match(await desk.fails(2, "place", "delete", "study"), /not empty: travel laptop/);
    assert.match(await desk.fails(65, "device", "name", "travel laptop", "a/b"), /must not have \//);
    assert.match(await desk.fails(65, "device", "name", "travel laptop", "Desk"), /taken by desk/);
    await desk.does("device", "name", "travel laptop", "--alias", "");
  });

  it("understands the drafts' spelling", async () => {
    const slashed = await desk.run(["account", "pin", "/web", "/expire=2", "/json"]);
    assert.is(slashed.status, 0, slashed.stderr);
    const { roles, expires } = JSON.parse(slashed.stdout);
    assert.equal(roles, ["web"]);
    assert.ok(Date.parse(expires) > Date.now() + 47 * 3600_000);
    assert.is((await desk.run(["device", "list", "-json", "/nosync"])).status, 0);
    assert.match(await desk.fails(2, "account", "pin", "/weg"), /too many arguments|unknown/);
  });

  it("tells what is wrong with a command, and where help is", async () => {
    assert.match(await desk.fails(2, "acount", "create"), /unknown command 'acount'/);
    assert.match(await desk.fails(2, "device", "destroy", "it"), /unknown command 'destroy'/);
    assert.match(await desk.fails(2, "device", "name"), /missing required argument/);
    assert.match(await desk.fails(2, "device", "list", "--colour"), /unknown option/);
    assert.match(await desk.fails(2, "device"), /a command is missing/);
    const help = await desk.run(["help"]);
    assert.is(help.status, 0);
    assert.match(help.stdout, /account[\s\S]*device[\s\S]*place/);
    assert.match((await desk.run(["device", "accept", "--help"])).stdout, /--role/);
    const failed = await desk.run(["device", "name", "nobody", "x", "--json"]);
    assert.is(failed.status, 66);
    assert.is(failed.stderr, "");
    const { success, error } = JSON.parse(failed.stdout);
    assert.equal([success, error.code, typeof error.message, typeof error.hint], [false, "ERR_NOT_FOUND", "string", "string"]);
  });

  it("makes devices with image and code apart", async () => {
    const out = join(root, "factory");
    const made = await desk.json("device", "preconfig", "--class", "light", "--count", "2", "--out", out, "--model", "bulb one");
    assert.is(made.devices.length, 2);
    for (const { deviceUdf, uri, file, directory } of made.devices) {
      assert.is(file, join(directory, "image", "factory.jbcd"));
      assert.is(directory, join(out, deviceUdf));
      assert.equal(await readQrPng(await readFile(join(directory, "code.png"))), [uri]);
      assert.is(await readFile(join(directory, "code.txt"), "utf8"), `${uri}\n`);
      assert.match(await readFile(join(directory, "code.svg"), "utf8"), /<svg/);
      assert.equal(await readdir(join(directory, "image")), ["factory.jbcd"]);
      const code = uri.split("/").at(-1).replaceAll("-", "");
      assert.not.match((await readFile(file)).toString("latin1").replaceAll("-", ""), new RegExp(code));
    }
    assert.match(await desk.fails(66, "device", "preconfig", "--class", "ligth", "--out", out), /nearest is light/);
    assert.match(await desk.fails(2, "device", "preconfig", "--hailing", "pigeon", "--out", out), /no medium/);
    // What nothing can find is not made.
    assert.match(await desk.fails(2, "device", "preconfig", "--hailing", "mqtt,zigbee", "--out", out), /no medium "zigbee"/);
  });

  it("opens a window, closes it, and refuses a time that is none", async () => {
    const open = await desk.json("device", "window", "10m", "/class", "light");
    assert.equal([open.open, open.classes], [true, ["light"]]);
    assert.is((await desk.json("device", "window", "close")).open, false);
    assert.match(await desk.fails(2, "device", "window", "soon"), /no time/);
  });

  it("asks before it removes a device, which is then refused at once", async () => {
    assert.match(await desk.fails(2, "device", "delete", "travel laptop"), /no terminal/);
    const no = await desk.run(["device", "delete", "travel laptop"], { isTerminal: true, typed: "n\n" });
    assert.is(no.status, 77);
    await laptop.does("device", "list");
    const yes = await desk.run(["device", "delete", "travel laptop"], { isTerminal: true, typed: "y\n" });
    assert.is(yes.status, 0, yes.stderr);
    assert.match(await laptop.fails(77, "device", "list"), /removed/);
    assert.match(await desk.fails(2, "device", "delete", "desk", "--yes"), /device you are using/);
    assert.not.match(await desk.does("device", "list"), /travel laptop/);
    await desk.does("place", "delete", "Study");
  });

  it("says that a directory holds nothing, and which", async () => {
    const nowhere = join(root, "nowhere");
    assert.match(await desk.fails(67, "device", "list", "--dir", nowhere), /nowhere holds no account/);
    assert.match(await desk.fails(67, "device", "complete", "--dir", nowhere), /nowhere/);
    assert.is((await desk.run(["about", "--dir", nowhere])).status, 0);
  });
});
