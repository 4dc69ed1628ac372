/** An ear whose grammar could not be made says why, and makes it when somebody speaks to it again. */
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Ear } from "../../../src/hub/voice/ear.ts";
import { houseGrammar } from "../../../src/speech/grammar/house-grammar.ts";
import { listeningGrammar } from "../../../src/speech/grammar/listening-grammar.ts";
import { houseOf } from "../../driver/language/table.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

describe("ear", (it) => {
  it("without a grammar says why there is none, until there is one", async () => {
    let isShort = true;
    const ear = new Ear({
      recogniser: { admit: () => undefined, hear: async () => undefined, useGrammar: () => undefined },
      book: { index: houseOf("en").index },
      clock: new ManualClock(),
      log: silentLog,
      make: async (names) => {
        if (isShort) throw new MeshError("ERR_BUSY", "the grammar of speech is not made: this process may open no more files");
        return listeningGrammar(await houseGrammar(names, async (words) => new Map([...words].map((word) => [word, [[...word.toUpperCase()]]]))));
      },
    });
    assert.is(ear.failure, undefined);
    ear.prepare();
    await throwsMesh(() => ear.hear(new Int16Array(16_000)), "ERR_BUSY");
    assert.match(ear.failure ?? "", /may open no more files/);
    isShort = false;
    assert.is(await ear.hear(new Int16Array(16_000)), undefined);
    assert.is(ear.failure, undefined);
  });
});
