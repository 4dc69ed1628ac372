/** PINs by which a device joins without anybody comparing fingerprints. protocol-09 §8.1; sealed to the administrators alone (extensions §1). */
import { dateTime } from "../../base/clock.ts";
import { formatConnectUri, newPin, pinId, saltedPin } from "../../crypto/index.ts";
import type { Role } from "../../schema/index.ts";
import { MessagePin } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { checkDeviceName } from "../naming/check.ts";

/** A PIN as it is handed over. */
export interface IssuedPin {
  readonly pin: string;
  /** `mcu://address/PIN?udf=ACCOUNT`: lets the joiner check the account as well. */
  readonly uri: string;
  readonly expires: string;
}

/** Issues a PIN that works once. Errors: ERR_NAME; ERR_NOT_AUTHORIZED on a device that is no administrator. */
export async function issuePin(
  context: AccountContext,
  options: { readonly roles: readonly Role[]; readonly minutes: number; readonly localName?: string },
): Promise<IssuedPin> {
  const { encryption } = administratorOf(context);
  const { ports, address } = context;
  const localName = options.localName === undefined ? undefined : checkDeviceName(context, options.localName, {});
  const pin = newPin(ports.random);
  const salted = saltedPin(pin, "Device");
  const expires = dateTime(ports.clock.now() + options.minutes * 60_000);
  const message: MessagePin = {
    MessageId: pinId(salted, address),
    Account: address,
    Expires: expires,
    Automatic: true,
    SaltedPin: salted,
    Action: "Device",
    Roles: options.roles,
    ...(localName === undefined ? {} : { LocalName: localName }),
  };
  const envelope = messageEnvelope({ struct: MessagePin, value: message, signer: context.keys.signature, recipients: [encryption.public], ports });
  await context.transact({ messages: [{ spool: "MMM_Local", envelope }] });
  return { pin, uri: formatConnectUri({ account: address, code: pin, udf: context.accountUdf }), expires };
}
