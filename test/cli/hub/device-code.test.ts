/** How mesh-hub onboard takes a code: wrapped, in a picture with others, by its path; and what it never does: repeat it or let the hub open files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeQrPng } from "../../../src/codec/qr/index.ts";
import { photograph, pngOf } from "../../codec/photograph.ts";
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";

const secret = "EB2T-7BXM-JGRB-WNPE-ZFXQ-O4TH-BE";
const code = `mcu://maker@example.com/${secret}`;
const other = "mcu://maker@example.com/EAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA";
const wifi = "WIFI:T:WPA;S:home;P:secretsecret;;";

describe("codes given to mesh-hub onboard", (it) => {
  /** A hub that connects whatever it is asked to, and keeps the codes. */
  const listening = async (): Promise<{ readonly dir: string; readonly seen: string[] }> => {
    const seen: string[] = [];
    const dir = await withHub({
      async *onboard({ uri }) {
        seen.push(uri);
        yield { step: "register", state: "done", message: "registered", deviceUdf: "MAAA-BULB" };
      },
    });
    return { dir, seen };
  };

  it("are taken out of what mail and chats put around them", async () => {
    const { dir, seen } = await listening();
    for (const text of [code, ` ${code}\n`, `<${code}>`, `"${code}"`, `'${code}'`, `\u201c${code}\u201d`, `(<${code}>)`]) {
      assert.is((await run(dir, ["onboard", text])).status, 0, text);
      assert.is(seen.pop(), code);
    }
  });

  it("are found among other codes of a picture; of several one is chosen", async () => {
    const { dir, seen } = await listening();
    const side = { width: 1300, height: 500 };
    const at = (text: string, x: number) => ({ text, x, y: 250, module: 6 });
    writeFileSync(join(dir, "beside.png"), pngOf(photograph(side, [at(wifi, 250), at(code, 700)])));
    const beside = await run(dir, ["onboard", "beside.png"]);
    assert.is(beside.status, 0, beside.stderr);
    assert.is(seen.pop(), code);
    writeFileSync(join(dir, "two.png"), pngOf(photograph(side, [at(wifi, 220), at(code, 650), at(other, 1080)])));
    const asked = await run(dir, ["onboard", "two.png"]);
    assert.is(asked.status, 64);
    assert.match(asked.stderr, /2 codes of devices: 1: E[A-Z2-7]{3} of maker@example\.com; 2: E[A-Z2-7]{3} of maker@example\.com\nhint: .*--pick/);
    assert.not.match(asked.stderr, /7BXM/);
    assert.is(seen.length, 0);
    for (const pick of ["1", "2"]) {
      const { status, stderr } = await run(dir, ["onboard", "two.png", "--pick", pick]);
      assert.is(status, 0, stderr);
    }
    assert.equal(seen.splice(0).sort(), [code, other].sort());
    assert.is((await run(dir, ["onboard", "two.png", "--pick", "3"])).status, 64);
    writeFileSync(join(dir, "wifi.png"), writeQrPng(wifi));
    const none = await run(dir, ["onboard", "wifi.png"]);
    assert.is(none.status, 65);
    assert.not.match(none.stderr, /secretsecret/);
  });

  it("are never repeated, nor taken for the name of a file", async () => {
    const { dir, seen } = await listening();
    for (const text of [secret, `maker@example.com/${secret}`, `mcu//maker@example.com/${secret}`, `./${secret}.png`]) {
      const { status, stderr, stdout } = await run(dir, ["onboard", text]);
      assert.is(status, 65, text);
      assert.not.match(stderr + stdout, /7BXM|JGRB/);
    }
    assert.match((await run(dir, ["onboard", "code.jpg"])).stderr, /no file code\.jpg/);
    const { stderr } = await run(dir, ["onboard", "?".repeat(3000)]);
    assert.ok(stderr.length < 1000, `${stderr.length} characters`);
    assert.is(seen.length, 0);
  });
});
