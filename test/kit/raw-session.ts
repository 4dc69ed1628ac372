/** A session with a service, packet by packet: for those who send what no client of ours would. */
import { concat } from "../../src/base/bytes.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import type { ClientSession } from "../../src/protocol/index.ts";
import { packetKind, startSession } from "../../src/protocol/index.ts";
import { ConnectionHost, peekObject, publicKeyOf } from "../../src/schema/index.ts";
import { clientOf, random } from "./service.ts";

/** Who begins a session, and for which account, as it spells it. */
export interface RawCaller {
  readonly url: string;
  readonly link: PrivateKey;
  readonly account?: string;
}

/** A first message of the handshake, as it is posted, and what its answer makes. */
export async function rawHandshake({ url, link, account }: RawCaller): Promise<{
  readonly packet: Uint8Array;
  readonly message: Uint8Array;
  finish(answer: Uint8Array): ClientSession;
}> {
  const probe = clientOf(url, link);
  const { EnvelopedConnectionHost } = await probe.hello();
  const [host] = peekObject(ConnectionHost, EnvelopedConnectionHost).Link;
  if (host === undefined || probe.profileService === undefined) throw new Error("the service says nothing of its host");
  const serviceUdf = probe.profileService.signer.udf;
  const handshake = startSession({ link, host: publicKeyOf(host), serviceUdf, random, ...(account === undefined ? {} : { account }) });
  return {
    packet: concat(Uint8Array.of(packetKind.handshake), handshake.message),
    message: handshake.message,
    finish: (answer) => handshake.finish(answer.subarray(1)),
  };
}

/** An open session. */
export async function rawSession(caller: RawCaller): Promise<ClientSession> {
  const { packet, finish } = await rawHandshake(caller);
  const answer = await fetch(`${caller.url}/.well-known/mmm`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array(packet),
  });
  return finish(new Uint8Array(await answer.arrayBuffer()));
}
