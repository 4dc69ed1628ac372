/** Probes tell the truth about what is there, and about this machine without failing or staying open. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { probeBluetooth } from "../../src/transport/ble/probe.ts";
import { probeScanner } from "../../src/transport/hid/probe.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

/** A root with one adapter. */
function machine({ soft = "0", capabilities = "0000000000002000" } = {}): string {
  const root = tempDirectory();
  const rfkill = join(root, "sys/class/bluetooth/hci0/rfkill1");
  mkdirSync(rfkill, { recursive: true });
  writeFileSync(join(rfkill, "soft"), `${soft}\n`);
  writeFileSync(join(rfkill, "hard"), "0\n");
  mkdirSync(join(root, "proc/self"), { recursive: true });
  writeFileSync(join(root, "proc/self/status"), `Name:\tnode\nCapEff:\t${capabilities}\n`);
  return root;
}

const loads = async () => ({});
const linux = { platform: "linux", load: loads } as const;

describe("Bluetooth probe", (it) => {
  it("names what is missing", async () => {
    assert.equal(await probeBluetooth({ ...linux, root: machine() }), { state: "ready", detail: "Bluetooth adapter hci0" });
    assert.match((await probeBluetooth({ ...linux, root: tempDirectory() })).detail, /no adapter/);
    assert.match((await probeBluetooth({ ...linux, root: machine({ soft: "1" }) })).remedy ?? "", /rfkill/);
    const forbidden = await probeBluetooth({ ...linux, root: machine({ capabilities: "0000000000000000" }) });
    assert.match(forbidden.detail, /CAP_NET_RAW/);
    assert.match(forbidden.remedy ?? "", /sudo mesh-hub install --ble/);
    const unbuilt = () => Promise.reject(Object.assign(new Error("Cannot find module 'x'\nRequire stack: ..."), { code: "MODULE_NOT_FOUND" }));
    const { detail, remedy } = await probeBluetooth({ ...linux, root: machine(), load: unbuilt });
    assert.is(detail, "adapter hci0 is there, but @abandonware/noble does not load: Cannot find module 'x'");
    assert.match(remedy ?? "", /npm rebuild/);
    assert.match((await probeBluetooth({ platform: "win32" })).detail, /win32/);
  });

  it("answers on this machine", async () => {
    const { state, detail } = await probeBluetooth();
    assert.ok(state === "ready" || detail.length > 0);
    const noble = await probeBluetooth({ root: machine() });
    assert.ok(noble.state === "ready" || /does not load/.test(noble.detail), noble.detail);
  });
});

describe("scanner probe", (it) => {
  const scanner = { path: "/dev/hidraw3", manufacturer: "Acme", product: "Scan 1", usagePage: 0x8c };

  it("lists scanners in HID POS mode only", async () => {
    const list = async () => [{ path: "/dev/hidraw0", product: "Keyboard", usagePage: 1 }, scanner];
    const found = await probeScanner({ list, mayRead: async () => true });
    assert.equal(found, { state: "ready", detail: "scanner Acme Scan 1", scanners: [scanner] });
    const forbidden = await probeScanner({ list, mayRead: async () => false });
    assert.match(forbidden.remedy ?? "", /sudo mesh-hub install --scanner/);
    const none = await probeScanner({ list: async () => [{ usagePage: 1 }] });
    assert.match(none.detail, /none of 1/);
    const broken = await probeScanner({ list: () => Promise.reject(new Error("libusb is missing")) });
    assert.is(broken.state, "unavailable");
    assert.match(broken.detail, /libusb/);
  });

  it("answers on this machine", async () => {
    assert.ok((await probeScanner()).detail.length > 0);
  });
});
