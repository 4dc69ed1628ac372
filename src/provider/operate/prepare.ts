/** From an operation to what carries it out: the power of its id, the figures, and the kind that fits both. */
import { MeshError } from "../../base/errors.ts";
import type { AnyOperation } from "../../protocol/index.ts";
import type { Power } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { ServiceContext } from "../transaction/context.ts";
import { prepareAgreement } from "./agree.ts";
import type { Exercise, PowerTools } from "./exercise.ts";
import { prepareDealing, prepareGenerate } from "./generate.ts";
import type { Grantee } from "./grant.ts";
import { grantedPower } from "./grant.ts";
import { prepareCommit, prepareShare } from "./sign.ts";
import { vouch } from "./voucher.ts";

/** Checks everything but the share, so that what is wrong is said before anything is written. ERR_NOT_AUTHORIZED, ERR_QUOTA; errors of each kind. */
export function prepare(
  context: ServiceContext,
  account: Account,
  { grantee, operation }: { readonly grantee: Grantee; readonly operation: AnyOperation },
): Exercise {
  if (operation.unknown !== undefined) throw new MeshError("ERR_USAGE", `no operation ${JSON.stringify(operation.tag.slice(0, 64))}`);
  const { identity, sessions, shares, powerRates, random, clock } = context;
  if (operation.tag === "CryptographicOperationVouch") {
    if (grantee.other !== undefined) throw new MeshError("ERR_NOT_AUTHORIZED", "a service vouches for devices of its own accounts");
    return { run: () => vouch(context, account, { linkUdf: grantee.linkUdf, audience: operation.value.Audience }) };
  }
  const power = grantedPower(account, { grantee, keyId: operation.value.KeyId, now: clock.now() });
  powerRates.take(account.address, power.value);
  const { address, accountUdf, splits } = account;
  const tools: PowerTools = {
    identity,
    sessions,
    random,
    shares,
    account: address,
    accountUdf,
    linkUdf: grantee.linkUdf,
    splits: splits.table,
    now: clock.now(),
  };
  return exerciseOf(tools, power, operation);
}

function exerciseOf(tools: PowerTools, power: Power, operation: Exclude<AnyOperation, { readonly tag: "CryptographicOperationVouch" }>): Exercise {
  if (operation.unknown === undefined) {
    switch (operation.tag) {
      case "CryptographicOperationKeyAgreement":
        if (power.tag === "CapabilityDecryptServiced") return prepareAgreement(tools, power.value, operation.value);
        break;
      case "CryptographicOperationSignCommit":
        if (power.tag === "CapabilitySignServiced") return prepareCommit(tools, power.value, operation.value);
        break;
      case "CryptographicOperationSignShare":
        if (power.tag === "CapabilitySignServiced") return prepareShare(tools, power.value, operation.value);
        break;
      case "CryptographicOperationGenerate":
        if (power.tag === "CapabilityKeyGenerate") return prepareGenerate(tools, power.value, operation.value);
        break;
      case "CryptographicOperationShare":
        if (power.tag === "CapabilityKeyGenerate") return prepareDealing(tools, power.value, operation.value);
        break;
    }
  }
  throw new MeshError("ERR_NOT_AUTHORIZED", `${operation.tag} is nothing that ${power.tag} allows`);
}
