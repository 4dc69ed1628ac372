/** A service in the middle when a hub joins by PIN, with and without ?udf= in the code: whose hub it becomes, and what people see. */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { identityOf } from "../../../src/account/context/device-identity.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptConnection,
  attend,
  completeConnection,
  createAccount,
  issuePin,
  messageEnvelope,
  pendingConnections,
  requestConnection,
  revokeDevice,
} from "../../../src/account/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { decodeContentMeta } from "../../../src/dare/index.ts";
import { MeshClient } from "../../../src/protocol/index.ts";
import { AcknowledgeConnection, deviceCatalog, peekObject, RequestConnection, RespondConnection } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { HostileService } from "./hostile-service.ts";
import { startHostile } from "./hostile-service.ts";

const address = "alice@example.com";

describe("attack: a service in the middle of a connection by PIN", (it) => {
  let house: Household;
  let evil: HostileService;
  let fake: HostileService;
  let alice: AccountContext;
  let mallory: AccountContext;

  it.before(async () => {
    house = await startHousehold(async (dir) => {
      evil = await startHostile(dir);
      return evil;
    });
    alice = await house.create("alice", address);
    // What the service can set up by itself: an account of the same address, whose administrator it is.
    fake = await startHostile(join(house.dir, "fake"));
    mallory = await createAccount({ dir: house.home("mallory"), address, serviceUrl: fake.url, ports });
  });
  it.after(async () => {
    await mallory.close();
    await fake.stop();
    await house.stop();
  });

  it("with ?udf= the joiner stops at the first answer of another account", async () => {
    const { pin } = await issuePin(alice, { roles: ["hub"], minutes: 10 });
    const error = await throwsMesh(
      requestConnection({ dir: house.home("hub-1"), address, pin, accountUdf: alice.accountUdf, serviceUrl: fake.url, ports }),
      "ERR_VERIFICATION",
    );
    assert.match(error.hint, /do not trust/);
  });

  it("without ?udf= the joiner refuses an account that does not know the PIN, and says whose it is", async () => {
    const { pin } = await issuePin(alice, { roles: ["hub"], minutes: 10 });
    const dir = house.home("hub-2");
    const { deviceUdf } = await requestConnection({ dir, address, pin, serviceUrl: fake.url, ports });
    await mallory.sync();
    const pending = (await pendingConnections(mallory)).find((request) => request.deviceUdf === deviceUdf);
    assert.is(pending?.pinError?.code, "ERR_PIN_INVALID");
    assert.ok(pending);
    await acceptConnection(mallory, pending, { roles: ["hub"] });
    const error = await throwsMesh(completeConnection({ dir, waitSeconds: 5, ports }), "ERR_VERIFICATION");
    assert.match(error.message, /does not know the PIN/);
    assert.ok(error.message.includes(mallory.accountUdf), "the fingerprint to compare");
    assert.match(error.hint, /\?udf=/);
    await throwsMesh(completeConnection({ dir, ports }), "ERR_VERIFICATION");
  });

  it("without ?udf= the account that issued the PIN is joined, and the PIN is not kept", async () => {
    const { pin } = await issuePin(alice, { roles: ["hub"], minutes: 10 });
    const dir = house.home("hub-3");
    await requestConnection({ dir, address, pin, serviceUrl: evil.url, ports });
    assert.match(readFileSync(join(dir, "pending.json"), "utf8"), /SaltedPin/);
    await alice.sync();
    await attend(alice, { claim: false });
    const hub = await completeConnection({ dir, waitSeconds: 5, ports });
    assert.is(hub.accountUdf, alice.accountUdf);
    await hub.close();
    assert.throws(() => readFileSync(join(dir, "pending.json")));
  });

  it("without a PIN the witness differs from the one that the owner's device shows", async () => {
    const { witness } = await requestConnection({ dir: house.home("hub-4"), address, serviceUrl: fake.url, ports });
    await alice.sync();
    assert.not.ok((await pendingConnections(alice)).some((pending) => pending.witness === witness));
    const { witness: true_ } = await requestConnection({ dir: house.home("hub-5"), address, serviceUrl: evil.url, ports });
    await alice.sync();
    assert.ok((await pendingConnections(alice)).some((pending) => pending.witness === true_));
  });

  it("puts a device of its own in the place of the one that has the PIN: the owner's agent refuses it", async () => {
    const { pin } = await issuePin(alice, { roles: ["admin"], minutes: 10 });
    // The joiner speaks to the service in the middle, which learns proof and PinId.
    await requestConnection({ dir: house.home("hub-6"), address, pin, serviceUrl: fake.url, ports });
    const notes = (await fake.messages(address, "MMM_Inbound")).filter(
      (message) => decodeContentMeta(message.header.ContentMetaData).MessageType === AcknowledgeConnection.tag,
    );
    const note = notes.map((message) => peekObject(AcknowledgeConnection, message)).at(-1);
    assert.ok(note);
    const seen = peekObject(RequestConnection, note.EnvelopedRequestConnection);
    assert.ok(seen.PinId && seen.PinWitness);
    const thief = await identityOf(house.home("thief"), ports);
    const own: RequestConnection = { ...seen, MessageId: newNonce(ports.random), AuthenticatedData: thief.envelope };
    const client = new MeshClient({ url: evil.url, link: thief.base.link448, clock: ports.clock, random: ports.random });
    await client.connect({
      Account: address,
      EnvelopedRequestConnection: messageEnvelope({ struct: RequestConnection, value: own, signer: thief.base.signature, ports }),
    });
    client.close();
    await alice.sync();
    const found = (await pendingConnections(alice)).find(({ deviceUdf }) => deviceUdf === thief.udf);
    assert.is(found?.pinError?.code, "ERR_PIN_INVALID");
    await attend(alice, { claim: false });
    assert.is(alice.get(deviceCatalog, thief.udf), undefined);
  });

  it("answers a new request with the answer to an old one: the roles of before do not come back", async () => {
    const phone = await house.join(alice, "phone", ["admin"]);
    await revokeDevice(alice, phone.deviceUdf);
    const { dir } = phone;
    copyFileSync(join(dir, "device.json"), join(house.dir, "phone.json"));
    await phone.close();
    rmSync(dir, { recursive: true });
    mkdirSync(dir, { mode: 0o700 });
    copyFileSync(join(house.dir, "phone.json"), join(dir, "device.json"));
    await requestConnection({ dir, address, accountUdf: alice.accountUdf, serviceUrl: evil.url, ports });
    const answers = (await evil.messages(address, "MMM_Local")).filter(
      (message) => decodeContentMeta(message.header.ContentMetaData).MessageType === RespondConnection.tag,
    );
    const old = answers.at(-1);
    assert.ok(old);
    evil.malice.complete = () => old;
    await throwsMesh(completeConnection({ dir, ports }), "ERR_VERIFICATION");
    evil.malice.complete = undefined;
    await throwsMesh(completeConnection({ dir, ports }), "ERR_PENDING");
  });
});
