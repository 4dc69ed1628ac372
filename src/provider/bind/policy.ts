/** Who may make a new account at a service. An account that is there renews its binding under any of these. */
import { fileError } from "../../base/atomic-file.ts";
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { readRegular } from "../../base/regular-file.ts";
import { accountAddress } from "../../schema/index.ts";
import type { InvitationBook } from "./invitation-book.ts";

/** Everybody; who has an invitation; the addresses in a file, one a line; nobody. */
export type BindPolicy = { readonly kind: "open" | "invitation" | "off" } | { readonly kind: "list"; readonly file: string };

/** Names of the policies. */
export const bindPolicies = ["open", "invitation", "list", "off"] as const;

/** A wish for a new account. */
export interface Applicant {
  /** Folded. */
  readonly address: string;
  readonly accountUdf: string;
  readonly invitation: string | undefined;
}

/** Lets an applicant in, and uses up its invitation where one is needed. ERR_NOT_INVITED; ERR_STORE and the like for a list that cannot be read. */
export async function admitApplicant(policy: BindPolicy, invitations: InvitationBook, applicant: Applicant): Promise<void> {
  switch (policy.kind) {
    case "open":
      return;
    case "invitation":
      if (applicant.invitation === undefined || applicant.invitation === "")
        throw new MeshError("ERR_NOT_INVITED", "this service makes new accounts by invitation");
      return await invitations.use(applicant.invitation, applicant);
    case "list":
      if (!(await readList(policy.file)).has(applicant.address))
        throw new MeshError("ERR_NOT_INVITED", `${applicant.address} is not on this service's list of addresses`);
      return;
    case "off":
      throw new MeshError("ERR_NOT_INVITED", "this service makes no new accounts");
  }
}

/** A million addresses. */
const mostListOctets = 1 << 25;

/** Addresses of a list; empty lines and those that begin with # are passed over. ERR_CONFIG names the line that is no address. */
export async function readList(file: string): Promise<ReadonlySet<string>> {
  const octets = await readRegular(file, mostListOctets).catch((error: unknown) => Promise.reject(fileError(error, `cannot read ${file}`)));
  const found = new Set<string>();
  for (const [number, line] of fromUtf8(octets).split("\n").entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    try {
      found.add(accountAddress(text));
    } catch (cause) {
      throw new MeshError("ERR_CONFIG", `${file} line ${number + 1}: ${JSON.stringify(text.slice(0, 80))} is no account address`, {
        hint: "write one address a line, like alice@example.com",
        cause,
      });
    }
  }
  return found;
}
