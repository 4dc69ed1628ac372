/** Who speaks through the Wyoming door, with which rights, from which place, in which conversation and language. */
import type { SayRequest } from "../../../src/api/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { loadConfig } from "../../../src/config/index.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { authorize } from "../../../src/hub/command/principal.ts";
import { ReadBacks } from "../../../src/hub/voice/read-backs.ts";
import { startWyoming } from "../../../src/hub/wyoming/start-wyoming.ts";
import { NameBook } from "../../../src/names/name-book.ts";
import type { Catalog, CatalogedGrant, CatalogedPlace } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import { hubUdf } from "../../kit/made-device.ts";
import { drivers } from "../../kit/named-things.ts";
import { scriptedHub } from "../../kit/scripted-hub.ts";
import { WyomingClient } from "../../kit/wyoming.ts";

const places: readonly CatalogedPlace[] = [
  { Key: "P-KITCHEN", LocalName: "Kitchen" },
  { Key: "P-HALL", LocalName: "Hall" },
];

const granted: CatalogedGrant = {
  Key: "NGRANT",
  Kind: "satellite",
  LocalName: "den",
  Rights: [{ Allows: "command", Classes: ["light"] }],
};

async function open(flags: Record<string, unknown> = {}, grants: readonly CatalogedGrant[] = [granted]) {
  const port = await freePort();
  const spots = [
    { satellite: "assist_satellite.kitchen", place: "kitchen" },
    { satellite: "127.0.0.1", place: "P-HALL" },
    { satellite: "lost", place: "nowhere" },
  ];
  const fixed = { "wyoming.port": port, "wyoming.places": spots, "mdns.announce": false };
  const { config } = loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags: { ...fixed, ...flags } });
  const names = new NameBook({
    account: {
      deviceUdf: hubUdf,
      list: <T>({ label, keyOf }: Catalog<T>) =>
        (label === "MMM_Place" ? (places as readonly unknown[] as readonly T[]) : []).map((value, index) => ({ key: keyOf(value), index, value })),
      get: () => undefined,
    },
    drivers,
    isOnline: () => true,
    log: silentLog,
  });
  const said: { readonly principal: Principal; readonly request: SayRequest }[] = [];
  const hub = scriptedHub();
  const unsure = new Set(["set the lamp to fifty percent"]);
  const voice = {
    recogniser: undefined,
    readBacks: new ReadBacks(systemClock),
    transcribe: async () => "",
    wasSure: async (text: string) => !unsure.has(text),
  };
  const facade = {
    ...hub,
    grants: { list: () => grants },
    as: (principal: Principal) => ({
      ...hub,
      say: async (request: SayRequest) => {
        said.push({ principal, request });
        return { kind: "done" as const, text: "done", targets: [] };
      },
    }),
  };
  onCleanup(await startWyoming({ hub: facade, names, voice, config, clock: systemClock, log: silentLog }));
  const speak = async (text: string, data: Record<string, unknown> = {}) => {
    const client = await WyomingClient.open(port);
    const answer = await client.ask("transcript", { text, ...data });
    client.close();
    return `${answer?.type}: ${answer?.data.text}`;
  };
  return { said, speak, config };
}

const at = (deviceClass: string, place: string, command: string) => ({ deviceUdf: "MDEV", deviceClass, places: [place], command });
const good = { standing: "good", now: 0 } as const;

