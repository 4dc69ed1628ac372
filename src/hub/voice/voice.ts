/**
 * The hub's voice parts as one: whoever holds a clip gives it here, with who speaks, and gets what was heard and what became of it. The recogniser is of
 * English; a Wyoming program of the owner's understands the language of the house, and assistants send what they understood as text (src/hub/wyoming).
 */
import type { DoubtfulNames, HearRequest, HearResult, ListenRequest, OnboardLine, SayRequest, SayResult } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { Tally } from "../../base/tally.ts";
import { decodeBase64url } from "../../codec/index.ts";
import type { HubConfig } from "../../config/index.ts";
import type { SpeakerContext } from "../../driver/index.ts";
import type { NameBook, SpokenBook } from "../../names/name-book.ts";
import { Recogniser, type RecogniserStatus } from "../../speech/recogniser/recogniser.ts";
import { type Clip, readWav } from "../../speech/sound/clip.ts";
import { recordClip } from "../../speech/sound/sound-card.ts";
import { wyomingPlace } from "../../speech/wyoming/client.ts";
import type { Principal } from "../command/principal.ts";
import { Ear, type HeardSentence, sayDoubt } from "./ear.ts";
import { ForeignEar } from "./foreign-ear.ts";
import { houseNotes, nameNotes } from "./name-notes.ts";
import { ReadBacks } from "./read-backs.ts";
import { spoken } from "./spoken.ts";

/** The language of the recogniser's model. */
export const recogniserLanguage = "en";

/** Transcripts that are remembered, and for how long. */
const mostTranscripts = 64;
const transcriptMs = 60_000;

/** Clips of one speaker at once, of four: whoever sends one after the other leaves room for the house. */
const mostOfOne = 2;

/** What it is made with. */
export interface VoiceOptions {
  readonly book: NameBook;
  readonly config: Pick<HubConfig, "speech">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The recogniser, where it is not the one of the configuration. */
  readonly recogniser?: Recogniser;
  /** Records from the hub's own microphone, where ALSA does not. */
  readonly record?: typeof recordClip;
}

/** Carries a sentence out in the name of a principal. */
export type Say = (request: SayRequest, principal: Principal) => Promise<SayResult>;

/** Who speaks, and what carries out what he says. */
export interface Speaker {
  readonly principal: Principal;
  readonly say: Say;
  /** Whether he sees a device: what sounds like his words and is of others is not told. Absent: of none. */
  readonly mayRead?: (deviceUdf: string) => boolean;
}

/** What clips are understood by: nothing, the recogniser of this machine, or a program of the owner's. */
interface Ways {
  readonly recogniser?: Recogniser;
  readonly ear?: Ear;
  readonly foreign?: ForeignEar;
  /** What is heard elsewhere is in the language of the house. */
  readonly language: string;
}

/** Errors: ERR_CONFIG. */
function waysOf({ book, clock, random, log, recogniser: given }: VoiceOptions, { recogniser: kind, recogniserUrl }: HubConfig["speech"]): Ways {
  const recogniser = given ?? (kind === "local" ? new Recogniser({ clock, random, log }) : undefined);
  const local = recogniser ? { recogniser, ear: new Ear({ recogniser, book: book.speaking(recogniserLanguage), clock, log }) } : {};
  if (kind !== "wyoming") return { ...local, language: recogniserLanguage };
  if (recogniserUrl === undefined)
    throw new MeshError("ERR_CONFIG", 'speech.recogniser is "wyoming" and speech.recogniserUrl is missing', {
      hint: "set speech.recogniserUrl first, as tcp://HOST:PORT",
    });
  const foreign = new ForeignEar({ place: wyomingPlace(recogniserUrl), book, clock });
  return { ...local, foreign, language: book.vocabulary.language.Language };
}

async function ended({ ear, recogniser }: Ways): Promise<void> {
  await Promise.all([ear?.stop(), recogniser?.stop()]);
}

