/** `contact request`, `exchange`, `fetch`, `static`, `dynamic`: contacts between accounts. */
import type { Asked } from "../../../account/index.ts";
import {
  type AccountContext,
  contactOfAddress,
  dynamicCode,
  exchangeContact,
  fetchContact,
  requestContact,
  staticCode,
  ways,
  withdrawStaticCode,
} from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { qrForTerminal } from "../../../codec/qr/index.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { contactResult } from "./show.ts";

const configured = ({ service }: Invocation): { readonly configured?: string } => (service === undefined ? {} : { configured: service });

/** `contact request ADDRESS`: gives somebody your contact and asks for theirs; whoever has asked already is accepted. @returns the exit status */
export async function contactRequest(
  call: Invocation,
  address: string,
  flags: { readonly message?: string; readonly name?: string },
): Promise<number> {
  const asked = await inAccount(call, { doing: `writing to ${address}`, sync: "needed" }, (context) =>
    requestContact(context, address, {
      ...configured(call),
      ...(flags.message === undefined ? {} : { subject: flags.message }),
      ...(flags.name === undefined ? {} : { localName: flags.name }),
    }),
  );
  return tellAsked(call, asked);
}

/** As of a request to confirm that was not delivered. */
const refusedStatus = 4;

/** @returns the exit status */
function tellAsked({ output }: Invocation, { address, udf, way, outcome, errorCode }: Asked): number {
  const isRefused = outcome === "refused";
  report(output, { address, udf, trust: way, outcome, errorCode, success: !isRefused }, () => {
    output.line(`Contact=${address}`);
    output.line(`UDF=${udf} (${ways[way]})`);
  });
  output.say(sentences[outcome](address, errorCode));
  return isRefused ? refusedStatus : 0;
}

const sentences: Readonly<Record<Asked["outcome"], (address: string, errorCode: string | undefined) => string>> = {
  answered: (address) => `${address} had asked already: you have their contact, and yours is on its way`,
  sent: () =>
    "sent; if they accept, their contact comes in while 'meshman agent' runs here, or at an 'meshman account sync'; " +
    "whether their service took it, 'meshman message status' tells",
  refused: (address, errorCode) =>
    errorCode === "ERR_QUOTA"
      ? `not taken yet: as many messages wait for ${address} as may; 'meshman agent' sends it again, 'meshman contact list' says when`
      : `not sent: the service of ${address} takes no message of yours for it, and says no more`,
};

/** What a code is given by. */
export interface CodeFlags {
  readonly name?: string;
  readonly uriFile?: string;
}

async function codeOf({ stdin }: Invocation, uri: string | undefined, { uriFile: file }: CodeFlags): Promise<string> {
  if ((uri === undefined) === (file === undefined))
    throw new MeshError("ERR_USAGE", "give the code of the other side, or --uri-file with a file that holds it", {
      hint: "they show it with 'meshman contact dynamic'",
    });
  return uri ?? (await readSecretText({ kind: "contact", file: file ?? "", cwd: process.cwd(), stdin }));
}

/** `contact exchange URI`: exchanges contacts by the code that the other side shows or printed. @returns the exit status */
export async function contactExchange(call: Invocation, uri: string | undefined, flags: CodeFlags): Promise<number> {
  const code = await codeOf(call, uri, flags);
  const asked = await inAccount(call, { doing: "exchanging contacts", sync: "needed" }, (context) =>
    exchangeContact(context, code, { ...configured(call), ...(flags.name === undefined ? {} : { localName: flags.name }) }),
  );
  return tellAsked(call, asked);
}

/** `contact fetch URI`: takes the contact of a printed code; nothing is sent to its account. */
export async function contactFetch(call: Invocation, uri: string | undefined, flags: CodeFlags): Promise<void> {
  const { output } = call;
  const code = await codeOf(call, uri, flags);
  const known = await inAccount(call, { doing: "fetching the contact", sync: "needed" }, async (context: AccountContext) => {
    const { address } = await fetchContact(context, code, { ...configured(call), ...(flags.name === undefined ? {} : { localName: flags.name }) });
    return contactOfAddress(context, address);
  });
  if (!known) throw new MeshError("ERR_INTERNAL", "the contact was not kept");
  report(output, contactResult(known), () => {
    output.line(`Contact=${known.address}`);
    output.line(`UDF=${known.pin?.udf} (${known.pin && ways[known.pin.way]})`);
  });
  output.say(`next: 'meshman contact exchange URI' with the same code gives them yours`);
}

/** What `contact static` takes. */
export interface StaticFlags {
  readonly new?: boolean;
  readonly withdraw?: boolean;
  readonly qr?: boolean;
}

/** `contact static`: publishes your contact and prints its code, good until it is withdrawn. */
export async function contactStatic(call: Invocation, flags: StaticFlags): Promise<void> {
  const { output } = call;
  if (flags.withdraw) {
    const gone = await inAccount(call, { doing: "withdrawing the code", sync: "needed" }, withdrawStaticCode);
    report(output, { withdrawn: gone !== undefined, uri: gone?.uri }, () => output.line(gone ? `withdrawn: ${gone.uri}` : "there was no code"));
    return;
  }
  const { uri } = await inAccount(call, { doing: "publishing your contact", sync: "needed" }, (context) =>
    staticCode(context, { isNew: flags.new ?? false }),
  );
  report(output, { uri }, () => {
    output.line(`URI=${uri}`);
    if (flags.qr) output.raw(`${qrForTerminal(uri)}\n`);
  });
  output.say("print it on your card: whoever has it reads your contact; 'meshman contact static --withdraw' ends that");
}

/** `contact dynamic`: a code to show, by which one person exchanges contacts with you within a day. */
export async function contactDynamic(call: Invocation, flags: { readonly qr?: boolean }): Promise<void> {
  const { output } = call;
  const { uri, expires } = await inAccount(call, { doing: "making a code", sync: "needed" }, dynamicCode);
  report(output, { uri, expires }, () => {
    output.line(`URI=${uri}`);
    if (flags.qr || output.isTerminal) output.raw(`${qrForTerminal(uri)}\n`);
  });
  output.say(`show it to one person, until ${expires}: they say 'meshman contact exchange URI'; it is answered while 'meshman agent' runs here`);
}
