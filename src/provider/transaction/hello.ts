/** Hello: the service's profile, its host, how it is spoken to, and its limits; inside a session, the profile of an account (extensions §10). */
import type { MeshHelloResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, userPolicy } from "../../schema/index.ts";
import type { ServiceContext, Transaction } from "./context.ts";

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
    Extensions: [
      "status-wait/1",
      "status-news/1",
      "transact-acknowledged/1",
      "stage/1",
      "purge/1",
      "hello-account/1",
      "post-service/1",
      "operate/1",
      "split/1",
      "writer/1",
    ],
    ConstraintsUpdate: { BytesMax: limits.requestOctets },
    ConstraintsPost: { BytesMax: limits.messageOctets },
    PolicyAccount: { Minimum: userPolicy.minimum, Maximum: userPolicy.maximum, InvalidCharacters: userPolicy.invalid },
  };
}

/** Hello of a session. Whom messages to an account are sealed to is public; its budget keeps anybody from listing accounts. ERR_ACCOUNT_UNKNOWN, ERR_QUOTA. */
export const helloOfAccount: Transaction<"Hello"> = async (context, { Account }, { address: network }) => {
  if (Account === undefined) return hello(context);
  const address = accountAddress(Account);
  context.budgets.takeProfile(network);
  const { record } = await context.book.get(address);
  return { ...hello(context), EnvelopedProfileAccount: record.EnvelopedProfileAccount };
};