describe("satellites", (it) => {
  it("one with a place does there what does no harm, sees no other place, and asks for the rest", async () => {
    const { said, speak } = await open();
    assert.is(await speak("light on", { context: { satellite_id: "assist_satellite.kitchen", conversation_id: "C9" } }), "handled: done");
    const { principal, request } = said[0]!;
    assert.equal(request, { text: "light on", place: "P-KITCHEN", conversation: "assist_satellite.kitchen" });
    assert.is(principal.kind, "satellite");
    assert.is(authorize(principal, at("light", "P-KITCHEN", "Set"), good), undefined);
    assert.is(authorize(principal, at("light", "P-HALL", "Set"), good)?.code, "ERR_NOT_AUTHORIZED");
    assert.is(authorize(principal, at("lock", "P-KITCHEN", "Unlock"), good)?.code, "ERR_CONFIRMATION_NEEDED");
    assert.is(authorize(principal, at("lock", "P-HALL", "Unlock"), good)?.code, "ERR_NOT_AUTHORIZED");
  });

  it("a grant by its name says what it may do, and nothing that can do harm", async () => {
    const { said, speak } = await open();
    await speak("light on", { context: { satellite_id: "Den" }, language: "de" });
    assert.is(said[0]?.principal.id, "NGRANT");
    assert.equal(said[0]?.request, { text: "light on", conversation: "Den", language: "de" });
    assert.is(authorize(said[0]!.principal, at("light", "P-HALL", "Set"), good), undefined);
    assert.is(authorize(said[0]!.principal, at("oven", "P-HALL", "Start"), good)?.code, "ERR_NOT_AUTHORIZED");
  });

  it("what this hub itself has heard in doubt is read back when it comes as text, and yes does it", async () => {
    const { said, speak } = await open();
    const context = { satellite_id: "assist_satellite.kitchen" };
    assert.is(await speak("set the lamp to fifty percent", { context }), 'not-handled: did you mean "set the lamp to fifty percent"?');
    assert.is(await speak("yes", { context: { satellite_id: "den" } }), "not-handled: nothing was asked that yes or no would answer");
    assert.equal(said, []);
    assert.is(await speak("yes", { context }), "handled: done");
    assert.is(said[0]?.request.text, "set the lamp to fifty percent");
    assert.is(said[0]?.principal.kind, "satellite");
  });

  it("grants of another kind give a satellite nothing", async () => {
    const { said, speak } = await open({ "wyoming.places": [] }, [{ ...granted, Kind: "token" }]);
    assert.is(await speak("light on", { context: { satellite_id: "den" } }), "not-handled: nothing is done: den has no place in this house yet");
    assert.equal(said, []);
  });

  it("one that is not known has what its address has, and nothing where that is not known either", async () => {
    const { said, speak } = await open();
    await speak("light on", { context: { satellite_id: "lost", conversation_id: "C1" } });
    assert.is(said[0]?.request.place, "P-HALL");
    await speak("light on", { context: { conversation_id: "C1" } });
    assert.equal(said[1]?.request, { text: "light on", place: "P-HALL", conversation: "C1" });
    const other = await open({ "wyoming.places": [{ satellite: "lost", place: "nowhere" }] });
    assert.match(await other.speak("light on", { context: { satellite_id: "lost" } }), /^not-handled: nothing is done: lost has no place/);
    assert.match(
      await other.speak("licht an", { context: { satellite_id: "lost" }, language: "de-AT" }),
      /^not-handled: nichts wird getan: lost hat/,
    );
    assert.equal(other.said, []);
  });

  it("a sentence of 5000 words is refused by the bound, in the language that it came in", async () => {
    const { said, speak } = await open();
    assert.is(await speak("please ".repeat(5000)), "not-handled: nothing is done: a sentence has at most 256 characters");
    assert.is(await speak("bitte ".repeat(5000), { language: "de" }), "not-handled: nichts wird getan: ein Satz hat höchstens 256 Zeichen");
    assert.equal(said, []);
  });

  it("its configuration takes addresses for peers, and nothing else", async () => {
    const load = (peers: readonly string[]) => loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags: { "wyoming.peers": peers } });
    assert.equal(load(["192.168.1.5", "fd00::1"]).config.wyoming.peers, ["192.168.1.5", "fd00::1"]);
    for (const peer of ["kitchen.local", "192.168.1.0/24", ""]) await throwsMesh(() => load([peer]), "ERR_CONFIG");
  });
});
