/** `contact list`, `get`, `add`, `delete`: the book of contacts. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { addContact, contacts, deleteContact, findContact, pendingContacts, undeliveredContacts } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { accountAddress } from "../../../schema/index.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { contactImport } from "./file.ts";
import { contactFields, contactResult, pendingResult, standingOf, trustOf, undeliveredResult, whyUndelivered } from "./show.ts";

/** `contact list`: who is in the book, and who waits to be. */
export async function contactList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const all = contacts(context);
    const pending = await pendingContacts(context);
    const undelivered = await undeliveredContacts(context, all);
    report(
      output,
      {
        contacts: all.map((known) => ({ ...contactResult(known), ...undeliveredResult(undelivered.get(known.key)) })),
        pending: pending.map(pendingResult),
      },
      () => {
        printTable(
          output,
          ["name", "account", "standing", "trust", "udf"],
          all.map((known) => [known.name, known.address ?? "", standingOf(known), trustOf(known) ?? "", known.pin?.udf ?? ""]),
        );
      },
    );
    if (all.length === 0) output.say("no contacts yet; 'meshman contact request ADDRESS' asks somebody, 'meshman contact dynamic' shows a code");
    for (const known of all) {
      const missing = undelivered.get(known.key);
      if (missing) output.say(`${known.address}: your contact has not arrived: ${whyUndelivered(output, missing, call.ports.clock.now())}`);
    }
    for (const { address, udf, subject, conflict, grant } of pending) {
      if (grant && !conflict) {
        output.say(`${address} (${udf}) has answered`);
        output.say("  next: 'meshman account sync' takes it in");
        continue;
      }
      output.say(`${address} (${udf}) wants to be a contact of yours${subject === undefined ? "" : `: ${subject}`}`);
      output.say(conflict ? `  it cannot be: ${conflict.message}` : `  next: 'meshman contact request ${address}' accepts it`);
    }
  });
}

/** `contact get NAME`: everything about one, with its fingerprint and how it came. */
export async function contactGet(call: Invocation, text: string): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const known = findContact(context, text);
    report(output, contactResult(known), () => printFields(output, contactFields(output, known, ports.clock.now())));
    if (known.pin && (known.pin.way === "FirstUse" || known.pin.way === "File"))
      output.say("the fingerprint is not verified: compare it with the person, or exchange contacts by 'meshman contact dynamic'");
  });
}

/** What `contact add` takes. */
export interface AddFlags {
  readonly udf?: string;
  readonly name?: string;
}

/** `contact add FILE|ADDRESS [NAME]`: a card from a file, or an account by its address; nothing is sent to it. */
export async function contactAdd(call: Invocation, text: string, name: string | undefined, flags: AddFlags): Promise<unknown> {
  const { output } = call;
  if (await isFile(text)) {
    if (name !== undefined || flags.udf !== undefined)
      throw new MeshError("ERR_USAGE", "a card in a file says its name itself", { hint: `add it by 'meshman contact import ${text}'` });
    return contactImport(call, text, {});
  }
  if (!text.includes("@"))
    throw new MeshError("ERR_NOT_FOUND", `${JSON.stringify(text)} is neither a file nor an address`, {
      hint: "give a vCard, or an address like alice@example.com",
    });
  const address = accountAddress(text);
  const { service } = call;
  const known = await inAccount(call, { doing: `asking for ${address}`, sync: "needed" }, (context) =>
    addContact(context, address, {
      ...(flags.udf === undefined ? {} : { udf: flags.udf }),
      ...(name === undefined ? {} : { localName: name }),
      ...(service === undefined ? {} : { configured: service }),
    }),
  );
  report(output, contactResult(known), () => {
    output.line(`Contact=${known.address}`);
    output.line(`UDF=${known.pin?.udf} (${trustOf(known)})`);
  });
  output.say(`next: 'meshman contact request ${address}' gives it your contact and asks for its own`);
  return undefined;
}

async function isFile(text: string): Promise<boolean> {
  const found = await stat(resolve(text)).catch(() => undefined);
  return found?.isFile() === true;
}

/** `contact delete NAME`: forgets a contact, with its fingerprint. */
export async function contactDelete(call: Invocation, text: string, flags: { readonly yes?: boolean }): Promise<void> {
  const { output, stdin } = call;
  const target = await inAccount(call, { doing: "synchronising", sync: "needed" }, async (context) => findContact(context, text));
  if (target.pin && !flags.yes) {
    const question = `Forget ${target.name} (${target.address}) and its fingerprint ${target.pin.udf}? Whoever has the address then is taken at its service's word.`;
    await confirm({ output, input: stdin, question });
  }
  const known = await inAccount(call, { doing: "deleting the contact", sync: "needed" }, (context) => deleteContact(context, target.key));
  report(output, { key: known.key, localName: known.name, address: known.address, udf: known.pin?.udf }, () => output.line(known.name));
}
