/** The voice under a crowd: one answer is made after the other, and those beyond the bound are refused with its figure. */
import { systemClock } from "../../../src/base/clock.ts";
import { asMeshError } from "../../../src/base/errors.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { mostWaiting, voiceOf } from "../../../src/speech/wyoming/voice-of.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

describe("the voice", (it) => {
  it("says one answer after the other, and refuses those beyond eight", async () => {
    const [asked, most] = [new Set<unknown>(), { atOnce: 0 }];
    const url = await startWyomingProgram((_, socket) => {
      asked.add(socket);
      most.atOnce = Math.max(most.atOnce, asked.size);
      setTimeout(() => {
        asked.delete(socket);
        // A program that gives up: its turn is over all the same.
        socket.destroy();
      }, 20);
    });
    const { config } = loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags: { "speech.voiceUrl": url } });
    const say = voiceOf(config, systemClock)!;
    const codes = (count: number) =>
      Promise.all(Array.from({ length: count }, () => say("it is on", "en").then(String, (error) => asMeshError(error).code)));
    const came = await codes(mostWaiting + 3);
    assert.equal(came.filter((code) => code === "ERR_BUSY").length, 3);
    assert.is(most.atOnce, 1);
    assert.not.ok((await codes(1)).includes("ERR_BUSY"), "who was refused may try again");
  });
});
