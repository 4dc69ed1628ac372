/** `contact import` and `export`: vCards and JSON, in files or over stdin and stdout. */
import { resolve } from "node:path";
import type { ImportedCard } from "../../../account/index.ts";
import { contactLimits, contacts, exportContacts, findContact, importCards, readCards, setOwnContact } from "../../../account/index.ts";
import { fileError, writeFileAtomic } from "../../../base/atomic-file.ts";
import { readAtMost } from "../../../base/bounded-file.ts";
import { fromUtf8, joinBytes, utf8 } from "../../../base/bytes.ts";
import { catalogue, isMeshError, MeshError } from "../../../base/errors.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `contact import FILE`: every card of it. @returns the exit status: that of the first card that could not be taken */
export async function contactImport(call: Invocation, file: string, flags: { readonly self?: boolean }): Promise<number> {
  const { output } = call;
  const cards = readCards(await readBounded(call, file));
  if (flags.self) {
    const [card, ...others] = cards;
    if (!card || others.length > 0) throw new MeshError("ERR_USAGE", `the file holds ${counted(cards.length, "card")}; your own contact is one`);
    await inAccount(call, { doing: "signing your contact", sync: "needed" }, (context) => setOwnContact(context, card));
    report(output, { self: true }, () => output.line("your own contact was changed"));
    output.say("next: your contacts are told in the agent's next turn; 'meshman contact static' prints a code for your card");
    return 0;
  }
  const done = await inAccount(call, { doing: "importing contacts", sync: "needed" }, (context) => importCards(context, cards));
  const refused = done.filter(({ outcome }) => outcome === "refused");
  report(output, { cards: done.map(cardResult), refused: refused.length }, () =>
    printTable(
      output,
      ["card", "outcome", "why"],
      done.map(({ name, outcome, error }) => [name, outcome, error?.message ?? ""]),
    ),
  );
  for (const { name, leftOut } of done)
    if (leftOut !== undefined)
      output.say(`${name}: a picture or text of ${leftOut} characters was left out; at most ${contactLimits.pictureOctets} are kept`);
  const [first] = refused;
  if (!first?.error) return 0;
  output.say(`${refused.length} of ${counted(done.length, "card")} not taken; the others are there`);
  output.say(`hint: ${first.error.hint}`);
  return catalogue[first.error.code].exit;
}

function cardResult({ name, outcome, key, line, error, leftOut }: ImportedCard): Readonly<Record<string, unknown>> {
  return { localName: name, outcome, key, line, leftOut, error: error && { code: error.code, message: error.message, hint: error.hint } };
}

const tooLarge = (what: string): MeshError =>
  new MeshError("ERR_TOO_LARGE", `${what} has more than ${contactLimits.fileOctets} octets`, {
    hint: "take the pictures out, or split it into several files",
  });

/** A file, or "-" for stdin; no more of it than is taken. Errors: ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_PERMISSION, ERR_STORE. */
async function readBounded({ stdin }: Invocation, file: string): Promise<Uint8Array> {
  if (file === "-") {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of stdin) {
      const octets = typeof part === "string" ? utf8(part) : part;
      length += octets.length;
      if (length > contactLimits.fileOctets) throw tooLarge("stdin");
      parts.push(octets);
    }
    return joinBytes(parts);
  }
  try {
    return await readAtMost(resolve(file), contactLimits.fileOctets);
  } catch (error) {
    if (isMeshError(error, "ERR_TOO_LARGE")) throw tooLarge(file);
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { cause: error });
    throw isMeshError(error) ? error : fileError(error, `cannot read ${file}`);
  }
}

/** What `contact export` takes. */
export interface ExportFlags {
  readonly format?: string;
  readonly out?: string;
}

/** `contact export [NAME]`: one contact or all of them, as vCards or JSON. */
export async function contactExport(call: Invocation, text: string | undefined, flags: ExportFlags): Promise<void> {
  const { output } = call;
  const format = formatOf(flags.format ?? "vcard");
  const { octets, count } = await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const chosen = text === undefined ? contacts(context) : [findContact(context, text)];
    return { octets: exportContacts(chosen, format), count: chosen.length };
  });
  if (flags.out !== undefined) {
    await writeFileAtomic(resolve(flags.out), octets);
    report(output, { file: flags.out, contacts: count }, () => output.line(`${counted(count, "contact")} in ${flags.out}`));
    return;
  }
  const content = fromUtf8(octets);
  report(output, { format, contacts: count, content }, () => {
    // To a file as it is; on a screen, what others wrote must not steer it.
    if (output.isTerminal) for (const line of content.trimEnd().split(/\r?\n/)) output.line(line);
    else output.raw(content);
  });
}

function formatOf(text: string): "vcard" | "json" {
  if (text === "vcard" || text === "json") return text;
  throw new MeshError("ERR_USAGE", `${JSON.stringify(text)} is no format of contacts`, { hint: "say vcard or json" });
}
