/** threshold.json, all kinds: entries have no `expected` member; whatever is not an input has to come out again. */
import { agreementChecks } from "./threshold-agreement.ts";
import { frostChecks } from "./threshold-frost.ts";
import { signatureChecks } from "./threshold-signature.ts";
import type { Checks } from "./vector.ts";

/** Kinds of threshold.json. */
export const thresholdChecks: Checks = { ...agreementChecks, ...signatureChecks, ...frostChecks };
