/** Hello: the service's profile, its host, how it is spoken to, and its limits. */
import type { MeshHelloResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { userPolicy } from "../../schema/index.ts";
import type { ServiceContext } from "./context.ts";

/** Requests are JSON, whatever carries them. */
const Encodings = [{ ID: ["application/json"] }];

/** Never fails. */
export function hello({ identity, limits, uris }: ServiceContext): MeshHelloResponse {
  const URI = uris();
  return {
    Status: statusDone,
    Version: { Major: 3, Minor: 0, Encodings, ...(URI.length === 0 ? {} : { URI }) },
    EnvelopedProfileService: identity.envelopedProfile,
    EnvelopedConnectionHost: identity.envelopedHost,
    Extensions: ["status-wait/1", "transact-acknowledged/1", "stage/1"],
    ConstraintsUpdate: { BytesMax: limits.requestOctets },
    ConstraintsPost: { BytesMax: limits.messageOctets },
    PolicyAccount: { Minimum: userPolicy.minimum, Maximum: userPolicy.maximum, InvalidCharacters: userPolicy.invalid },
  };
}
