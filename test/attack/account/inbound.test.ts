/**
 * A device that may append whatever it likes to the owner's Inbound, as web devices of version 0.1.0 may: readers believe signatures and the
 * roles of who made them, so that nothing of it connects a device, closes what others sent, or stops the agent.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { attend, issuePin, pendingConnections, pendingOffers, requestConnection } from "../../../src/account/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { generatePrivateKey, newNonce, parseConnectUri } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { MessageComplete, OfferConnection } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { grantInbound } from "../../kit/broad-rights.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { messageOf } from "../../kit/malformed.ts";

const { random, clock } = ports;
const address = "alice@example.com";

describe("attack: a web device that writes to Inbound", (it) => {
  let house: Household;
  let alice: AccountContext;
  let pad: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
    pad = await house.join(alice, "pad", ["web"]);
  });
  it.after(() => house.stop());

  const append = (device: AccountContext, ...Inbound: DareEnvelope[]) =>
    device.client.transact({ Account: address, RequestId: newNonce(random), Inbound });

  const forgeries = (): DareEnvelope[] => {
    const signer = pad.keys.signature;
    const body = { MessageId: newNonce(random), Expires: dateTime(clock.now() + 600_000), HubUdf: pad.deviceUdf };
    return [
      messageOf({ type: OfferConnection.tag, body, signer }),
      messageOf({ type: OfferConnection.tag, body: { ...body, HubUdf: alice.deviceUdf }, signer: generatePrivateKey("Ed448", random) }),
      messageOf({ type: "AcknowledgeConnection", body: { MessageId: newNonce(random), Witness: "x" }, signer }),
      messageOf({ type: "MessageContact", body: { Sender: address }, signer }),
      messageOf({ type: "NoSuchMessage", body: {}, signer }),
    ];
  };

  it("may close messages and nothing else", async () => {
    for (const forged of forgeries()) await throwsMesh(append(pad, forged), "ERR_NOT_AUTHORIZED");
  });

  it("with the right to append all: what it leaves harms nobody", async () => {
    // The entry as version 0.1.0 wrote it.
    await grantInbound(alice, pad);

    // Somebody asks to be connected; the pad says that this is dealt with, and puts its own beside it.
    const { uri } = await issuePin(alice, { roles: ["device"], minutes: 10, localName: "phone" });
    const { code } = parseConnectUri(uri);
    await requestConnection({ dir: house.home("phone"), address, pin: code, serviceUrl: house.service.url, ports });
    await alice.sync();
    const [asked] = await pendingConnections(alice);
    assert.ok(asked);
    const References = [
      { MessageId: asked.witness, Relationship: "Closed" },
      { MessageId: asked.envelopeId, Index: asked.index, Relationship: "Unreadable" },
    ];
    const closing = messageOf({
      type: MessageComplete.tag,
      body: MessageComplete.encode({ MessageId: newNonce(random), References }),
      signer: pad.keys.signature,
    });
    await append(pad, closing, ...forgeries());
    await alice.sync();
    assert.equal(
      (await pendingConnections(alice)).map(({ witness }) => witness),
      [asked.witness],
    );
    assert.equal(await pendingOffers(alice), []);
    const events = await attend(alice, { claim: false });
    assert.equal(
      events.filter(({ kind }) => kind === "connected" || kind === "accepted").map(({ deviceUdf }) => deviceUdf),
      [asked.deviceUdf],
    );
    await alice.sync();
    assert.equal(await pendingConnections(alice), []);
  });
});
