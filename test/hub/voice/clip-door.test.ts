/** The door for clips: a clip is not looked into where nobody would listen to it, as that takes longer than to refuse it. */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { loadLanguage } from "../../../src/driver/index.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { Voice } from "../../../src/hub/voice/voice.ts";
import type { NameBook } from "../../../src/names/name-book.ts";
import { writeWav } from "../../../src/speech/sound/clip.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse } from "../../kit/spoken-house.ts";
import { clientEvent } from "../../kit/wyoming.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

/** What nobody can look into without saying so. */
const broken = encodeBase64url(new Uint8Array(64));
const spoken = encodeBase64url(writeWav(Int16Array.from({ length: 8000 }, (_, at) => Math.round(8000 * Math.sin(at / 7)))));

async function voiceOf(flags: Readonly<Record<string, string>>, bookOf: (names: NameBook) => NameBook = (names) => names) {
  const { names } = await openSpokenHouse([make("light", { name: "kitchen light", place: "kitchen" })]);
  const config = (flags: Readonly<Record<string, string>>) => loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags }).config;
  const voice = new Voice({ book: bookOf(names), config: config(flags), clock: systemClock, random: systemRandom, log: silentLog });
  const say = async () => ({ kind: "done" as const, text: "done", targets: [] });
  const hear = (clip: string, id = "owner") => voice.hear({ clip }, { principal: { ...socketOwner, id }, say });
  return { voice, hear, take: (changed: Readonly<Record<string, string>>) => voice.take(config(changed).speech) };
}

describe("hub: the door for clips", (it) => {
  it("refuses a clip unseen where there is no recogniser, or where it listens to others already", async () => {
    const { hear: deaf } = await voiceOf({});
    assert.match((await throwsMesh(deaf(broken), "ERR_CONFIG")).message, /no recogniser/);
    const held: (() => void)[] = [];
    const url = await startWyomingProgram((_, socket) => void held.push(() => socket.destroy()));
    const { hear } = await voiceOf({ "speech.recogniser": "wyoming", "speech.recogniserUrl": url });
    await throwsMesh(hear(broken), "ERR_ENCODING");
    const others = ["a", "a", "b", "b"].map((id) => hear(spoken, id).catch(() => undefined));
    await eventually("four are listened to", () => held.length === 4);
    assert.match((await throwsMesh(hear(broken), "ERR_BUSY")).message, /4 clips/);
    for (const end of held.splice(0)) end();
    await Promise.all(others);
    const own = ["a", "a"].map((id) => hear(spoken, id).catch(() => undefined));
    assert.match((await throwsMesh(hear(spoken, "a"), "ERR_BUSY")).message, /^2 clips of /, "one speaker leaves room for the others");
    await throwsMesh(hear(broken, "b"), "ERR_ENCODING");
    await eventually("two are listened to", () => held.length === 2);
    for (const end of held) end();
    await Promise.all(own);
    await throwsMesh(hear(broken, "a"), "ERR_ENCODING");
  });

  it("listens by another recogniser from the moment at which it is given one, and stays with its own where that is none", async () => {
    const { voice, hear, take } = await voiceOf({});
    const { hint } = await throwsMesh(hear(broken), "ERR_CONFIG");
    assert.match(hint, /'mesh-hub config set speech.recogniser local'/);
    const url = await startWyomingProgram((_, socket) => void socket.destroy());
    await take({ "speech.recogniser": "wyoming", "speech.recogniserUrl": url });
    assert.is(voice.hears, "en");
    await throwsMesh(hear(broken), "ERR_ENCODING");
    await throwsMesh(take({ "speech.recogniser": "wyoming" }), "ERR_CONFIG");
    await throwsMesh(hear(broken), "ERR_ENCODING");
    await take({});
    assert.is(voice.hears, undefined);
    await throwsMesh(hear(broken), "ERR_CONFIG");
  });

  it("what is under way when another recogniser is taken stays in the language in which it is heard (the names are English in both)", async () => {
    const held: (() => void)[] = [];
    const url = await startWyomingProgram((_, socket) => void held.push(() => socket.write(clientEvent("transcript", { text: "hallo" }))));
    const languages: (string | undefined)[] = [];
    const german = { language: loadLanguage("de") };
    const { hear, take } = await voiceOf({ "speech.recogniser": "wyoming", "speech.recogniserUrl": url }, (names) => {
      const speaking: NameBook["speaking"] = (tag) => {
        languages.push(tag);
        return names.speaking(tag);
      };
      return { speaking, index: names.index, vocabulary: { ...names.vocabulary, ...german } } as unknown as NameBook;
    });
    const heard = hear(spoken);
    await eventually("it is listened to", () => held.length === 1);
    await take({});
    for (const answer of held) answer();
    assert.is((await heard).heard, "hallo");
    assert.equal(languages, ["de"]);
  });
});
