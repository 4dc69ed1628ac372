/** The process that makes the grammar of a house (make-apart.ts): the names on stdin, the grammar on stdout, and it is over. */
import { buffer } from "node:stream/consumers";
import { deserialize, serialize } from "node:v8";
import { refuseDebugger } from "../../base/debugger.ts";
import { asMeshError } from "../../base/errors.ts";
import type { NameIndex } from "../../driver/index.ts";
import { espeakSounds } from "./espeak-sounds.ts";
import { houseGrammar } from "./house-grammar.ts";
import { listeningGrammar } from "./listening-grammar.ts";
import type { MadeApart } from "./make-apart.ts";
import { pronounce } from "./pronunciation.ts";

refuseDebugger();

async function made(): Promise<MadeApart> {
  try {
    const index = deserialize(await buffer(process.stdin)) as NameIndex;
    return { grammar: listeningGrammar(await houseGrammar(index, pronounce, (words) => espeakSounds(words, "en-gb"))) };
  } catch (thrown) {
    const { code, message, hint } = asMeshError(thrown);
    return { failure: { code, message, hint } };
  }
}

process.stdout.write(serialize(await made()));
