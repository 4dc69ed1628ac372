/** `account info`: the account's keys, who administers it, and the stores by epoch. `account hello`: what a service says of itself. */
import type { AccountContext } from "../../../account/index.ts";
import { administratorsOf, outstanding, strayAccess } from "../../../account/index.ts";
import { unlessAborted } from "../../../base/abandon.ts";
import { isMeshError } from "../../../base/errors.ts";
import { generatePrivateKey } from "../../../crypto/index.ts";
import { MeshClient } from "../../../protocol/index.ts";
import { accountAddress } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printFields } from "../../term/table.ts";
import { outstandingText, takeableText } from "../outstanding.ts";
import { inAccount, serviceOf } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

const published = [
  "ProfileSignature",
  "AccountEncryption",
  "AccountAuthentication",
  "AccountSignature",
  "AdministratorSignature",
  "AdministratorSignature25519",
  "AdministratorEncryption",
  "EscrowEncryption",
] as const;

/** `account info`: which keys the account publishes, and which of them this machine holds. */
export async function accountInfo(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const { profile, keys } = context;
    const { accountSeed, profileSignature } = keys;
    const own = [...[...keys.members.values()].flat().map(({ key }) => key), ...(profileSignature ? [profileSignature] : [])];
    const held = new Set(own.map((key) => key.public.udf));
    const publishedKeys = published.flatMap((name) => {
      const key = profile[name];
      // The escrow key goes with the seed, and is derived when it is used.
      return key ? [{ name, udf: key.Udf, held: held.has(key.Udf) || (name === "EscrowEncryption" && accountSeed !== undefined) }] : [];
    });
    const stores = context.heads().map(({ Store, Epoch = 0, Index }) => ({
      store: Store,
      epoch: Epoch,
      frames: Index + 1,
      keyEpochs: [...keys.storeKeys].find(([label]) => label === Store)?.[1].map(({ keyEpoch }) => keyEpoch),
    }));
    const shares = keys.sharedKeys.map(({ resource, keyEpoch, public: { udf } }) => ({ name: resource, keyEpoch, udf }));
    const administrators = administratorsOf(context);
    const strays = keys.administrator ? strayAccess(context).map(({ id }) => id) : [];
    const budgets = call.wantsSync ? await budgetsOf(context) : [];
    const result = {
      account: context.address,
      udf: context.accountUdf,
      updated: profile.Updated,
      version: profile.Version ?? 0,
      remains: outstanding(context),
      service: { udf: profile.ServiceUdf },
      device: { udf: context.deviceUdf, roles: context.roles, version: keys.version, holdsSeed: accountSeed !== undefined },
      administrators,
      strays,
      keys: publishedKeys,
      shares,
      stores,
      budgets,
    };
    report(output, result, () => {
      printFields(output, [
        ["account", `${context.address}  ${context.accountUdf}`],
        ["service", profile.ServiceUdf],
        ...budgets.map((budget) => ["used", usedText(budget)] as const),
        ["administrators", administrators.join(", ")],
        ...(strays.length === 0 ? [] : [["let in, though no device of the account", strays.join(", ")] as const]),
        ["to be replaced", outstandingText(context)],
        ["can be taken over", takeableText(context)],
        ["this machine", `${context.roles.join(", ")}${accountSeed === undefined ? "" : ", with the seed of the account"}`],
      ]);
      for (const { name, udf, held: isHeld } of publishedKeys) {
        const how = isHeld
          ? ""
          : shares.some((share) => share.udf === udf)
            ? "  (a share, used together with the service)"
            : "  (not on this machine)";
        output.line(`   ${name} ${udf}${how}`);
      }
      for (const { store, epoch, frames, keyEpochs } of stores) {
        output.line(`   [${store}] epoch ${epoch}, ${frames} frames${keyEpochs ? `, keys of epoch ${keyEpochs.join(", ")}` : ""}`);
      }
    });
  });
}

interface Budget {
  readonly store?: string;
  readonly unit: string;
  readonly used: number;
  /** How far this machine may fill it; of an administration device, how far others may, too. */
  readonly most: number;
  readonly others?: number;
}

function usedText({ store, unit, used, most, others }: Budget): string {
  const reserve = others === undefined || others === most ? "" : ` (${others} without the role admin)`;
  return `${used} of ${most} ${unit}${store ? ` in ${store}` : ""}${reserve}`;
}

/** A service that did not answer before is not waited for again. */
const budgetsMs = 5000;

/** What the account uses, as its service says; nothing while that is away or says nothing. */
async function budgetsOf({ client, address }: AccountContext): Promise<readonly Budget[]> {
  const signal = AbortSignal.timeout(budgetsMs);
  try {
    const asked = client.status({ Account: address, Catalogs: [], Spools: [], Budgets: true }, { signal });
    const { Budgets = [] } = await unlessAborted(asked, signal);
    return Budgets.map(({ Container: store, Unit: unit, Used: used, Most: most, Others: others }) => ({
      ...(store === undefined ? {} : { store }),
      unit,
      used,
      most,
      ...(others === undefined ? {} : { others }),
    }));
  } catch (error) {
    if (isMeshError(error) || signal.aborted) return [];
    throw error;
  }
}

/** `account hello ADDRESS`: before there is an account, too. */
export async function accountHello(call: Invocation, text: string): Promise<void> {
  const { output, ports } = call;
  const url = await serviceOf(call, accountAddress(text));
  const client = new MeshClient({ url, link: generatePrivateKey("X448", ports.random), clock: ports.clock, random: ports.random });
  try {
    const { Version, Extensions = [], ConstraintsUpdate, ConstraintsPost, PolicyAccount } = await client.hello();
    const udf = client.profileService?.value.ProfileSignature.Udf;
    const version = Version && `${Version.Major}.${Version.Minor}`;
    const encodings = (Version?.Encodings ?? []).flatMap(({ ID }) => ID);
    const largest = { request: ConstraintsUpdate?.BytesMax, message: ConstraintsPost?.BytesMax };
    const user = { shortest: PolicyAccount?.Minimum, longest: PolicyAccount?.Maximum };
    report(output, { service: { url, udf }, version, encodings, extensions: Extensions, largest, user }, () =>
      printFields(output, [
        ["service", url],
        ["UDF", udf],
        ["protocol", version],
        ["encodings", encodings.join(", ")],
        ["extensions", Extensions.join(", ")],
        ["largest request", largest.request === undefined ? undefined : `${largest.request} octets`],
        ["largest message", largest.message === undefined ? undefined : `${largest.message} octets`],
      ]),
    );
  } finally {
    client.close();
  }
}
