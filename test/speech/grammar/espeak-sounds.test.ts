/** How words sound by the rules of spelling: what espeak-ng is asked, by a program in its place that writes down what it gets, and by itself. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../../src/base/package-root.ts";
import { espeakSounds, mostLetters } from "../../../src/speech/grammar/espeak-sounds.ts";
import { type Accent, soundsOfIpa } from "../../../src/speech/grammar/ipa.ts";
import { debianDictionary, dictionaryOf, pronounce, withWays } from "../../../src/speech/grammar/pronunciation.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, skipUnless, tempDirectory } from "../../harness/suite.ts";
import { isInstalled } from "../../kit/spoken-clip.ts";

/** A program of such lines, that keeps what it was asked in `asked` beside it. */
function programOf(lines: string): { readonly program: string; readonly asked: () => string } {
  const dir = tempDirectory();
  const program = join(dir, "program");
  writeFileSync(program, `#!/bin/sh\necho "$*" > ${dir}/asked\ncat >> ${dir}/asked\n${lines}\n`);
  chmodSync(program, 0o700);
  return { program, asked: () => readFileSync(join(dir, "asked"), "utf8") };
}

const written = (sounds: Iterable<readonly [string, readonly string[]]>): Record<string, string> =>
  Object.fromEntries([...sounds].map(([word, way]) => [word, way.join(" ")]));

