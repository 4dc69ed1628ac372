/**
 * The Wyoming door before the protocol's own library for Python (Debian's python3-wyoming, of rhasspy/wyoming), which Home Assistant speaks by. Debian 12 has no
 * package of it; that of 13 works with it, too, and is what .ci/run installs.
 */
import { spawn, spawnSync } from "node:child_process";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { serveWyoming } from "../../../src/hub/wyoming/server.ts";
import { assert, describe, onCleanup, skipUnless } from "../../harness/suite.ts";

const debianPython = "/usr/bin/python3";
const hasLibrary = spawnSync(debianPython, ["-c", "import wyoming.handle"]).status === 0;

async function assistantAt(port: number): Promise<unknown> {
  const child = spawn(debianPython, [packagePath("test", "hub", "wyoming", "assistant.py"), String(port)], { stdio: ["ignore", "pipe", "pipe"] });
  onCleanup(() => void child.kill());
  let out = "";
  let complaint = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  child.stderr.on("data", (piece) => {
    complaint += piece;
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.is(status, 0, complaint);
  return JSON.parse(out);
}

describe("the Wyoming door, to the protocol's own library", (it) => {
  it("says what it is, does what it is told, hears and speaks", async () => {
    skipUnless(hasLibrary, "needs python3-wyoming (Debian 13)");
    const lengths: number[] = [];
    let port = 0;
    const close = await serveWyoming({
      house: {
        languages: ["en", "de"],
        version: "1.2.3",
        answer: async ({ text }) => ({ isHandled: text !== "make it so", text: `heard ${text}` }),
        understand: async (clip) => {
          lengths.push(clip.length);
          return "turn on the lamp";
        },
        speak: async (text, language) => new Int16Array(text === "hallo" && language === "de" ? 10_000 : 1).fill(5),
      },
      addresses: ["127.0.0.1"],
      port: 0,
      peers: ["127.0.0.1"],
      clock: systemClock,
      log: silentLog,
      onListening: (_host, bound) => {
        port = bound;
      },
    });
    onCleanup(close);
    assert.equal(await assistantAt(port), {
      handle: [[["en", "de"]]],
      asr: [true],
      tts: [true],
      pong: true,
      done: ["Handled", "heard light on"],
      "not done": ["NotHandled", "heard make it so"],
      heard: "turn on the lamp",
      spoken: { rate: 16_000, samples: 10_000 },
    });
    assert.equal(lengths, [8000]);
  });
});