/** Speech at one hub. */
export class Voice {
  readonly #options: VoiceOptions;
  #speech: HubConfig["speech"];
  #ways: Ways;
  #isStarted = false;
  /** Somebody is listened to by the hub's own microphone. */
  #isListening = false;
  /** Clips that are listened to, by who sent them. */
  readonly #heardFor = new Tally();
  readonly #readBacks: ReadBacks;
  /** What was heard for others, until it comes back as text. */
  readonly #transcripts = new Map<string, { readonly heard: HeardSentence; readonly at: number }>();

  constructor(options: VoiceOptions) {
    this.#options = options;
    this.#readBacks = new ReadBacks(options.clock);
    this.#speech = options.config.speech;
    this.#ways = waysOf(options, this.#speech);
  }

  start(): void {
    this.#isStarted = true;
    this.#ways.recogniser?.start();
    this.#ways.ear?.prepare();
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await ended(this.#ways);
  }

  /** Goes on by another configuration; clips that are listened to by the one before are answered with ERR_ADAPTER. Errors: ERR_CONFIG; then all is as before. */
  async take(speech: HubConfig["speech"]): Promise<void> {
    const isSame = (["recogniser", "recogniserUrl"] as const).every((key) => speech[key] === this.#speech[key]);
    const [before, ways] = [this.#ways, isSame ? this.#ways : waysOf(this.#options, speech)];
    this.#speech = speech;
    if (isSame) return;
    this.#ways = ways;
    await ended(before);
    if (this.#isStarted) this.start();
  }

  /** How the recogniser is; undefined without one. */
  get recogniser(): RecogniserStatus | undefined {
    return this.#ways.recogniser?.status;
  }

  /** How it is with clips: up when the recogniser has learnt the names of the house, too. Undefined without one. */
  get readiness(): RecogniserStatus | undefined {
    const { recogniser, ear } = this.#ways;
    if (recogniser?.status.state !== "up" || recogniser.isReady) return recogniser?.status;
    return { state: "down", detail: ear?.failure ?? "it learns the names of the house" };
  }

  /** Language of the clips that are understood; undefined without a recogniser. */
  get hears(): string | undefined {
    const { ear, foreign, language } = this.#ways;
    return ear || foreign ? language : undefined;
  }

  /** What waits for yes or no. */
  get readBacks(): ReadBacks {
    return this.#readBacks;
  }

  /** The names may have changed. */
  namesChanged(): void {
    this.#ways.ear?.prepare();
  }

  /** A line of an onboarding; its last one with what is doubtful about the name, where this hub hears by itself. */
  async noted(line: OnboardLine): Promise<OnboardLine> {
    if (!this.#ways.ear || line.step !== "register" || line.state !== "done" || line.deviceUdf === undefined) return line;
    const notes = await this.#notes({ udf: line.deviceUdf, name: line.name });
    return notes.length === 0 ? line : { ...line, notes: [...notes] };
  }

  /** What is doubtful about a new name of a device; nothing where this hub does not hear by itself. */
  async doubts(udf: string, wanted: string): Promise<readonly string[]> {
    return this.#ways.ear ? this.#notes({ udf, wanted }) : [];
  }

  /** Of all names of the house. Errors: ERR_CONFIG where this hub does not hear by itself, ERR_ADAPTER without a dictionary. */
  async namesInDoubt(): Promise<DoubtfulNames> {
    if (!this.#ways.ear)
      throw new MeshError("ERR_CONFIG", "this hub does not hear by itself", { hint: "'mesh-hub config set speech.recogniser local'" });
    return houseNotes({ book: this.#options.book.speaking(recogniserLanguage) });
  }

  #notes(called: Parameters<typeof nameNotes>[0]): Promise<readonly string[]> {
    return nameNotes(called, { book: this.#options.book.speaking(recogniserLanguage) });
  }

  /** The sentence of a clip. Errors: ERR_CONFIG without a recogniser, and as Ear.hear. */
  async understand(clip: Clip): Promise<HeardSentence | undefined> {
    return this.#someEar().hear(clip);
  }

  #someEar(): Ear | ForeignEar {
    const ear = this.#ways.ear ?? this.#ways.foreign;
    if (ear) return ear;
    const hint =
      "install Debian's python3-pocketsphinx and pocketsphinx-en-us, then 'mesh-hub config set speech.recogniser local'; or wyoming, with the speech.recogniserUrl of a program of yours";
    throw new MeshError("ERR_CONFIG", "this hub has no recogniser", { hint });
  }

  /**
   * The words of a clip for somebody who will send them back as text, and whether they were heard without doubt is asked then (`wasSure`).
   * Errors: as `understand`.
   */
  async transcribe(clip: Clip): Promise<string> {
    const heard = await this.understand(clip);
    if (!heard) return "";
    const now = this.#options.clock.monotonic();
    this.#transcripts.delete(heard.text);
    this.#transcripts.set(heard.text, { heard, at: now });
    for (const [text, { at }] of this.#transcripts) {
      if (this.#transcripts.size <= mostTranscripts && now - at <= transcriptMs) break;
      this.#transcripts.delete(text);
    }
    return heard.text;
  }

  /** False for a sentence that this hub heard within the last minute, and would read back. */
  async wasSure(text: string, context: SpeakerContext): Promise<boolean> {
    const known = this.#transcripts.get(
      text
        .toLowerCase()
        .replace(/[.?!]$/, "")
        .trim(),
    );
    return !known || this.#options.clock.monotonic() - known.at > transcriptMs || (await known.heard.doubt(context)) === undefined;
  }

  /** Understands a clip and does what it says, as far as a voice may. Errors: as `understand`; ERR_ENCODING, ERR_TOO_LARGE for the clip. */
  async hear({ clip, ...context }: HearRequest, from: Speaker): Promise<HearResult> {
    // To look into a clip takes longer than to say that nobody will listen to it.
    this.#someEar().admit();
    const { principal } = from;
    const speaker = JSON.stringify([principal.kind, principal.id]);
    if (this.#heardFor.of(speaker) >= mostOfOne) throw new MeshError("ERR_BUSY", `${mostOfOne} clips of ${principal.name} are listened to already`);
    return this.#heardFor.during(speaker, async () => {
      const octets = decodeBase64url(clip);
      if (!octets) throw new MeshError("ERR_USAGE", "the clip is no base64url");
      return this.hearClip(readWav(octets), context, from);
    });
  }

  /** The same with what is said to the hub's own microphone, until there is a pause. Errors: ERR_CONFIG without one, ERR_BUSY, those of the sound card. */
  async listen(context: ListenRequest, speaker: Speaker): Promise<HearResult> {
    const { clock, record = recordClip } = this.#options;
    const { microphone } = this.#speech;
    if (microphone === undefined)
      throw new MeshError("ERR_CONFIG", "this hub has no microphone of its own", {
        hint: "name one: 'mesh-hub config set speech.microphone default'; 'sudo mesh-hub install --mic' gives the service the right to it",
      });
    this.#someEar();
    if (this.#isListening) throw new MeshError("ERR_BUSY", "somebody is speaking to the hub's microphone", { hint: "wait until it has answered" });
    this.#isListening = true;
    const clip = await record({ device: microphone, clock }).finally(() => {
      this.#isListening = false;
    });
    return this.hearClip(clip, context, speaker);
  }

  /** The same with a clip. */
  async hearClip(clip: Clip, context: Omit<SayRequest, "text">, { principal, say, mayRead = () => false }: Speaker): Promise<HearResult> {
    const { book } = this.#options;
    // Another recogniser may be taken meanwhile.
    const { language } = this.#ways;
    const heard = await this.understand(clip);
    const own: SpokenBook = book.speaking(language);
    if (!heard) return { said: { kind: "unknown", text: own.vocabulary.language.Replies.NotHeard, suggestions: [] } };
    const { place, home } = context;
    const doubt = await heard.doubt({ place, home });
    const sentence = { ...context, language, text: heard.text, isSure: doubt === undefined };
    const said = await spoken(sentence, principal, { readBacks: this.#readBacks, book: own, say });
    const why = doubt === undefined || said.kind !== "question" ? {} : { why: sayDoubt(doubt, own.vocabulary.language, mayRead) };
    return { heard: heard.text, ...why, said };
  }
}
