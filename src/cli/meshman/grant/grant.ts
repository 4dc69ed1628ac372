/** `grant …` and `guest …`: what others than the owner's own devices may do in the house. */
import type { AccountContext, GrantTerms } from "../../../account/index.ts";
import { addGrant, addGuest, endGrant, findGrant, grantsOf, isOverGrant } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { passkeyFingerprint } from "../../../crypto/index.ts";
import type { CatalogedGrant, GrantKind } from "../../../schema/index.ts";
import { deviceCatalog, grantKinds, isGrantKind, placeCatalog } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { untilOf } from "./until.ts";

/** What is granted, as it is typed. */
export interface TermFlags {
  readonly place?: readonly string[];
  readonly class?: readonly string[];
  readonly device?: readonly string[];
  readonly readOnly?: boolean;
  readonly risky?: boolean;
  readonly until?: string;
  readonly hub?: string;
}

/** `grant add NAME --kind token --place hall --until sunday`. */
export async function grantAdd(call: Invocation, name: string, flags: TermFlags & { readonly kind: string }): Promise<void> {
  const { output } = call;
  const { kind } = flags;
  if (!isGrantKind(kind) || kind === "guest")
    throw new MeshError("ERR_USAGE", `there is no kind ${JSON.stringify(kind.slice(0, 40))} of grants to add`, {
      hint: kind === "guest" ? "see 'meshman guest add'" : `kinds are ${grantKinds.filter((known) => known !== "guest").join(", ")}`,
    });
  const terms = termsOf(call, flags);
  const { grant, token, shown } = await inAccount(call, { doing: "granting", sync: "needed" }, async (context) => {
    const granted = await addGrant(context, { kind, name, terms });
    return { ...granted, shown: shownGrant(context, granted.grant, call.ports.clock.now()) };
  });
  report(output, { ...shown, ...(token === undefined ? {} : { token }) }, () => output.line(token ?? lineOf(shown)));
  if (token !== undefined) output.say(`the token of ${grant.LocalName}; it is shown once and kept nowhere`);
  output.say(`hubs know of it within a minute; take it back with 'meshman grant delete ${JSON.stringify(grant.LocalName)}'`);
}

/** `guest add ADDRESS --place hall --until sunday`. */
export async function guestAdd(call: Invocation, address: string, flags: TermFlags): Promise<void> {
  const { output } = call;
  const terms = termsOf(call, flags);
  const { token, isTold, house, shown } = await inAccount(call, { doing: "letting the guest in", sync: "needed" }, async (context) => {
    const granted = await addGuest(context, address, terms);
    return { ...granted, house: context.address, shown: shownGrant(context, granted.grant, call.ports.clock.now()) };
  });
  report(output, { ...shown, token, told: isTold }, () => {
    output.line(lineOf(shown));
    output.line(token);
  });
  if (isTold)
    output.say(
      `the guest is told which hubs take his orders, and gives them by 'meshman guest say ${house} "turn on the light"', from wherever he is`,
    );
  else output.say(`the guest's service did not take the word of it: when he has you as a contact, say 'meshman guest add' again`);
  output.say("the token is for the guest's program, at the hub's HTTPS address in the house: 'Authorization: Bearer TOKEN'; it is shown once");
  if (shown.until === undefined) output.say("it has no end: 'meshman guest add' again with --until gives it one");
  output.say(`hubs know of it within a minute; take it back with 'meshman guest delete ${address}'`);
}

/** `grant list`, and of guests alone `guest list`. */
export async function grantList(call: Invocation, kind?: GrantKind): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const grants = grantsOf(context).filter(({ Kind }) => kind === undefined || Kind === kind);
    const rows = grants.map((grant) => shownGrant(context, grant, ports.clock.now()));
    report(output, { grants: rows }, () =>
      printTable(
        output,
        ["name", "kind", "may", "where", "until", "key"],
        rows.map((row) => [
          row.address ?? row.name,
          row.kind,
          row.may,
          row.where,
          row.state === "over" ? `over ${row.until ?? ""}` : (row.until ?? "no end"),
          row.key.slice(0, 14),
        ]),
      ),
    );
    if (rows.length === 0)
      output.say(
        kind === "guest"
          ? "no guests; 'meshman guest add ADDRESS --place hall --until sunday' lets one in"
          : "nothing is granted; see 'meshman grant add --help'",
      );
  });
}

