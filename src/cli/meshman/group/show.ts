/** `group list` and `group get`. */
import type { AccountContext } from "../../../account/index.ts";
import { administeredGroups, inGroup, members } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { CatalogedMember } from "../../../schema/index.ts";
import { accountAddress, groupCatalog, ProfileUser, verifyProfile } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** A group as it is shown. */
interface ShownGroup {
  readonly group: string;
  readonly udf: string;
  readonly administrator: boolean;
  readonly member: boolean;
}

async function groupsOf(own: AccountContext): Promise<readonly ShownGroup[]> {
  const administered = await administeredGroups(own.dir);
  return own.list(groupCatalog).flatMap(({ value: { EnvelopedProfileGroup, Share } }) => {
    if (!EnvelopedProfileGroup) return [];
    const { value } = verifyProfile(ProfileUser, EnvelopedProfileGroup);
    const group = accountAddress(value.AccountAddress);
    return [{ group, udf: value.ProfileSignature.Udf, administrator: administered.includes(group), member: Share !== undefined }];
  });
}

const yes = (holds: boolean): string => (holds ? "yes" : "no");

/** `group list [GROUP]`. */
export async function groupList(call: Invocation, text: string | undefined): Promise<void> {
  if (text !== undefined) return listMembers(call, accountAddress(text));
  const { output } = call;
  const groups = await inAccount(call, { doing: "synchronising", sync: "wanted" }, groupsOf);
  report(output, { groups }, () =>
    printTable(
      output,
      ["group", "administered here", "has a share", "udf"],
      groups.map(({ group, administrator, member, udf }) => [group, yes(administrator), yes(member), udf]),
    ),
  );
  if (groups.some(({ member, administrator }) => member && !administrator))
    output.say("a share is used as long as the group's service lets it: who was removed is not told, and finds out when he opens something");
  output.say(groups.length === 0 ? "no groups yet; 'meshman group create ADDRESS' makes one" : "next: 'meshman group list GROUP' shows its members");
}

async function membersOf(call: Invocation, group: string): Promise<readonly CatalogedMember[]> {
  return inAccount(call, { doing: "synchronising", sync: "wanted" }, (own) => inGroup(own, group, async (context) => members(context)));
}

const shownMember = ({ ContactAddress, AccountUdf, ServiceCapabilityId, MemberCapabilityId }: CatalogedMember) => ({
  member: ContactAddress ?? "",
  udf: AccountUdf ?? "",
  share: ServiceCapabilityId ?? "",
  sent: MemberCapabilityId !== undefined,
});

/** Whether he has taken it stands in his own account alone. */
const given = (sent: boolean): string => (sent ? "given out" : "not given out");

async function listMembers(call: Invocation, group: string): Promise<void> {
  const { output } = call;
  const shown = (await membersOf(call, group)).map(shownMember);
  report(output, { group, members: shown }, () =>
    printTable(
      output,
      ["member", "share", "udf"],
      shown.map(({ member, sent, udf }) => [member, given(sent), udf]),
    ),
  );
  const unsent = shown.filter(({ sent }) => !sent);
  for (const { member } of unsent) output.say(`${member} has no share; next: 'meshman group add ${group} ${member}' again`);
  if (shown.length === 0) output.say(`it has no members; 'meshman group add ${group} MEMBER' adds one`);
}

/** `group get GROUP [MEMBER]`. */
export async function groupGet(call: Invocation, groupText: string, memberText: string | undefined): Promise<void> {
  const { output } = call;
  const group = accountAddress(groupText);
  if (memberText === undefined) {
    const found = (await inAccount(call, { doing: "synchronising", sync: "wanted" }, groupsOf)).find((one) => one.group === group);
    if (!found) throw new MeshError("ERR_NOT_FOUND", `this account has no group ${group}`, { hint: "see 'meshman group list'" });
    const fields: [string, string][] = [
      ["group", found.group],
      ["udf", found.udf],
      ["administered here", yes(found.administrator)],
      ["has a share", yes(found.member)],
    ];
    report(output, { ...found }, () => printFields(output, fields));
    return;
  }
  const address = accountAddress(memberText);
  const member = (await membersOf(call, group)).map(shownMember).find((one) => one.member === address);
  if (!member) throw new MeshError("ERR_NOT_FOUND", `${address} is no member of ${group}`, { hint: `see 'meshman group list ${group}'` });
  report(output, { group, ...member }, () =>
    printFields(output, [
      ["member", member.member],
      ["udf", member.udf],
      ["share", given(member.sent)],
      ["share", member.share],
    ]),
  );
}
