/**
 * That a session is of a host of a service: its link key stands in the ConnectionHost that the service's profile signed (extensions §8). What
 * Hello shows to clients is what a host shows as a client itself.
 */
import { MeshError } from "../../base/errors.ts";
import type { PostRequest } from "../../protocol/index.ts";
import { verifyHost } from "../../protocol/index.ts";
import type { ServiceIdentity } from "../identity.ts";

/** What a posting host shows. */
export function credentialOf({
  envelopedProfile,
  envelopedHost,
}: ServiceIdentity): Required<Pick<PostRequest, "EnvelopedProfileService" | "EnvelopedConnectionHost">> {
  return { EnvelopedProfileService: envelopedProfile, EnvelopedConnectionHost: envelopedHost };
}

/** UDF of the service whose host has the session. ERR_USAGE without a credential, ERR_VERIFICATION, ERR_KEY, ERR_NOT_AUTHORIZED for another's. */
export function postingService(request: PostRequest, linkUdf: string): string {
  const { EnvelopedProfileService, EnvelopedConnectionHost } = request;
  if (EnvelopedProfileService === undefined || EnvelopedConnectionHost === undefined)
    throw new MeshError("ERR_USAGE", "a service posts with its profile and the connection of its host");
  const { serviceUdf, host } = verifyHost({ EnvelopedProfileService, EnvelopedConnectionHost });
  if (host.Link.some(({ Udf }) => Udf === linkUdf)) return serviceUdf;
  throw new MeshError("ERR_NOT_AUTHORIZED", `the session is of no host of service ${serviceUdf}`, { hint: "post with the link key of the host" });
}