describe("how words sound by the rules of spelling", (it) => {
  it("letters of phonetics are sounds of the model, the longest that fits first; others are none", () => {
    for (const [ipa, sounds] of [
      ["ɡˈɑːdən", "G AA D AH N"],
      ["tʃˈeə", "CH EH AH"],
      ["vˈɪdɪəʊ kˈɒnfɹəns", "V IH D IY OW K AA N F R AH N S"],
      ["tʃˌɒmbɪˈəʊnəʊ", "CH AA M B IH OW N OW"],
      ["hˈiəɹəʊ", "HH IH R OW"],
      ["fˈaɪɚ", "F AY ER"],
      ["skˈɑːɹɹɪŋ", "S K AA R IH NG"],
      ["kˈæsʔn̩", "K AE S T AH N"],
      ["bˈæɾɪɡnˌoʊlz", "B AE T IH G N OW L Z"],
    ] as const)
      assert.is(soundsOfIpa(ipa, "en-us")?.join(" "), sounds, ipa);
    for (const ipa of ["", "ˈ", "(de)lˈampə(en)", "yː", "lˈamp!"]) assert.is(soundsOfIpa(ipa, "en-us"), undefined, ipa);
  });

  it("the letters of Britain are the sounds of an American model that are nearest", () => {
    for (const [ipa, sounds] of [
      ["lˈamp", "L AA M P"],
      ["lˈɒk", "L AO K"],
      ["tˈɜːn", "T UH N"],
      ["ɹˈeɪdɪˌəʊ", "R AY D IH OW"],
      ["ʌpstˈeəz", "AA P S T AE AH Z"],
      ["dˈɔː", "D AO"],
    ] as const)
      assert.is(soundsOfIpa(ipa, "en-gb")?.join(" "), sounds, ipa);
  });

  it("all words are asked for at once, a line each; only small letters reach the program, and what it writes otherwise is no way", async () => {
    const { program, asked } = programOf(`echo lˈamp; echo oklˈɒk; echo ˈyː; echo ${"w".repeat(41)}`);
    const hostile = ["küche", "-w/tmp/x", "[[x]]", "<break/>", "lamp\nsecond", "'", "", "Lamp", "lamp2", "a".repeat(mostLetters + 1)];
    const found = await espeakSounds([...hostile, "lamp", "oclock", "bob's", "wxwx"], "en-gb", { program });
    assert.equal(written(found), { lamp: "L AA M P", oclock: "OW K L AO K" });
    assert.equal(asked(), "-q --ipa -s 400 -v en-gb\nlamp,\no'clock,\nbob's,\nwxwx,\n");
  });

  it("nothing is known of a program that is not there, fails, writes too much or not a line for each; none is asked for no words", async () => {
    const words = ["lamp", "door"];
    assert.is((await espeakSounds(words, "en-us", { program: join(tempDirectory(), "none") })).size, 0);
    for (const lines of ["echo lˈamp; echo dˈɔː; exit 1", "echo lˈamp", "echo lˈamp; echo dˈɔː; echo dˈɔː", "", "yes lˈamp"])
      assert.is((await espeakSounds(words, "en-us", programOf(lines))).size, 0, lines);
    const { program, asked } = programOf("");
    assert.is((await espeakSounds(["küche"], "en-us", { program })).size, 0);
    assert.throws(asked, /ENOENT/);
  });

  it("nothing is known where this process may open nothing more", () => {
    const script = `
      import { openSync } from "node:fs";
      import { espeakSounds } from ${JSON.stringify(packagePath("src", "speech", "grammar", "espeak-sounds.ts"))};
      try { for (;;) openSync("/dev/null", "r"); } catch {}
      console.log((await espeakSounds(["lamp"], "en-us", { program: "/bin/cat" })).size);`;
    const file = join(tempDirectory(), "full.mts");
    writeFileSync(file, script);
    const said = execFileSync("sh", ["-c", 'ulimit -n 100; exec "$@"', "sh", process.execPath, "--import", "tsx", file], {
      cwd: packagePath(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.is(said.trim(), "0");
  });

  it("a program that never ends is ended, and as if it were not there", async () => {
    const clock = new ManualClock();
    const found = espeakSounds(["lamp"], "en-gb", { program: programOf("exec sleep 60").program, clock });
    clock.advance(20_000);
    assert.is((await found).size, 0);
  });

  it("a word that the dictionary lacks sounds as America spells it; every word may be said as in Britain besides, where that is another way", async () => {
    const file = join(tempDirectory(), "dict");
    writeFileSync(file, "garden G AA R D AH N\nlamp L AE M P\n");
    const asked: [string[], Accent][] = [];
    const byRule = async (words: Iterable<string>, accent: Accent) => {
      asked.push([[...words], accent]);
      return new Map([...words].filter((word) => word === "smoothie").map((word) => [word, "S M UW DH IY".split(" ")]));
    };
    const known = await pronounce(["garden", "lamp", "smoothie", "кухня"], file, byRule);
    assert.equal(asked, [[["smoothie", "кухня"], "en-us"]]);
    const british = new Map(
      Object.entries({ garden: "G AA D AH N", lamp: "L AE M P", unasked: "AH N" }).map(([word, way]) => [word, way.split(" ")]),
    );
    assert.is(dictionaryOf(withWays(known, british)), "garden G AA R D AH N\ngarden(2) G AA D AH N\nlamp L AE M P\nsmoothie S M UW DH IY\n");
  });

  it("Debian's espeak-ng says words as America and as Britain do", async () => {
    skipUnless(isInstalled("espeak-ng"), "needs espeak-ng");
    assert.equal(written(await espeakSounds(["smoothie", "garden", "door", "heater"], "en-us")), {
      smoothie: "S M UW DH IY",
      garden: "G AA R D AH N",
      door: "D AO R",
      heater: "HH IY T ER",
    });
    assert.equal(written(await espeakSounds(["half", "garden", "lantern", "mirror", "oclock", "lights", "bob's"], "en-gb")), {
      half: "HH AA F",
      garden: "G AA D AH N",
      lantern: "L AA N T AH N",
      mirror: "M IH R AH",
      oclock: "AH K L AO K",
      lights: "L AY T S",
      "bob's": "B AO B Z",
    });
  });

  it("every word of a sample of Debian's dictionary has a way of espeak-ng's, half of the American ones just that of the dictionary", async () => {
    skipUnless(isInstalled("espeak-ng") && existsSync(debianDictionary), "needs espeak-ng, pocketsphinx-en-us");
    const lines = readFileSync(debianDictionary, "utf8").split("\n");
    const sample = new Map(
      lines.flatMap((line, at) => {
        const [, word, way] = /^([a-z][a-z']*) (.*)$/.exec(line) ?? [];
        return at % 97 === 0 && word !== undefined && way !== undefined ? [[word, way.trim()] as const] : [];
      }),
    );
    const american = written(await espeakSounds(sample.keys(), "en-us"));
    const british = written(await espeakSounds(sample.keys(), "en-gb"));
    assert.equal(
      [...sample.keys()].filter((word) => american[word] === undefined || british[word] === undefined),
      [],
    );
    const same = [...sample].filter(([word, way]) => american[word] === way).length;
    assert.ok(sample.size > 1000 && same > sample.size / 2, `${same} of ${sample.size}`);
  });
});
