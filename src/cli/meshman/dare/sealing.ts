/** For whom a file is sealed and who signs it, by the options of the command. The account is opened for its keys only, not while octets move. */
import type { NamedKey } from "../../../account/index.ts";
import { fileSigner, keysOfPerson } from "../../../account/index.ts";
import type { PrivateKey, PublicKey } from "../../../crypto/index.ts";
import type { KeyFlags } from "../key/given.ts";
import { givenKey } from "../key/given.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What commands that seal take. */
export interface SealingFlags extends KeyFlags {
  readonly encrypt?: readonly string[];
  readonly sign?: string;
}

/** Keys to seal with; nothing in it means in clear and by nobody. */
export interface Sealing {
  readonly recipients?: readonly PublicKey[];
  readonly symmetricKey?: Uint8Array;
  readonly signers: readonly PrivateKey[];
  /** Whom the keys are of. */
  readonly names: readonly string[];
}

/** The keys that the options name. Errors: ERR_NO_ACCOUNT, ERR_NOT_FOUND, ERR_KEY, and those of givenKey. */
export async function sealingOf(call: Invocation, flags: SealingFlags): Promise<Sealing> {
  const { encrypt = [], sign } = flags;
  const symmetricKey = await givenKey(call, flags);
  const { people, signers } = await personal(call, encrypt, sign);
  for (const { name, isVerified } of people)
    if (!isVerified) call.output.say(`warning: that the key is ${name}'s is only what its service says; 'meshman contact get ${name}' tells more`);
  return {
    ...(people.length > 0 && { recipients: people.map(({ key }) => key) }),
    ...(symmetricKey && { symmetricKey }),
    signers,
    names: [...people.map(({ name }) => name), ...(symmetricKey ? ["the holder of the key"] : [])],
  };
}

async function personal(
  call: Invocation,
  encrypt: readonly string[],
  sign: string | undefined,
): Promise<{ readonly people: readonly NamedKey[]; readonly signers: readonly PrivateKey[] }> {
  if (encrypt.length === 0 && sign === undefined) return { people: [], signers: [] };
  return inAccount(call, { doing: "fetching keys", sync: "wanted" }, async (context) => ({
    people: encrypt.map((text) => keysOfPerson(context, text).encryption),
    signers: sign === undefined ? [] : [fileSigner(context, sign)],
  }));
}
