/** Scanners by their reports: codes in parts, junk, keys, and what comes and goes. Simulated devices; a real one needs the kernel's uhid. */

import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { KeyboardReports } from "../../src/transport/hid/keyboard-report.ts";
import { PosReports } from "../../src/transport/hid/pos-report.ts";
import { ScannerKeeper, scannerAt } from "../../src/transport/hid/scanner-keeper.ts";
import { serveScanners } from "../../src/transport/hid/scanner-process.ts";
import type { Scanned } from "../../src/transport/hid/scanners.ts";
import { Scanners } from "../../src/transport/hid/scanners.ts";
import { awaitHub } from "../../src/transport/unit-socket.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { posReports, SimulatedPort, SimulatedUsb } from "../kit/simulated-usb.ts";

const code = "mcu://maker@example.com/EBAD-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH";

/** Reports of keys as a keyboard sends them: pressed, then let go. */
function keys(text: string): Uint8Array[] {
  const rows: readonly (readonly [start: number, plain: string, shifted: string])[] = [
    [0x04, "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    [0x1e, "1234567890", "!@#$%^&*()"],
    [0x2c, " -=[]\\#;'`,./", ' _+{}|~:"~<>?'],
  ];
  return [...text].flatMap((character) => {
    const report = new Uint8Array(8);
    for (const [start, plain, shifted] of rows) {
      const [at, up] = [plain.indexOf(character), shifted.indexOf(character)];
      if (at >= 0) report[2] = start + at;
      else if (up >= 0) report.set([2, 0, start + up]);
    }
    if (character === "\n") report[2] = 0x28;
    return [report, new Uint8Array(8)];
  });
}

const damaged = (error: unknown): boolean => error instanceof MeshError && error.code === "ERR_CODE_DAMAGED";

describe("scanners", (it) => {
  it("put a code of several reports together, and the next one after it", () => {
    const reports = new PosReports();
    for (const text of [code, "x".repeat(56), "y".repeat(57), "ü".repeat(300), ""]) {
      const read = posReports(text).map((report) => reports.read(report));
      assert.is(read.pop(), text);
      assert.ok(read.every((part) => part === undefined));
    }
  });

  it("refuse what is no report, and read on after it", () => {
    const reports = new PosReports();
    const [first] = posReports(code);
    for (const junk of [
      new Uint8Array(0),
      new Uint8Array(64),
      new Uint8Array(64).fill(3),
      Uint8Array.of(2, 57, ...new Uint8Array(62)),
      new Uint8Array(8),
    ]) {
      reports.read(first!);
      assert.throws(() => reports.read(junk), damaged);
      assert.is(
        posReports(code)
          .map((report) => reports.read(report))
          .at(-1),
        code,
        "half a code before it is gone",
      );
    }
  });

  it("hold no code without an end", () => {
    const reports = new PosReports();
    const endless = new Uint8Array(64).fill(0x41);
    endless.set([2, 56]);
    endless[63] = 1;
    for (let count = 0; count < 10_000; count += 1) assert.is(reports.read(endless), undefined);
    const last = new Uint8Array(endless);
    last[63] = 0;
    assert.throws(() => reports.read(last), damaged);
    assert.is(
      posReports(code)
        .map((report) => reports.read(report))
        .at(-1),
      code,
    );
  });

  it("read keys of a keyboard up to Enter, capitals and signs included, two held at once as well", () => {
    const reports = new KeyboardReports();
    assert.is(
      keys(`${code}\n`)
        .map((report) => reports.read(report))
        .find((text) => text !== undefined),
      code,
    );
    const rollover = [Uint8Array.of(0, 0, 4, 0, 0, 0, 0, 0), Uint8Array.of(0, 0, 4, 5, 0, 0, 0, 0), Uint8Array.of(0, 0, 5, 0x28, 0, 0, 0, 0)];
    assert.is(rollover.map((report) => reports.read(report)).at(-1), "ab");
    assert.is(
      keys("\n")
        .map((report) => reports.read(report))
        .find((text) => text !== undefined),
      undefined,
    );
    assert.throws(() => reports.read(new Uint8Array(64)), damaged);
    assert.throws(() => {
      for (let count = 0; count < 3000; count += 1) for (const report of keys("ab")) reports.read(report);
    }, damaged);
  });

  it("come and go: each is told once, one that cannot be opened as well, and keyboards are left alone", async () => {
    const port = new SimulatedPort();
    const told: string[] = [];
    const onScanned = (scanned: Scanned): void => {
      told.push(scanned.kind === "code" ? `code ${scanned.text}` : `${scanned.kind} ${scanned.scanner}`);
    };
    const keyboard = port.attach(new SimulatedUsb("/dev/hidraw1", { product: "Keyboard", usagePage: 1 }));
    const locked = port.attach(new SimulatedUsb("/dev/hidraw2", { product: "LS2" }));
    port.refuses.add(locked.path);
    const scanners = new Scanners({ port, clock: systemClock, onScanned });
    onCleanup(() => scanners.stop());
    assert.is(await scanners.start(), 0);
    const first = port.attach(new SimulatedUsb("/dev/hidraw0"));
    await eventually("it is attached", () => told.includes("attached Symbolic LS1"));
    first.scans(code);
    keyboard.sends(...keys("secret\n"));
    assert.equal(told, ["failed Symbolic LS2", "attached Symbolic LS1", `code ${code}`]);
    port.pull(first);
    assert.is(told.at(-1), "gone Symbolic LS1");
    const again = port.attach(new SimulatedUsb("/dev/hidraw0"));
    await eventually("it is attached again", () => told.filter((line) => line === "attached Symbolic LS1").length === 2);
    again.scans("junk");
    assert.is(told.at(-1), "code junk");
    assert.is(told.filter((line) => line.startsWith("failed")).length, 1);
  });

  it("open one as soon as they may: it stands there before udev has given it away", async () => {
    const port = new SimulatedPort();
    const clock = new ManualClock();
    const told: string[] = [];
    const scanners = new Scanners({ port, clock, onScanned: ({ kind, scanner }) => void told.push(`${kind} ${scanner}`) });
    onCleanup(() => scanners.stop());
    const early = port.attach(new SimulatedUsb("/dev/hidraw0"));
    port.refuses.add(early.path);
    assert.is(await scanners.start(), 0);
    await clock.pass(5000);
    assert.equal(told, ["failed Symbolic LS1"], "told once");
    port.refuses.delete(early.path);
    await clock.pass(1000);
    assert.equal(told, ["failed Symbolic LS1", "attached Symbolic LS1"]);
  });

  it("are up for the hub while one is attached, and no longer", async () => {
    const path = join(tempDirectory(), "scanner.sock");
    const ended = new AbortController();
    const port = new SimulatedPort();
    const served = awaitHub(path, ended.signal).then((hub) => serveScanners(hub, port));
    const keeper = new ScannerKeeper({
      open: () => scannerAt(path),
      onScanned: () => undefined,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    });
    keeper.start();
    onCleanup(async () => {
      await keeper.stop();
      ended.abort();
      await served;
    });
    const none = { state: "unavailable", detail: "no scanner is attached that is set to 'USB HID POS'" };
    await eventually("none is there", () => keeper.status().detail === none.detail);
    const scanner = port.attach(new SimulatedUsb("/dev/hidraw0"));
    await eventually("one is read", () => keeper.status().state === "up");
    port.pull(scanner);
    await eventually("none is there any more", () => keeper.status().detail === none.detail);
    assert.equal(keeper.status(), none);
    const locked = new SimulatedUsb("/dev/hidraw1");
    port.refuses.add(locked.path);
    port.attach(locked);
    await eventually("one may not be read", () => keeper.status().detail?.includes("cannot be opened") === true);
    port.pull(locked);
    await eventually("that one is no trouble any more", () => keeper.status().detail === none.detail);
  });

  it("say that nothing can be listed, with the packages that are missing", async () => {
    const port = new SimulatedPort();
    port.list = async () => {
      throw new Error("libusb-1.0.so.0: cannot open shared object file");
    };
    const scanners = new Scanners({ port, clock: systemClock, onScanned: () => undefined });
    const error = await scanners.start().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof MeshError && error.code === "ERR_ADAPTER" && /libusb-1\.0-0/.test(error.hint));
  });
});
