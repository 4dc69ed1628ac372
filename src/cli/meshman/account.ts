/** `account …`: create, status, pin, connect. */

import type { AccountContext, Doubt } from "../../account/index.ts";
import {
  administratorsOf,
  auditLossAt,
  conflicts,
  connectByCode,
  createAccount,
  issuePin,
  outstanding,
  pendingConnections,
  pendingOffers,
  syncWhatHolds,
  waitingStores,
} from "../../account/index.ts";
import { toHex } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { catalogue, isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { qrForTerminal } from "../../codec/qr/index.ts";
import { usualUrl } from "../../protocol/index.ts";
import { accountAddress, deviceCatalog, domainOf } from "../../schema/index.ts";
import { report } from "../term/output.ts";
import { readSecretText } from "../term/secret-text.ts";
import { printFields } from "../term/table.ts";
import { doubtResult, tellDoubts } from "./doubts.ts";
import { outstandingText, takeableText } from "./outstanding.ts";
import { inAccount, inDirectory, serviceOf } from "./session.ts";
import type { Invocation } from "./surroundings.ts";
import { durationOf, numberOf, sharedStoresOf, someRoles } from "./values.ts";

/** What `account create` takes. */
export interface CreateFlags {
  readonly name?: string;
  readonly invitation?: string;
  /** File with the invitation; "-" is stdin. */
  readonly invitationFile?: string;
}

async function invitationOf({ stdin }: Invocation, { invitation, invitationFile: file }: CreateFlags): Promise<string | undefined> {
  if (invitation !== undefined && file !== undefined)
    throw new MeshError("ERR_USAGE", "--invitation and --invitation-file say the same; give one of them");
  return file === undefined ? invitation : await readSecretText({ kind: "invitation", file, cwd: process.cwd(), stdin });
}

/** `account create ADDRESS`: a new account with this machine as its first administrator. */
export async function accountCreate(call: Invocation, text: string, options: CreateFlags): Promise<void> {
  const { output, dir, ports } = call;
  const address = accountAddress(text);
  const invitation = await invitationOf(call, options);
  const service = await serviceOf(call, address);
  await makeDirectory(dir);
  const { accountUdf, deviceUdf } = await inDirectory(call, { doing: `creating ${address}` }, async () => {
    const context = await createAccount({
      dir,
      address,
      serviceUrl: service,
      ports,
      ...(options.name === undefined ? {} : { localName: options.name }),
      ...(invitation === undefined ? {} : { invitation }),
    });
    await context.close();
    return { accountUdf: context.accountUdf, deviceUdf: context.deviceUdf };
  });
  report(output, { account: address, udf: accountUdf, deviceUdf, service }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${accountUdf}`);
  });
  output.say(
    "next: 'meshman account pin --role hub' for a hub, 'meshman account pin --role web,command' for another machine of yours, 'meshman account pin --role threshold' for a phone that may be lost",
  );
}

/**
 * `account status`: health first, then this machine, then the stores.
 * @returns the exit status: 69 when the service is away, that of the cause when the end of a store is not believed
 */
export async function accountStatus(call: Invocation): Promise<number> {
  const { output } = call;
  return inAccount(call, { doing: "asking the service", sync: "none" }, async (context) => {
    const doubts: Doubt[] = [];
    let auditLost: string | undefined;
    const away = await awayOf(async () => {
      await syncWhatHolds(
        () => context.sync(),
        (doubt) => appendAll(doubts, doubt.doubts),
      );
      auditLost = await auditLossAt(context);
    });
    const waiting = context.keys.administrator ? (await pendingConnections(context)).length + (await pendingOffers(context)).length : undefined;
    const lost = conflicts(context).length;
    const own = context.get(deviceCatalog, context.deviceUdf);
    const heads = context.heads();
    const result = {
      success: !away,
      service: { udf: context.profile.ServiceUdf, reachable: !away, ...(away ? { error: away } : {}) },
      account: context.address,
      udf: context.accountUdf,
      device: { udf: context.deviceUdf, localName: own?.LocalName, roles: context.roles },
      waiting,
      conflicts: lost,
      ...(auditLost === undefined ? {} : { auditLost }),
      lacking: waitingStores(context),
      remains: outstanding(context),
      stores: heads.map(({ Store, Epoch = 0, Index, TreeDigest }) => ({ store: Store, epoch: Epoch, index: Index, digest: TreeDigest })),
      ...doubtResult(doubts),
    };
    report(output, result, () => {
      printFields(output, [
        ["service", away ? `away: ${away.message}` : "reachable"],
        ["account", `${context.address}  ${context.accountUdf}`],
        ["device", [own?.LocalName, context.deviceUdf].filter(Boolean).join("  ")],
        ["roles", context.roles.join(", ")],
        ["no key yet", keysMissing(context)],
        ["to be replaced", outstandingText(context)],
        ["can be taken over", takeableText(context)],
        ["waiting", waiting === undefined ? undefined : waiting === 0 ? "nothing" : `${waiting} (see 'meshman device pending')`],
        ["audit", auditLost === undefined ? undefined : `a part was lost before ${auditLost} (see 'meshman account audit')`],
        ["conflicts", lost === 0 ? undefined : `${lost} (see 'meshman conflicts list')`],
      ]);
      for (const { Store, Epoch, Index, TreeDigest } of heads) {
        const place = Epoch === undefined ? String(Index) : `${Epoch}:${Index}`;
        output.line(`   [${Store}] ${place}  ${toHex(TreeDigest.subarray(0, 16))}`);
      }
    });
    if (away) output.say(`hint: ${away.hint}`);
    const status = tellDoubts(output, doubts);
    return away ? catalogue[away.code].exit : status;
  });
}

/** Stores that an administrator is to hand the key of, and who that is. */
function keysMissing(context: AccountContext): string | undefined {
  const stores = waitingStores(context);
  return stores.length === 0 ? undefined : `${stores.join(", ")} (waits for ${administratorsOf(context).join(" or ")})`;
}

async function awayOf(task: () => Promise<unknown>): Promise<MeshError | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    if (isMeshError(error, "ERR_SERVICE_UNREACHABLE") || isMeshError(error, "ERR_TIMEOUT")) return error;
    throw error;
  }
}

/** What `account pin` takes. */
export interface PinFlags {
  readonly role?: readonly string[];
  readonly share?: readonly string[];
  readonly minutes?: string;
  readonly expire?: string;
  readonly name?: string;
  readonly qr?: boolean;
}

/** `account pin`: lets one device join with the roles named, without anybody comparing fingerprints. */
export async function accountPin(call: Invocation, flags: PinFlags): Promise<void> {
  const { output } = call;
  const roles = someRoles(flags.role);
  const sharedStores = sharedStoresOf(flags.share, roles);
  const seconds =
    flags.minutes === undefined ? durationOf(flags.expire ?? "1", "d") : 60 * numberOf(flags.minutes, { name: "--minutes", least: 1, most: 525_600 });
  const { pin, service } = await inAccount(call, { doing: "issuing a PIN", sync: "needed" }, async (context) => ({
    pin: await issuePin(context, {
      roles,
      minutes: seconds / 60,
      ...(flags.name === undefined ? {} : { localName: flags.name }),
      ...(sharedStores === undefined ? {} : { sharedStores }),
    }),
    service: wayTo(call, context),
  }));
  report(output, { pin: pin.pin, uri: pin.uri, expires: pin.expires, roles }, () => {
    output.line(`PIN=${pin.pin} (Expires=${pin.expires})`);
    output.line(`URI=${pin.uri}`);
    if (flags.qr) output.raw(`${qrForTerminal(pin.uri)}\n`);
  });
  const where = service === undefined ? "" : ` --service ${service}`;
  const joins = roles.includes("hub")
    ? `'mesh-hub init${where}' on the hub`
    : `'meshman${where} device request URI${flags.name === undefined ? " --name NAME" : ""}' on the new device`;
  output.say(`next: ${joins}; it is let in while 'meshman agent' runs here, or at the next 'meshman account sync'`);
}

/** The URL that another machine has to be told; undefined where the address leads to the service. */
function wayTo({ service }: Invocation, context: AccountContext): string | undefined {
  const url = service ?? context.serviceUrlOf(context.address);
  return url === usualUrl(domainOf(context.address)) ? undefined : url;
}

/** `account connect URI`: a device that speaks to services itself, by its printed code. */
export async function accountConnect(
  call: Invocation,
  uri: string,
  flags: { readonly role?: readonly string[]; readonly share?: readonly string[]; readonly name?: string },
): Promise<void> {
  const { output, service } = call;
  const roles = someRoles(flags.role);
  const sharedStores = sharedStoresOf(flags.share, roles);
  const { device, description } = await inAccount(call, { doing: "connecting the device", sync: "needed" }, async (context) => {
    return connectByCode(context, uri, {
      roles,
      ...(sharedStores === undefined ? {} : { sharedStores }),
      ...(flags.name === undefined ? {} : { localName: flags.name }),
      ...(service === undefined ? {} : { configured: service }),
    });
  });
  const { Manufacturer: maker, Model: model, Class: kind } = description;
  report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, roles, manufacturer: maker, model, class: kind }, () => {
    output.line(`   Device UDF = ${device.DeviceUdf}`);
    output.line(`   Device = ${maker} ${model} (${kind})`);
  });
  output.say("next: the device finishes by itself; on a machine of yours with 'meshman device complete'");
}
