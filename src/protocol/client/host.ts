/** Who the service says it is, checked: profile under its own key and pinned where known, host under the service's signature. */
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { Verified } from "../../schema/index.ts";
import { ConnectionHost, ProfileService, publicKeyOf, verifyObject, verifyProfile } from "../../schema/index.ts";
import type { MeshHelloResponse } from "../message/index.ts";

/** A verified service and the link key of the host that answered. */
export interface ServiceHost {
  readonly profile: Verified<ProfileService>;
  /** UDF of the service. */
  readonly serviceUdf: string;
  /** The host that answered. */
  readonly host: ConnectionHost;
  /** Static key of the session's responder. */
  readonly link: PublicKey;
}

/** Verifies what a Hello shows of service and host; `serviceUdf` pins the service. ERR_VERIFICATION, ERR_KEY. */
export function verifyHost(hello: Pick<MeshHelloResponse, "EnvelopedProfileService" | "EnvelopedConnectionHost">, serviceUdf?: string): ServiceHost {
  const profile = verifyProfile(ProfileService, hello.EnvelopedProfileService, serviceUdf);
  const udf = profile.signer.udf;
  const host = verifyObject(ConnectionHost, hello.EnvelopedConnectionHost, [publicKeyOf(profile.value.ServiceSignature)]);
  if (host.value.Authority !== udf) throw new MeshError("ERR_VERIFICATION", `the host is vouched for by ${host.value.Authority}, not by ${udf}`);
  const link = host.value.Link.map(publicKeyOf).find((key) => key.curve === "X448");
  if (link === undefined) throw new MeshError("ERR_KEY", `host ${host.value.Subject} has no X448 link key`);
  return { profile, serviceUdf: udf, host: host.value, link };
}
