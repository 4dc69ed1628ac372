/**
 * What opens, heats, alarms or moves is never done by a sound: clips that say it, through a satellite's socket, the page and the machine's own socket, each
 * read-back answered by a clip that says yes. Here a sample; MESH_RISK_CLIPS=200 takes all clips of five voices, a smaller number so many of them (docs/figures.md).
 */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { startWyoming } from "../../../src/hub/wyoming/start-wyoming.ts";
import type { CatalogedGrant } from "../../../src/schema/index.ts";
import { type Clip, clipRate, pcmOf, writeWav } from "../../../src/speech/sound/clip.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import { openHeardHouse } from "../../kit/heard-house.ts";
import { make } from "../../kit/made-device.ts";
import { type SpeakerVoice, spokenClip } from "../../kit/spoken-clip.ts";
import { webWorld } from "../../kit/web.ts";
import { WyomingClient } from "../../kit/wyoming.ts";

const orders: readonly string[] = [
  "unlock the front door",
  "open the garage",
  "start the big blender",
  "disarm the house alarm",
  "open the water valve",
  "set the big heater to thirty five degrees",
  "open the front door",
  "raise the garage",
  "turn on the big blender",
  "unlock all locks",
];
const frames: readonly string[] = ["…", "please …", "… please", "… in ten minutes"];
const voices: readonly SpeakerVoice[] = [
  { engine: "espeak-ng", voice: "en-us" },
  { engine: "espeak-ng", voice: "en-us+f3" },
  { engine: "flite", voice: "slt" },
  { engine: "flite", voice: "rms" },
  { engine: "festival", voice: "kal_diphone" },
];
/** Voice, frame and order change with each. */
const all = Array.from({ length: 200 }, (_, turn) => {
  const at = (turn * 37) % 200;
  const order = orders[at % orders.length] ?? "";
  const frame = frames[Math.floor(at / 10) % frames.length] ?? "";
  return { voice: voices[Math.floor(at / 40)], text: frame.replace("…", order) };
});
const wanted = Number(process.env.MESH_RISK_CLIPS ?? 0);

/** Whatever a grant says. */
const grant: CatalogedGrant = {
  Key: "NGRANT",
  Kind: "satellite",
  LocalName: "den",
  Rights: [{ Allows: "read" }, { Allows: "command", Risky: true }],
};

type House = Awaited<ReturnType<typeof openHeardHouse>>;
/** Says a clip at a door. @returns what was heard, and whether it is asked back */
type Say = (clip: Clip) => Promise<{ readonly heard: string; readonly isAskedBack: boolean }>;

async function satellite({ hub, names, voice }: House): Promise<Say> {
  const port = await freePort();
  const { config } = loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags: { "wyoming.port": port, "mdns.announce": false } });
  const facade = { ...hub, grants: { list: () => [grant] } };
  onCleanup(await startWyoming({ hub: facade, names, voice, config, clock: systemClock, log: silentLog }));
  return async (clip) => {
    const client = await WyomingClient.open(port);
    const format = { rate: clipRate, width: 2, channels: 1 };
    client.send("audio-start", format);
    client.send("audio-chunk", format, { payload: Buffer.from(pcmOf(clip)) });
    const [transcript] = await Promise.all([client.ask("audio-stop"), describes(port)]);
    const text = String(transcript?.data.text);
    const said = await client.ask("transcript", { text, context: { satellite_id: "den" } });
    client.close();
    return { heard: text, isAskedBack: String(said?.data.text).startsWith("did you mean") };
  };
}

/** An assistant asks what there is, and gives up after a second: also while another one is listened to. */
async function describes(port: number): Promise<void> {
  const client = await WyomingClient.open(port);
  const from = systemClock.monotonic();
  const info = await client.ask("describe");
  const ms = systemClock.monotonic() - from;
  client.close();
  assert.is(info?.type, "info");
  assert.ok(ms < 1000, `${ms} ms`);
}

async function page({ hub }: House): Promise<Say> {
  const { app, door } = await webWorld({ hub, hears: "en" });
  door.reached("http://localhost");
  const { secret } = await door.signIn((await door.open({ name: "alice" })).url.split("#link=")[1] ?? "");
  const headers = { host: "localhost", origin: "http://localhost", cookie: `mesh_session=${secret}`, "content-type": "application/json" };
  return async (clip) => {
    const body = JSON.stringify({ clip: encodeBase64url(writeWav(clip)), conversation: "C" });
    const answer = await app.request("http://localhost/v1/hear", { method: "POST", headers, body });
    assert.is(answer.status, 200);
    const { heard = "", said } = (await answer.json()) as { heard?: string; said: { kind: string } };
    return { heard, isAskedBack: said.kind === "question" };
  };
}

function machine({ hub }: House): Say {
  return async (clip) => {
    const { heard = "", said } = await hub.as(socketOwner).hear({ clip: encodeBase64url(writeWav(clip)), conversation: "C" });
    return { heard, isAskedBack: said.kind === "question" };
  };
}

describe("hub: risky orders in clips", (it) => {
  it(
    `none of ${wanted || "a sample"} is carried out without a confirmation`,
    async () => {
      const house = await openHeardHouse([
        make("lock", { name: "front door", place: "hall" }),
        make("garage-door", { name: "garage", place: "hall" }),
        make("blender", { name: "big blender", place: "kitchen" }),
        make("siren", { name: "house alarm", place: "hall" }),
        make("valve", { name: "water valve", place: "kitchen" }),
        make("thermostat", { name: "big heater", place: "hall" }),
        make("light", { name: "kitchen light", place: "kitchen" }),
      ]);
      const doors = [await satellite(house), await page(house), machine(house)];
      const yes = spokenClip("yes");
      const texts = wanted > 0 ? all.slice(0, wanted) : orders.slice(0, 2 * doors.length).map((text) => ({ voice: voices[0], text }));
      let understood = 0;
      let askedBack = 0;
      /** Other orders, which do no harm and for which the clips were taken. */
      let harmless = 0;
      for (const [at, { voice, text }] of texts.entries()) {
        const before = house.asked.length;
        const done = house.devices.orders.length;
        const door = doors[at % doors.length]!;
        const { heard, isAskedBack } = await door(spokenClip(text, voice));
        if (isAskedBack) {
          askedBack += 1;
          await door(yes);
        }
        if (house.asked.length > before) understood += 1;
        assert.equal(house.harmful(), [], `${text}, heard as ${heard}`);
        if (house.devices.orders.length > done) {
          harmless += 1;
          if (wanted > 0) console.log(`${text} (${voice?.engine} ${voice?.voice}): ${heard}${isAskedBack ? ", yes" : ""}`);
        }
      }
      for (const { command, deviceUdf } of house.asked)
        assert.ok(command !== "" && house.names.device(deviceUdf) !== undefined, "names device and order");
      if (wanted > 0)
        console.log(
          `${texts.length} clips, ${understood} put before the owner, ${askedBack} read back first, 0 carried out, ${harmless} taken for what does no harm`,
        );
      assert.ok(understood >= texts.length / 2, `${understood} of ${texts.length} were understood and asked`);
      assert.ok(harmless <= texts.length / 50, `${harmless} of ${texts.length} were taken for another order`);
      // The same house does what does no harm.
      const done = house.devices.orders.length;
      const { heard, isAskedBack } = await doors[2]!(spokenClip("turn on the kitchen light"));
      if (isAskedBack) await doors[2]!(yes);
      assert.is(house.devices.orders.length, done + 1, heard);
    },
    { timeoutMs: wanted > 0 ? 3_600_000 : 180_000 },
  );
});
