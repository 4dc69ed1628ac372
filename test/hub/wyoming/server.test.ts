/** The Wyoming door over real sockets, before a scripted house: what is answered, to whom, and what is refused by which figure. */
import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Heard, ListeningHouse } from "../../../src/hub/wyoming/server.ts";
import { connectionLimits, deadlines, mostAudio, mostUnknown, serveWyoming } from "../../../src/hub/wyoming/server.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { clientEvent, infoFaults, WyomingClient } from "../../kit/wyoming.ts";

async function open(
  options: Pick<ListeningHouse, "understand" | "speak"> & {
    readonly clock?: Clock;
    readonly peers?: readonly string[];
    readonly answer?: ListeningHouse["answer"];
    readonly port?: number;
  } = {},
) {
  const heard: Heard[] = [];
  const answer = async (sentence: Heard) => {
    heard.push(sentence);
    return { isHandled: sentence.text !== "make it so", text: `heard ${sentence.text}` };
  };
  let port = 0;
  const close = await serveWyoming({
    house: { languages: ["en", "de"], version: "1.2.3", answer: options.answer ?? answer, understand: options.understand, speak: options.speak },
    addresses: ["127.0.0.1"],
    port: options.port ?? 0,
    peers: options.peers ?? ["127.0.0.1"],
    clock: options.clock ?? systemClock,
    log: silentLog,
    onListening: (_host, bound) => {
      port = bound;
    },
  });
  onCleanup(close);
  const client = async (localAddress?: string) => {
    const opened = await WyomingClient.open(port, localAddress);
    onCleanup(() => opened.close());
    return opened;
  };
  return { heard, port, client, close };
}

