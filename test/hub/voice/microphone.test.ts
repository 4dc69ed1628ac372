/** The hub's own microphone: listened to when somebody asks and for one sentence, by one at a time; where there is none, or no right to it, that is said with what to do. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SayRequest } from "../../../src/api/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { type Principal, socketOwner } from "../../../src/hub/command/principal.ts";
import { Voice } from "../../../src/hub/voice/voice.ts";
import { probeMicrophone } from "../../../src/speech/sound/microphone-probe.ts";
import type { recordClip } from "../../../src/speech/sound/sound-card.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse } from "../../kit/spoken-house.ts";
import { clientEvent } from "../../kit/wyoming.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

const clip = Int16Array.from({ length: 8000 }, (_, at) => Math.round(8000 * Math.sin(at / 7)));

async function listening(flags: Readonly<Record<string, string>>, record: typeof recordClip) {
  const { names } = await openSpokenHouse([make("light", { name: "kitchen light", place: "kitchen" })]);
  const { config } = loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags });
  const voice = new Voice({ book: names, config, clock: systemClock, random: systemRandom, log: silentLog, record });
  const given: string[] = [];
  const say = async ({ text }: SayRequest, { name }: Principal) => {
    given.push(`${name}: ${text}`);
    return { kind: "done" as const, text: "done", targets: [] };
  };
  return { given, listen: () => voice.listen({ conversation: "C" }, { principal: socketOwner, say }) };
}

describe("hub: its own microphone", (it) => {
  it("is the one of the configuration, and what is said to it is done as by voice, by one speaker at a time", async () => {
    const url = await startWyomingProgram((_, socket) => void socket.write(clientEvent("transcript", { text: "turn on the kitchen light" })));
    const devices: (string | undefined)[] = [];
    let say: (said: Int16Array) => void = () => undefined;
    const record: typeof recordClip = ({ device }) => {
      devices.push(device);
      return new Promise((resolve) => {
        say = resolve;
      });
    };
    const wyoming = { "speech.recogniser": "wyoming", "speech.recogniserUrl": url };
    const { given, listen } = await listening({ ...wyoming, "speech.microphone": "plughw:1" }, record);
    const first = listen();
    await throwsMesh(listen(), "ERR_BUSY");
    say(clip);
    assert.equal(await first, { heard: "turn on the kitchen light", said: { kind: "done", text: "done", targets: [] } });
    assert.match(given.join(), /^.* \(by voice\): turn on the kitchen light$/);
    const next = listen();
    say(new Int16Array(16_000));
    assert.match((await next).said.text, /^nothing was understood/);
    assert.equal(devices, ["plughw:1", "plughw:1"]);
    const absent = await listening(wyoming, record);
    assert.match((await throwsMesh(absent.listen(), "ERR_CONFIG")).hint, /install --mic/);
    const deaf = await listening({ "speech.microphone": "default" }, record);
    assert.match((await throwsMesh(deaf.listen(), "ERR_CONFIG")).message, /no recogniser/);
    assert.is(devices.length, 2, "nobody is listened to for nothing");
  });

  it("is looked for without opening it: the program, a card that records, the right to it", async () => {
    const dir = tempDirectory();
    const program = join(dir, "arecord");
    const look = () => probeMicrophone({ program, devices: dir });
    assert.match((await look()).remedy ?? "", /alsa-utils/);
    writeFileSync(program, "");
    chmodSync(program, 0o755);
    writeFileSync(join(dir, "pcmC0D0p"), "");
    assert.match((await look()).detail, /no sound card of this machine records/);
    const card = join(dir, "pcmC1D0c");
    writeFileSync(card, "");
    assert.equal(await look(), { state: "ready", detail: card });
    const refused = await probeMicrophone({ program, devices: dir, mayUse: async () => false });
    assert.match(refused.detail, /^no right to use .*pcmC1D0c$/);
    assert.match(refused.remedy ?? "", /sudo mesh-hub install --mic/);
  });
});
