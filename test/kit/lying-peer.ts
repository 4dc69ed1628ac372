/**
 * A service that takes part in Post and lies about what it took, as a process of its own: `lying-peer.ts DIR PORT`. It says its URL, then each lie. A message
 * to twice.example is answered twice, taken and refused; one to other.example is said to be taken by somebody else; one to silent.example is never answered.
 * Nothing of any is kept; whatever else it is asked it does as a service does.
 */
import { decodeObject, encodeObject } from "../../src/codec/index.ts";
import type { EntryResponse } from "../../src/protocol/index.ts";
import { operations, PostResponse, statusDone } from "../../src/protocol/index.ts";
import { startHostile } from "../attack/account/hostile-service.ts";

const [dir = "", port = ""] = process.argv.slice(2);
const service = await startHostile(dir, Number(port));

function lie(account: string, EnvelopeId = ""): readonly EntryResponse[] {
  const taken: EntryResponse = { EnvelopeId, Account: account, Result: "Accept" };
  return account.endsWith("@twice.example") ? [taken, { ...taken, Result: "Reject" }] : [{ ...taken, Account: "somebody@other.example" }];
}

service.malice.answer = (_linkUdf, name, plain) => {
  if (name !== operations.Post.request.tag) return undefined;
  const { Accounts, Messages } = decodeObject(operations.Post.request, plain);
  process.stdout.write(`lied ${Accounts.join(" ")}\n`);
  if (Accounts.some((account) => account.endsWith("@silent.example"))) return new Promise<Uint8Array>(() => undefined);
  const Entries = Accounts.flatMap((account) => Messages.flatMap(({ header }) => lie(account, header.EnvelopeId)));
  return encodeObject(PostResponse, { Status: statusDone, Entries });
};
process.stdout.write(`${service.url}\n`);