/** `grant get NAME`. */
export async function grantGet(call: Invocation, text: string): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const shown = shownGrant(context, findGrant(context, text), ports.clock.now());
    report(output, shown, () => {
      for (const [name, value] of Object.entries(shown))
        if (value !== undefined) output.line(`${name}=${Array.isArray(value) ? value.join(", ") : String(value)}`);
    });
  });
}

/** `grant delete NAME` and `guest delete ADDRESS`. */
export async function grantDelete(call: Invocation, text: string, kind?: GrantKind): Promise<void> {
  const { output } = call;
  const grant = await inAccount(call, { doing: "taking it back", sync: "needed" }, async (context) => {
    const found = findGrant(context, text, kind);
    await endGrant(context, found);
    return found;
  });
  report(output, { key: grant.Key, name: grant.LocalName, kind: grant.Kind }, () => output.line(grant.Address ?? grant.LocalName));
  output.say("a hub that is offline goes by it until it has synchronised, or until its end");
}

function termsOf({ ports }: Invocation, { place, class: classes, device, readOnly, risky, until, hub }: TermFlags): GrantTerms {
  const list = (texts: readonly string[] | undefined) => texts?.flatMap((text) => text.split(",")).map((text) => text.trim());
  return {
    ...(place ? { places: list(place) ?? [] } : {}),
    ...(classes ? { classes: (list(classes) ?? []).map((text) => text.toLowerCase()) } : {}),
    ...(device ? { devices: device } : {}),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(risky === undefined ? {} : { risky }),
    ...(until === undefined ? {} : { until: untilOf(until, ports.clock.now()) }),
    ...(hub === undefined ? {} : { hub }),
  };
}

interface ShownGrant {
  readonly [name: string]: unknown;
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly may: string;
  readonly where: string;
  readonly state: "good" | "over";
  readonly address?: string;
  readonly until?: string;
  readonly hub?: string;
}

function shownGrant(context: AccountContext, grant: CatalogedGrant, now: number): ShownGrant {
  const { Key, LocalName, Kind, Rights, Address, NotOnOrAfter, HubUdf, Passkeys = [] } = grant;
  const signs = Passkeys.map(({ PublicKey }) => `sign changes by the passkey ${passkeyFingerprint(PublicKey)}`);
  const orders = Rights.some(({ Allows }) => Allows === "command")
    ? Rights.some(({ Risky }) => Risky === true)
      ? "see, order, also what can do harm"
      : "see and order"
    : "see";
  const may = [...signs, ...(Rights.length === 0 && signs.length > 0 ? [] : [orders])].join("; ");
  const nameOfPlace = (key: string): string => context.get(placeCatalog, key)?.LocalName ?? key;
  const nameOfDevice = (udf: string): string => context.get(deviceCatalog, udf)?.LocalName ?? udf;
  const [right] = Rights;
  const where = [
    ...(right?.Devices ?? []).map(nameOfDevice),
    ...(right?.Classes ?? []),
    ...(right?.Places ?? []).map((key) => `in ${nameOfPlace(key)}`),
  ].join(", ");
  return {
    key: Key,
    name: LocalName,
    kind: Kind,
    may,
    where: Rights.length === 0 && signs.length > 0 ? "its hub's page" : where === "" ? "everywhere" : where,
    state: isOverGrant(grant, now) ? "over" : "good",
    ...(Address === undefined ? {} : { address: Address }),
    ...(NotOnOrAfter === undefined ? {} : { until: NotOnOrAfter }),
    ...(HubUdf === undefined ? {} : { hub: nameOfDevice(HubUdf) }),
  };
}

function lineOf({ name, address, may, where, until }: ShownGrant): string {
  return `${address ?? name} may ${may}, ${where}, ${until === undefined ? "without an end" : `until ${until}`}`;
}
