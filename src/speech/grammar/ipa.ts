/** The sounds of the model (those of CMUdict) for what Debian's espeak-ng writes in the letters of phonetics, in its voices en-us and en-gb. */

/** espeak-ng's voices: as words are said in America and in Britain. */
export type Accent = "en-us" | "en-gb";

/** Letters -> sounds; of several that fit the longest is taken. Stress parts what stands beside it. */
const soundsOf: Readonly<Record<string, string>> = {
  p: "P",
  b: "B",
  t: "T",
  d: "D",
  k: "K",
  ɡ: "G",
  f: "F",
  v: "V",
  θ: "TH",
  ð: "DH",
  s: "S",
  z: "Z",
  ʃ: "SH",
  ʒ: "ZH",
  tʃ: "CH",
  dʒ: "JH",
  h: "HH",
  x: "K",
  m: "M",
  n: "N",
  ŋ: "NG",
  l: "L",
  ɬ: "L",
  ɹ: "R",
  r: "R",
  ɹɹ: "R",
  j: "Y",
  w: "W",
  // A T between vowels, and before N, as America says it.
  ɾ: "T",
  ʔ: "T",
  n̩: "AH N",
  l̩: "AH L",

  i: "IY",
  iː: "IY",
  ɪ: "IH",
  ᵻ: "IH",
  e: "EH",
  ɛ: "EH",
  a: "AE",
  æ: "AE",
  ɑ: "AA",
  ɑː: "AA",
  ɒ: "AA",
  ɔ: "AO",
  ɔː: "AO",
  o: "OW",
  oː: "AO",
  ʊ: "UH",
  u: "UW",
  uː: "UW",
  ʌ: "AH",
  ə: "AH",
  ɐ: "AH",
  ɚ: "ER",
  ɜː: "ER",
  əɹ: "ER",
  ɚɹ: "ER",
  ɜːɹ: "ER",

  eɪ: "EY",
  aɪ: "AY",
  ɔɪ: "OY",
  əʊ: "OW",
  oʊ: "OW",
  aʊ: "AW",
  iə: "IH AH",
  ɪə: "IH AH",
  eə: "EH AH",
  ʊə: "UH AH",
  iəɹ: "IH R",
  ɪəɹ: "IH R",
  eəɹ: "EH R",
  ʊəɹ: "UH R",
  // Not "ear" and "oo".
  iəʊ: "IY OW",
  ɪəʊ: "IY OW",
  ʊəʊ: "UW OW",
};

/**
 * What sounds otherwise in Britain than the same letters in America, for a model that was made of American speech: "lamp", "lock", "up", "turn", "bed" and
 * "radio" with the vowels that are nearest. Which these are was tried (docs/figures.md).
 */
const britishSounds: typeof soundsOf = { ...soundsOf, a: "AA", ɒ: "AO", ʌ: "AA", ɜː: "UH", ɛ: "AE", eɪ: "AY", eə: "AE AH", eəɹ: "AE R" };

const letters = Object.keys(soundsOf).sort((a, b) => b.length - a.length);
const apart = /[ˈˌ ]/;
const pieces = new RegExp(letters.join("|"), "gu");

/** The sounds; undefined where a letter is none of espeak-ng's English ones. */
export function soundsOfIpa(text: string, accent: Accent): readonly string[] | undefined {
  const sounds = accent === "en-gb" ? britishSounds : soundsOf;
  const found: string[] = [];
  for (const part of text.split(apart)) {
    if (part.replace(pieces, "") !== "") return undefined;
    for (const [piece] of part.matchAll(pieces)) for (const sound of (sounds[piece] ?? "").split(" ")) found.push(sound);
  }
  return found.length === 0 ? undefined : found;
}
