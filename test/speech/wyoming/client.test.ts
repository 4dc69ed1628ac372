/** Programs of the owner's that understand and speak over Wyoming: what goes to them, what comes back, and every way in which one of them may fail. */
import { systemClock } from "../../../src/base/clock.ts";
import { patienceMs, synthesiseAt, transcribeAt, wyomingPlace } from "../../../src/speech/wyoming/client.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import { clientEvent } from "../../kit/wyoming.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

const english = { language: "en", clock: systemClock };
const clip = Int16Array.from({ length: 20_000 }, (_, at) => Math.round(8000 * Math.sin(at / 7)));

async function hearAt(url: string, options = english): Promise<string> {
  return transcribeAt(wyomingPlace(url), clip, options);
}

describe("speech: Wyoming programs of the owner's", (it) => {
  it("a clip goes over whole, with its language and form, and the words come back", async () => {
    let sound: Buffer = Buffer.alloc(0);
    const url = await startWyomingProgram((asked, socket) => {
      sound = asked.sound;
      assert.equal([asked.types[0], asked.types[1], asked.types.at(-1)], ["transcribe", "audio-start", "audio-stop"]);
      assert.equal([asked.data.language, asked.data.rate, asked.data.width, asked.data.channels], ["de", 16_000, 2, 1]);
      socket.write(clientEvent("transcript-start", {}));
      socket.write(clientEvent("transcript", { text: " Schalte das Licht ein. ", language: "de" }, { inline: true }));
    });
    assert.is(await hearAt(url, { ...english, language: "de" }), "Schalte das Licht ein.");
    assert.equal(
      Int16Array.from({ length: sound.length / 2 }, (_, at) => sound.readInt16LE(2 * at)),
      clip,
    );
  });

  it("words go over as one line, and the sound comes back as a clip, whatever its rate", async () => {
    const url = await startWyomingProgram(({ data }, socket) => {
      assert.equal([data.text, (data.voice as { language: string }).language], ["the kitchen light is on", "en"]);
      const form = { rate: 22_050, width: 2, channels: 1 };
      socket.write(clientEvent("audio-start", form));
      for (let piece = 0; piece < 11; piece++) socket.write(clientEvent("audio-chunk", form, { payload: Buffer.alloc(2 * 2205, 3) }));
      socket.write(clientEvent("audio-stop", { timestamp: 1100 }));
    });
    const said = await synthesiseAt(wyomingPlace(url), "the kitchen light is on", english);
    assert.ok(Math.abs(said.length - 17_600) <= 2, `${said.length} samples`);
  });

  const odd: readonly (readonly [what: string, octets: () => Buffer, why: RegExp])[] = [
    ["an error", () => clientEvent("error", { text: "no model\u001b[31m", code: "x" }), /it says: no model/],
    ["a transcript without words", () => clientEvent("transcript", { text: 5 }), /no text/],
    ["something that is no event", () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), /Wyoming program at/],
    ["a length that lies", () => Buffer.from('{"type":"transcript","data_length":99999999}\n'), /at most/],
    ["events without an end", () => Buffer.concat(Array.from({ length: 4002 }, () => clientEvent("transcript-chunk", {}))), /more than 4000 events/],
    [
      "events that are long",
      () => Buffer.concat(Array.from({ length: 40 }, () => clientEvent("transcript-chunk", { text: "x".repeat(60_000) }))),
      /more than 1024 kB/,
    ],
  ];
  for (const [what, octets, why] of odd)
    it(`${what} is told as what it is`, async () => {
      const url = await startWyomingProgram((_, socket) => void socket.write(octets()));
      const error = await throwsMesh(hearAt(url), "ERR_ADAPTER");
      assert.match(error.message, why);
      assert.not.ok(error.message.includes("\u001b"));
    });

  it("one that hangs up, is not there, speaks for longer than a clip, or says nothing for long", async () => {
    const rude = await startWyomingProgram((_, socket) => void socket.end());
    assert.match((await throwsMesh(hearAt(rude), "ERR_ADAPTER")).message, /hung up/);
    await throwsMesh(hearAt(`tcp://127.0.0.1:${await freePort()}`), "ERR_ADAPTER");
    const form = { rate: 48_000, width: 2, channels: 2 };
    const chatty = await startWyomingProgram((_, socket) => {
      socket.write(clientEvent("audio-start", form));
      for (let piece = 0; piece < 60; piece++) socket.write(clientEvent("audio-chunk", form, { payload: Buffer.alloc(60_000, 3) }));
    });
    assert.match((await throwsMesh(synthesiseAt(wyomingPlace(chatty), "hello", english), "ERR_ADAPTER")).message, /15 seconds/);
    const clock = new ManualClock();
    const silent = await startWyomingProgram(() => undefined);
    const waiting = throwsMesh(hearAt(silent, { ...english, clock }), "ERR_TIMEOUT");
    clock.advance(patienceMs + 1);
    await waiting;
  });

  it("a place is a host and a port", () => {
    assert.equal(wyomingPlace("tcp://whisper.local:10300"), { host: "whisper.local", port: 10_300 });
    assert.equal(wyomingPlace("tcp://[fd00::5]:10300"), { host: "fd00::5", port: 10_300 });
    for (const wrong of ["", "http://x:1", "tcp://x", "tcp://x:0", "tcp://x:70000", "tcp://:5", "tcp://a b:5"])
      assert.throws(() => wyomingPlace(wrong), "is no place of a Wyoming program");
  });
});
