/** `group create`, `add`, `remove` and `delete`. */
import type { AddedMember, RenewedGroup } from "../../../account/index.ts";
import { addMember, createGroup, deleteGroup, inGroup, members, removeFromGroup, renewGroup } from "../../../account/index.ts";
import { accountAddress } from "../../../schema/index.ts";
import { confirmTyped } from "../../term/confirm.ts";
import { counted } from "../../term/counted.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import { inAccount, serviceBeside } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `group create ADDRESS`. */
export async function groupCreate(call: Invocation, text: string, { invitationFile: file }: { readonly invitationFile?: string }): Promise<void> {
  const { output, stdin } = call;
  const address = accountAddress(text);
  const invitation = file === undefined ? undefined : await readSecretText({ kind: "invitation", file, cwd: process.cwd(), stdin });
  const { udf, serviceUrl } = await inAccount(call, { doing: `creating ${address}`, sync: "needed" }, async (own) => {
    const url = await serviceBeside(call, own, address);
    return { ...(await createGroup(own, { address, serviceUrl: url, ...(invitation === undefined ? {} : { invitation }) })), serviceUrl: url };
  });
  report(output, { account: address, udf, service: serviceUrl }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${udf}`);
  });
  output.say("nobody can decrypt what is encrypted to it yet, you neither: its key is in two parts, and a member needs a share");
  output.say(`next: 'meshman group add ${address} MEMBER' for a contact or yourself, then 'meshman dare encode FILE --encrypt ${address}'`);
}

/** `group add GROUP MEMBER`. */
export async function groupAdd(call: Invocation, groupText: string, memberText: string): Promise<number> {
  const { output } = call;
  const [group, address] = [accountAddress(groupText), accountAddress(memberText)];
  const added = await inAccount(call, { doing: `adding ${address}`, sync: "needed" }, (own) => addMember(own, group, address));
  report(output, { group, member: { ...added } }, () => output.line([address, added.outcome, added.udf].join("\t")));
  switch (added.outcome) {
    case "member":
      output.say(`you can decrypt what is encrypted to ${group}, what was encrypted before too`);
      break;
    case "invited":
      output.say(`next: ${address} takes it by 'meshman message pending' and 'meshman message accept MESSAGE', then 'meshman dare decode FILE'`);
      break;
    case "refused":
      output.say(`the service of ${address} did not take the invitation${added.errorCode ? ` (${added.errorCode})` : ""}`);
      output.say(`next: let ${address} accept your contact, then 'meshman group add ${group} ${address}' again`);
  }
  return added.outcome === "refused" ? 4 : 0;
}

/** `group remove GROUP MEMBER`. @returns the exit status: 4 when somebody who stays did not get his share of the new key */
export async function groupRemove(
  call: Invocation,
  groupText: string,
  memberText: string,
  { rekey: renew = true }: { readonly rekey?: boolean } = {},
): Promise<number> {
  const { output } = call;
  const [group, member] = [accountAddress(groupText), accountAddress(memberText)];
  const renewed = await inAccount(call, { doing: `removing ${member}`, sync: "needed" }, (own) => removeFromGroup(own, group, member, { renew }));
  const { key, members: brought = [] }: Partial<RenewedGroup> = renewed ?? {};
  report(output, { group, member, outcome: "removed", ...(key === undefined ? {} : { key, members: brought.map((one) => ({ ...one })) }) }, () => {
    output.line([member, "removed"].join("\t"));
    tellMembers(output, brought);
  });
  output.say(`from this moment on the service decrypts nothing for ${member}; what was decrypted before, and copies of it, he keeps`);
  if (renewed) return tellRenewed(output, group, brought);
  const where = renew ? " on a machine that made the group, or was let in by 'group pin --root'" : "";
  output.say(`the group has the same key: whoever has his share and the service's disk opens what is encrypted to it, also from now on`);
  output.say(`next: 'meshman group rekey ${group}'${where} gives it another`);
  return 0;
}

/** `group rekey GROUP`. */
export async function groupRekey(call: Invocation, groupText: string): Promise<number> {
  const { output } = call;
  const group = accountAddress(groupText);
  const { key, members: brought } = await inAccount(call, { doing: `renewing the key of ${group}`, sync: "needed" }, (own) => renewGroup(own, group));
  report(output, { group, key, members: brought.map((member) => ({ ...member })) }, () => {
    output.line(`UDF=${key}`);
    tellMembers(output, brought);
  });
  return tellRenewed(output, group, brought);
}

function tellMembers(output: Output, brought: readonly AddedMember[]): void {
  for (const { address, outcome, udf } of brought) output.line([address, outcome, udf].join("\t"));
}

function tellRenewed(output: Output, group: string, brought: readonly AddedMember[]): number {
  output.say("what is encrypted to the group from now on opens with the new key; what was encrypted before, with the shares that members have");
  const refused = brought.filter(({ outcome }) => outcome === "refused");
  for (const { address } of refused)
    output.say(`${address} did not get his share of it: 'meshman group add ${group} ${address}' once his service takes your messages`);
  const isInvited = brought.some(({ outcome }) => outcome === "invited");
  output.say(
    isInvited ? "next: each member takes his share by 'meshman message accept MESSAGE'" : `next: 'meshman dare encode FILE --encrypt ${group}'`,
  );
  return refused.length > 0 ? 4 : 0;
}

/** `group delete GROUP [MEMBER]`. */
export async function groupDelete(
  call: Invocation,
  groupText: string,
  memberText: string | undefined,
  { yes = false, ...flags }: { readonly yes?: boolean; readonly rekey?: boolean },
): Promise<number> {
  if (memberText !== undefined) return groupRemove(call, groupText, memberText, flags);
  const { output, stdin } = call;
  const group = accountAddress(groupText);
  const count = await inAccount(call, { doing: "synchronising", sync: "wanted" }, (own) =>
    inGroup(own, group, async (context) => members(context).length),
  );
  if (!yes) {
    const question = `What is encrypted to it stays closed for everybody (${counted(count, "member")}). Type the address of the group`;
    await confirmTyped({ output, input: stdin, question, answer: group });
  }
  await inAccount(call, { doing: `deleting ${group}`, sync: "needed" }, (own) => deleteGroup(own, group));
  report(output, { group, members: count, outcome: "deleted" }, () => output.line(`Account=${group} deleted`));
  return 0;
}
