/** Hello: the service's profile, its host, and its limits. */
import type { MeshHelloResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import type { ServiceContext } from "./context.ts";

/** Never fails. */
export function hello({ identity, limits }: ServiceContext): MeshHelloResponse {
  return {
    Status: statusDone,
    Version: { Major: 3, Minor: 0 },
    EnvelopedProfileService: identity.envelopedProfile,
    EnvelopedConnectionHost: identity.envelopedHost,
    Extensions: ["status-wait/1"],
    ConstraintsUpdate: { BytesMax: limits.requestOctets },
    ConstraintsPost: { BytesMax: limits.messageOctets },
  };
}