describe("the Wyoming door", (it) => {
  it("says what it is, with all that a client demands, and offers to handle and nothing else", async () => {
    const { client } = await open();
    const info = await (await client()).ask("describe");
    assert.is(info?.type, "info");
    assert.equal(infoFaults(info?.data ?? {}), []);
    for (const kind of ["asr", "tts", "intent", "wake", "mic", "snd"]) assert.equal(info?.data[kind], [], kind);
    const [handle] = (info?.data.handle ?? []) as { supports_home_control: boolean; models: { languages: string[] }[] }[];
    assert.is(handle?.supports_home_control, true);
    assert.equal(handle?.models[0]?.languages, ["en", "de"]);
  });

  it("hands on what was heard, and says whether it was handled", async () => {
    const { client, heard } = await open();
    const connection = await client();
    const context = { conversation_id: "C1", satellite_id: "assist_satellite.kitchen", device_id: null };
    assert.equal(await connection.ask("transcript", { text: "light on", language: "de-DE", context }), {
      type: "handled",
      data: { text: "heard light on" },
    });
    assert.equal(await connection.ask("transcript", { text: "make it so", language: null, context: null }), {
      type: "not-handled",
      data: { text: "heard make it so" },
    });
    assert.equal(heard, [
      {
        text: "light on",
        language: "de-DE",
        satellite: "assist_satellite.kitchen",
        device: undefined,
        conversation: "C1",
        address: "127.0.0.1",
      },
      { text: "make it so", language: undefined, satellite: undefined, device: undefined, conversation: undefined, address: "127.0.0.1" },
    ]);
  });

  it("answers in order what is sent at once, a ping too, and a client that has closed its half", async () => {
    const { client } = await open();
    const connection = await client();
    connection.socket.end(
      Buffer.concat([clientEvent("transcript", { text: "one" }), clientEvent("ping", { text: "p" }), clientEvent("transcript", { text: "two" })]),
    );
    const answers = [await connection.next(), await connection.next(), await connection.next(), await connection.next()];
    assert.equal(
      answers.map((answer) => answer && [answer.type, answer.data.text]),
      [["handled", "heard one"], ["pong", "p"], ["handled", "heard two"], undefined],
    );
  });

  it("a sentence that is none is answered by why, and the connection goes on", async () => {
    const { client, heard } = await open();
    const connection = await client();
    for (const data of [
      {},
      { text: 7 },
      { text: "a", language: 1 },
      { text: "a", context: "kitchen" },
      { text: "a", context: { satellite_id: "x".repeat(257) } },
    ])
      assert.is((await connection.ask("transcript", data))?.data.code, "ERR_SCHEMA", JSON.stringify(data).slice(0, 80));
    assert.equal(heard, []);
    assert.is((await connection.ask("ping"))?.type, "pong");
  });

  it("what it does not know is told so, a few times", async () => {
    const { client } = await open();
    const connection = await client();
    for (let number = 0; number < mostUnknown; number++) assert.is((await connection.ask("synthesize", { text: "a" }))?.data.code, "unsupported");
    assert.match(String((await connection.ask("recognize", { text: "a" }))?.data.text), /^8 events that this hub does not know/);
    assert.is(await connection.next(), undefined);
  });

  it("audio is dropped within a bound, which ends an hour of it", async () => {
    const { client } = await open();
    const connection = await client();
    const chunk = clientEvent("audio-chunk", { rate: 16_000, width: 2, channels: 1 }, { payload: Buffer.alloc(65_536) });
    connection.send("audio-start", { rate: 16_000, width: 2, channels: 1 });
    for (let sent = 0; sent < mostAudio; sent += 65_536) connection.socket.write(chunk);
    assert.is((await connection.ask("ping"))?.type, "pong");
    connection.socket.write(chunk);
    assert.match(String((await connection.next())?.data.text), /^of audio at most 16777216 octets/);
    assert.is(await connection.next(), undefined);
  });

  const form = { rate: 16_000, width: 2, channels: 1 };
  const sound = (samples: number) => Buffer.from(new Int16Array(samples).fill(1000).buffer);

  it("with a recogniser it gives the words of clips, one after the other, and says so in its info", async () => {
    const lengths: number[] = [];
    const { client } = await open({ understand: async (clip) => (lengths.push(clip.length) === 1 ? "turn on the lamp" : "") });
    const connection = await client();
    const info = await connection.ask("describe");
    assert.equal(infoFaults(info?.data ?? {}), []);
    assert.equal(((info?.data.asr ?? []) as { models: { languages: string[] }[] }[])[0]?.models[0]?.languages, ["en"]);
    for (const wanted of ["turn on the lamp", ""]) {
      connection.send("transcribe", { language: "en" });
      connection.send("audio-start", form);
      for (let piece = 0; piece < 3; piece++) connection.socket.write(clientEvent("audio-chunk", form, { payload: sound(1000) }));
      assert.equal(await connection.ask("audio-stop"), { type: "transcript", data: { text: wanted } });
    }
    assert.equal(lengths, [3000, 3000]);
  });

  it("an hour, another form, a form that changes and an end without a beginning are refused, and one that stops in mid-frame is let go", async () => {
    const { client } = await open({ understand: async () => "yes" });
    const refused = async (...events: (readonly [string, Record<string, unknown>, Buffer?])[]) => {
      const connection = await client();
      for (const [type, data, payload] of events) connection.socket.write(clientEvent(type, data, payload ? { payload } : {}));
      const answer = await connection.next();
      assert.is(answer?.type, "error");
      assert.is(await connection.next(), undefined);
      return String(answer?.data.text);
    };
    const piece = ["audio-chunk", form, sound(32_000)] as const;
    assert.match(await refused(["audio-start", form], ...Array.from({ length: 8 }, () => piece)), /^a clip has at most 15 seconds/);
    assert.match(await refused(["audio-start", { rate: 96_000, width: 4, channels: 6 }]), /^sound of 96000 Hz, 32 bit and 6 channels is not taken/);
    assert.match(await refused(["audio-start", {}]), /^sound comes with its rate, width and channels/);
    assert.match(await refused(["audio-start", form], ["audio-chunk", { ...form, rate: 8000 }, sound(10)]), /^the form of the sound changes/);
    assert.match(await refused(["audio-stop", {}]), /^the sound ends before it has begun/);
    const broken = await client();
    broken.socket.write(clientEvent("audio-chunk", form, { payload: sound(1000) }).subarray(0, 500));
    broken.socket.destroy();
    assert.is((await (await client()).ask("ping"))?.type, "pong");
  });

  it("with a voice it says words, in pieces with their times", async () => {
    const { client } = await open({ speak: async (text, language) => new Int16Array(text === "hello" && language === "de" ? 10_000 : 1).fill(5) });
    const connection = await client();
    assert.equal(infoFaults((await connection.ask("describe"))?.data ?? {}), []);
    connection.send("synthesize", { text: "hello", voice: { language: "de" } });
    const types: string[] = [];
    for (let event = await connection.next(); event; event = await connection.next()) {
      types.push(event.type);
      if (event.type === "audio-stop") break;
    }
    assert.equal(types, ["audio-start", "audio-chunk", "audio-chunk", "audio-chunk", "audio-stop"]);
    assert.is((await connection.ask("synthesize", { text: 5 }))?.data.code, "ERR_SCHEMA");
  });

  it("lengths that lie and a line of a megabyte are refused by their figure, and others are served meanwhile", async () => {
    const { client } = await open();
    for (const octets of ['{"type":"transcript","data_length":4000000000}\n', "a".repeat(1_000_000)]) {
      const connection = await client();
      connection.socket.write(octets);
      const refused = await connection.next();
      assert.is(refused?.data.code, "ERR_TOO_LARGE");
      assert.match(String(refused?.data.text), /at most (65536|8192) octets/);
      assert.is(await connection.next(), undefined);
    }
    assert.is((await (await client()).ask("ping"))?.type, "pong");
  });

  it("whoever stops in the middle of an event, or says nothing, is hung up on in time; drops of octets win none", async () => {
    const clock = new ManualClock();
    const { client } = await open({ clock });
    const [half, silent, dripping] = [await client(), await client(), await client()];
    for (const connection of [half, silent, dripping]) assert.is((await connection.ask("ping"))?.type, "pong");
    half.socket.write('{"type":"transcript","data_length":50}\n{"text":');
    dripping.socket.write('{"type":');
    let isDripped = false;
    const over = Promise.all([half.next(), dripping.next()]);
    void over.then(() => {
      isDripped = true;
    });
    await eventually("both are hung up on", async () => {
      dripping.socket.write(" ");
      clock.advance(deadlines.eventMs / 10);
      await systemClock.sleep(5);
      return isDripped;
    });
    assert.equal(await over, [undefined, undefined]);
    clock.advance(deadlines.idleMs);
    assert.is(await silent.next(), undefined);
  });

  it("a client that goes while its sentence is carried out leaves nothing behind", async () => {
    let isAsked = false;
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { client, close } = await open({
      answer: async () => {
        isAsked = true;
        await finished;
        return { isHandled: true, text: "late" };
      },
    });
    const connection = await client();
    connection.send("transcript", { text: "a" });
    await eventually("the house is asked", () => isAsked);
    connection.close();
    finish();
    await close();
  });

  it("a house that fails is told as an error", async () => {
    const { client } = await open({ answer: () => Promise.reject(new MeshError("ERR_STORE", "the disk is full")) });
    assert.equal((await (await client()).ask("transcript", { text: "a" }))?.data, { text: "the disk is full", code: "ERR_STORE" });
  });

  it("lets in its peers alone", async () => {
    const { client } = await open({ peers: ["127.0.0.9", "::1"] });
    assert.is(await (await client()).next(), undefined);
    assert.is((await (await client("127.0.0.9")).ask("ping"))?.type, "pong");
  });

  it("a thousand connections of one address are refused by their figures, and another peer gets in", async () => {
    const { client } = await open({ peers: ["127.0.0.1", "127.0.0.2"], clock: new ManualClock() });
    let served = 0;
    let refused = "";
    const all = Array.from({ length: 1000 }, async () => {
      const connection = await client().catch(() => undefined);
      if (!connection) return;
      const first = await connection.ask("ping").catch(() => undefined);
      if (first?.type === "pong") served += 1;
      else if (first) refused = String(first.data.text);
      // Those that were let in stay.
      if (first?.type !== "pong") connection.close();
    });
    await Promise.all(all);
    assert.is(served, connectionLimits.perNetwork);
    assert.match(refused, /^(too many connections|connections too fast) from this address: 64 in all, 32 of one address, one in 50 ms$/);
    assert.is((await (await client("127.0.0.2")).ask("ping"))?.type, "pong");
  });

  it("a port that is taken is named", async () => {
    const { port } = await open();
    const error = await throwsMesh(open({ port }), "ERR_CONFIG");
    assert.match(error.message, /^wyoming\.port: port \d+ of 127\.0\.0\.1 is in use/);
  });
});
