/**
 * `hub open`: asks a hub for a link to its page, signed and sealed both ways through the service, and shows it with the fingerprint of the hub's certificate
 * authority: so whom a browser trusts is not decided by what answers in the local network. Where the service is away, a hub on this machine is asked at its
 * socket.
 */
import { sendCommands } from "../../../account/index.ts";
import { hubClient } from "../../../api/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { qrForTerminal } from "../../../codec/qr/index.ts";
import { hubClass, openPageCommand } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { socketHere } from "../device/door.ts";
import { houseOf } from "../house.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";
import { chosenHub } from "./list.ts";

/** What `hub open` takes. */
export interface OpenFlags {
  /** Socket of a hub on this machine. */
  readonly hub?: string;
  readonly wait?: string;
  readonly qr?: boolean;
}

interface Opened {
  readonly url: string;
  readonly seconds: number;
  readonly fingerprint?: string | undefined;
}

/** Longest answer of a hub that is shown: a link is of some hundred characters. */
const mostUrl = 512;

/** Shows the way in. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_CONFIG while the page is off, ERR_TIMEOUT, ERR_NOT_AUTHORIZED, those of the service. */
export async function hubOpen(call: Invocation, name: string | undefined, flags: OpenFlags): Promise<void> {
  const { output } = call;
  const opened = flags.hub === undefined ? await openAfar(call, name, flags) : await openHere(call, flags.hub);
  report(output, { ...opened }, () => {
    if (flags.qr !== false && output.isTerminal) {
      output.say(qrForTerminal(opened.url));
      if (opened.fingerprint !== undefined) {
        output.say("its authority:");
        output.say(qrForTerminal(opened.fingerprint));
      }
    }
    output.line(opened.url);
  });
  if (opened.fingerprint !== undefined) output.say(`the hub's certificate authority has SHA-256 ${opened.fingerprint}`);
  output.say(
    `next: open it within ${opened.seconds} s; it works once, and who opens it may do everything there. A browser that does not know the authority yet shows its fingerprint: compare it with this one`,
  );
}

async function openAfar(call: Invocation, name: string | undefined, { wait }: OpenFlags): Promise<Opened> {
  const seconds = wait === undefined ? 30 : durationOf(wait, "s");
  try {
    return await besideOthers(call, { doing: "waiting for the hub", sync: "wanted" }, async (context, turn) => {
      const hub = chosenHub(await houseOf(context), name);
      const order = { deviceUdf: hub.udf, class: hubClass, command: openPageCommand, arguments: [] };
      const [outcome] = await sendCommands(context, [order], { seconds, turn, signal: call.signal });
      const page = outcome?.result === "Accept" ? outcome.answer?.Page : undefined;
      if (page) return checked({ url: page.Url, seconds: page.Seconds, fingerprint: page.Fingerprint });
      throw outcome?.error ?? new MeshError("ERR_SCHEMA", `${hub.name} gave no link: it may be of an earlier version`, { hint: "update the hub" });
    });
  } catch (error) {
    const socket = isMeshError(error, "ERR_SERVICE_UNREACHABLE") ? await socketHere(call) : undefined;
    if (socket === undefined) throw error;
    call.output.say("the service is away: the hub on this machine is asked");
    return openHere(call, socket);
  }
}

async function openHere({ signal }: Invocation, socket: string): Promise<Opened> {
  return checked(await hubClient({ socket, startWith: "sudo systemctl start mesh-hub", signal }).open({}));
}

/** A link is a link: what a hub answers goes onto a terminal and into a browser. Errors: ERR_SCHEMA. */
function checked({ url, seconds, fingerprint }: Opened): Opened {
  const isLink = url.length <= mostUrl && /^https?:\/\/[\x21-\x7e]+$/.test(url);
  const isDigest = fingerprint === undefined || /^[0-9A-Fa-f:]{64,95}$/.test(fingerprint);
  if (!isLink || !isDigest || !(seconds > 0)) throw new MeshError("ERR_SCHEMA", "what the hub answered is no link to a page");
  return { url, seconds, ...(fingerprint === undefined ? {} : { fingerprint }) };
}
