/** mesh-hub onboard --scan: codes of a (simulated) scanner become onboardings, in turn; what is none is told and passed. */
import { interruption } from "../../../src/base/interruption.ts";
import { encryptionUdf, formatConnectUri } from "../../../src/crypto/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";
import { makeDevice } from "../../kit/owner.ts";
import { SimulatedPort, SimulatedUsb } from "../../kit/simulated-usb.ts";

const codeOf = (key: Uint8Array): string => formatConnectUri({ account: "maker@example.com", code: encryptionUdf(key) });

describe("mesh-hub onboard --scan", (it) => {
  it("connects one device after the other, however fast they are scanned, and tells what is no code of a device", async () => {
    const codes = [1, 2, 3].map(() => codeOf(makeDevice().k));
    const asked: string[] = [];
    let open = 0;
    const dir = await withHub({
      async *onboard({ uri }) {
        open += 1;
        assert.is(open, 1, "one at a time");
        asked.push(uri);
        yield { step: "find", state: "started", message: "looking" };
        await new Promise((resolve) => setTimeout(resolve, 20));
        open -= 1;
        if (uri === codes[1])
          yield { step: "find", state: "failed", message: "no device answers", error: { code: "ERR_TIMEOUT", message: "no device answers" } };
        else yield { step: "register", state: "done", message: "registered", name: `lamp ${asked.length}` };
      },
    });
    const usb = new SimulatedPort();
    const scanner = usb.attach(new SimulatedUsb("/dev/hidraw0"));
    const stop = new AbortController();
    let said = "";
    const running = run(dir, ["onboard", "--scan"], {
      usb,
      signal: stop.signal,
      onSaid: (text) => {
        said += text;
      },
    });
    await eventually("it is ready", () => /ready; scan the code/.test(said));
    scanner.scans(codes[0]!);
    scanner.scans(codes[0]!);
    scanner.scans("https://example.com/warranty");
    scanner.scans(codes[1]!.slice(0, 40));
    scanner.sends(new Uint8Array(64));
    scanner.scans(` ${codes[1]} \r\n`);
    scanner.scans(codes[2]!);
    await eventually("all are asked for", () => asked.length === 3 && said.includes("next: scan another code"));
    // What failed may be scanned again.
    scanner.scans(codes[1]!);
    await eventually("it is asked for once more", () => asked.length === 4);
    await eventually("it has failed again", () => (said.match(/error: find: no device answers/g) ?? []).length === 2);
    stop.abort(interruption("SIGINT"));
    const { status, stdout } = await running;
    assert.equal(asked, [codes[0], codes[1], codes[2], codes[1]]);
    assert.match(said, /this code was scanned already/);
    assert.match(said, /\(28 characters\) is not the code of a device/);
    assert.match(said, /the key is cut off/);
    assert.match(said, /64 octets that are no scanned data/);
    assert.is((stdout.match(/^connected lamp/gm) ?? []).length, 2);
    for (const code of codes) assert.not(said.includes(code.slice(-20)), "a code is a secret");
    assert.is.not(status, 0);
  });

  it("refuses what does not go together, and says what is missing", async () => {
    const dir = await withHub();
    for (const argv of [["onboard"], ["onboard", "mcu://maker@example.com/EAAA", "--scan"], ["onboard", "--scan", "--name", "lamp"]]) {
      const { status, stderr } = await run(dir, argv);
      assert.is(status, 2, stderr);
      assert.match(stderr, /^hint: /m);
    }
  });

  it("says what it waits for: any scanner, and the keyboard that was named", async () => {
    const dir = await withHub();
    const stop = new AbortController();
    let said = "";
    const onSaid = (text: string): void => {
      said += text;
      if (said.includes("waiting")) stop.abort(interruption("SIGINT"));
    };
    await run(dir, ["onboard", "--scan", "--keyboard", "/dev/hidraw9"], { usb: new SimulatedPort(), signal: stop.signal, onSaid });
    assert.match(said, /^waiting for a scanner \(Ctrl-C ends\): no scanner is attached .*, nor is there \/dev\/hidraw9$/m);
  });
});
