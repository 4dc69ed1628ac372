/** Brings the Wyoming door of a hub up, as it is configured: what is heard there is said to the hub in the satellite's name and place. */

import { isIPv4 } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { packageVersion } from "../../base/package-root.ts";
import { Told } from "../../base/told.ts";
import type { HubConfig } from "../../config/index.ts";
import { put } from "../../driver/index.ts";
import type { NameBook } from "../../names/name-book.ts";
import type { Clip } from "../../speech/sound/clip.ts";
import { voiceOf } from "../../speech/wyoming/voice-of.ts";
import { isLoopback } from "../../transport/interfaces.ts";
import { announceWyoming } from "../../transport/mdns/announce.ts";
import type { MdnsResponder } from "../../transport/mdns/responder.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { HubFacade } from "../routes/facade.ts";
import { spoken } from "../voice/spoken.ts";
import type { Voice } from "../voice/voice.ts";
import { speakerOf } from "./satellite.ts";
import type { Heard, HouseReply } from "./server.ts";
import { serveWyoming } from "./server.ts";

/** What the door is brought up with. */
export interface StartWyomingOptions {
  readonly hub: Pick<HubFacade, "as" | "status"> & { readonly grants: Pick<GrantBook, "list"> };
  readonly names: Pick<NameBook, "index" | "languages" | "speaking">;
  readonly voice: Pick<Voice, "recogniser" | "readBacks" | "transcribe" | "wasSure">;
  readonly config: Pick<HubConfig, "wyoming" | "mdns" | "speech">;
  readonly clock: Clock;
  readonly log: Log;
}

/** As the hub's other doors take it; a spoken one is a tenth of it. */
const mostSentence = 256;
/** Letters of a conversation's name. */
const mostName = 64;
const strangerMs = 3_600_000;

/** Starts it. Errors: ERR_CONFIG. @returns stops it */
export async function startWyoming(options: StartWyomingOptions): Promise<() => Promise<void>> {
  const { hub, names, voice, config, clock, log } = options;
  const strangers = new Told({ everyMs: strangerMs, clock });
  let announcer: MdnsResponder | undefined;
  const announce = (host: string, port: number): void => {
    if (!config.mdns.announce || announcer || isLoopback(host)) return;
    const name = `mesh-hub-${hub.status().hubUdf.slice(0, 9).toLowerCase()}`;
    const only = isIPv4(host) && host !== "0.0.0.0" ? { interface: host } : {};
    announcer = announceWyoming({ name, port, clock, log: log.child("mdns"), ...only });
  };
  const answer = async (heard: Heard): Promise<HouseReply> => {
    const replies = names.speaking(heard.language).vocabulary.language.Replies;
    if (heard.text.length > mostSentence) return { isHandled: false, text: put(replies.TooLong, { most: String(mostSentence) }) };
    const { satellite, device, address } = heard;
    const speaker = speakerOf(heard, { grants: hub.grants, names, places: config.wyoming.places });
    if (!speaker) {
      const name = satellite ?? device ?? address;
      if (strangers.isDue(name)) log.warn("wyoming.satellite.unknown", { satellite, device, address });
      return { isHandled: false, text: put(replies.NoSatellite, { name }) };
    }
    const { principal, place, name } = speaker;
    // What was spoken of at a satellite goes on there, whichever conversation its assistant has begun.
    const conversation = (satellite === undefined ? heard.conversation : name)?.slice(0, mostName);
    const sentence = {
      text: heard.text,
      ...(place === undefined ? {} : { place }),
      ...(conversation === undefined ? {} : { conversation }),
      ...(heard.language === undefined ? {} : { language: heard.language }),
    };
    const said = await spoken({ ...sentence, isSure: await voice.wasSure(heard.text, { place }) }, principal, {
      readBacks: voice.readBacks,
      book: names.speaking(heard.language),
      say: (request, speaking) => hub.as(speaking).say(request),
    });
    return { isHandled: said.kind === "done" || said.kind === "answer", text: said.text };
  };
  const { addresses, port, peers } = config.wyoming;
  const speak = voiceOf(config, clock);
  const house = {
    languages: names.languages,
    version: packageVersion(),
    answer,
    // The recogniser may come and go while the hub runs.
    get understand() {
      return voice.recogniser === undefined ? undefined : (clip: Clip) => voice.transcribe(clip);
    },
    ...(speak ? { speak: (text: string, language = names.languages[0] ?? "en") => speak(text, language) } : {}),
  };
  const close = await serveWyoming({ house, addresses, port, peers, clock, log, onListening: announce });
  return async () => {
    await Promise.all([announcer?.stop(), close()]);
  };
}
