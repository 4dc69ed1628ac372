/** A service that wants to darken a house by saying "revoked": bare, with old evidence, with another device's, with a forged one. */

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  attend,
  AccountContext as Context,
  completeConnection,
  issuePin,
  meetRemoval,
  requestConnection,
  revokeDevice,
} from "../../../src/account/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../../src/base/errors.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { generatePrivateKey, parseConnectUri } from "../../../src/crypto/index.ts";
import { envelope as envelopeField } from "../../../src/dare/index.ts";
import type { Enveloped } from "../../../src/schema/index.ts";
import { accessCatalog, envelopeObject, peekObject, RevokedDevice } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { type RemovalHouse, startRemovalHouse } from "../../kit/removal-house.ts";
import { type HostileService, startHostile } from "./hostile-service.ts";

const refusal = (detail: unknown): MeshError =>
  new MeshError("ERR_REVOKED", "this device was removed from the account", {
    detail: detail === undefined ? {} : { EnvelopedRevokedDevice: detail },
  });

/** The newest evidence that the owner left against a device. */
async function evidenceOf(owner: AccountContext, udf: string): Promise<Enveloped<RevokedDevice>> {
  await owner.sync();
  const left = owner.list(accessCatalog).flatMap(({ value }) => value.Capability.value.EnvelopedRevokedDevice ?? []);
  const own = left.filter((evidence) => peekObject(RevokedDevice, evidence).DeviceUdf === udf).at(-1);
  if (!own) throw new Error(`no evidence was left against ${udf}`);
  return own;
}

const sign = (value: RevokedDevice, signer: PrivateKey): Enveloped<RevokedDevice> =>
  envelopeObject({ struct: RevokedDevice, value, signers: [signer], random: ports.random });

describe("attack: a service that says revoked to a machine", (it) => {
  it("erases nothing without the owner's word for the connection in force", async () => {
    let service: HostileService | undefined;
    const household = await startHousehold(async (dir) => {
      service = await startHostile(dir);
      return service;
    });
    onCleanup(() => household.stop());
    const alice = await household.create("alice", "alice@example.com");
    const mallory = await household.create("mallory", "mallory@example.com");
    const former = await household.join(alice, "tablet", ["device"]);
    const dir = former.dir;
    await former.close();
    await revokeDevice(alice, former.deviceUdf);
    const old = await evidenceOf(alice, former.deviceUdf);
    const other = await household.join(alice, "phone", ["device"]);
    await revokeDevice(alice, other.deviceUdf);

    // The tablet has not heard of it, and its owner connects it again with the keys that it has.
    for (const name of ["account.json", "stores"]) await rm(join(dir, name), { recursive: true });
    const { account, code } = parseConnectUri((await issuePin(alice, { roles: ["device"], minutes: 10 })).uri);
    await requestConnection({ dir, address: account, pin: code, serviceUrl: household.service.url, ports });
    await alice.sync();
    await attend(alice, { claim: false });
    const tablet = await completeConnection({ dir, waitSeconds: 10, ports });
    onCleanup(() => tablet.close());
    assert.is(tablet.deviceUdf, former.deviceUdf);

    const value: RevokedDevice = {
      AccountUdf: alice.accountUdf,
      DeviceUdf: tablet.deviceUdf,
      ConnectionDigest: tablet.keys.connectionDigest,
      Updated: dateTime(ports.clock.now()),
    };
    const signed = sign(value, generatePrivateKey("Ed448", ports.random));
    const { administrator } = alice.keys;
    if (!administrator || !mallory.keys.administrator) throw new Error("both are administrators");
    const lies: Readonly<Record<string, unknown>> = {
      "a bare word": undefined,
      "the word on its former connection": envelopeField.encode(old),
      "the word on another device": envelopeField.encode(await evidenceOf(alice, other.deviceUdf)),
      "the word of nobody": envelopeField.encode(signed),
      "the word of the administrator of another account": envelopeField.encode(sign(value, mallory.keys.administrator.signature)),
      "the word of the device itself": envelopeField.encode(sign(value, tablet.keys.signature)),
      "the owner's signature below another body": envelopeField.encode({ ...old, body: signed.body }),
      "the owner's signature for another account": envelopeField.encode(sign({ ...value, AccountUdf: "MAAA" }, administrator.signature)),
      "no envelope": "revoked",
      "an empty one": [{}, ""],
      "a list without end": Array.from({ length: 5000 }, () => []),
    };
    for (const [what, detail] of Object.entries(lies)) {
      if (service) service.malice.refuse = (linkUdf) => (linkUdf === tablet.identity.base.link448.public.udf ? refusal(detail) : undefined);
      const error = await throwsMesh(() => tablet.sync(), "ERR_REVOKED");
      const told = await meetRemoval(tablet, error);
      assert.ok(isMeshError(told, "ERR_REVOKED") && told.message.includes("no word of the owner"), `${what}: ${asMeshError(told).message}`);
      assert.ok(existsSync(join(dir, "device.json")) && !existsSync(join(dir, "removed.json")), what);
    }
    if (service) service.malice.refuse = undefined;
    await tablet.sync();

    // The true word counts, whoever carries it, and again at every later start.
    await revokeDevice(alice, tablet.deviceUdf);
    const met = asMeshError(await meetRemoval(tablet, await throwsMesh(() => tablet.sync(), "ERR_REVOKED")));
    assert.match(met.message, /^removed from the account alice@example\.com by alice on \d{4}-\d\d-\d\d/);
    for (const name of ["device.json", "account.json", "stores"]) assert.not(existsSync(join(dir, name)), name);
    assert.is((await throwsMesh(Context.open({ dir, ports }), "ERR_REVOKED")).message, met.message);
  });
});

describe("attack: a service that says revoked to a hub", (it) => {
  let house: RemovalHouse;
  let service: HostileService;
  it.before(async () => {
    house = await startRemovalHouse(async (dir) => {
      service = await startHostile(dir);
      return service;
    });
  });
  it.after(() => house.stop());

  it(
    "raises an alarm that asks the owner; the house goes on",
    async () => {
      const { stateDir, world } = house;
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      await house.light("lamp");
      await eventually("the light is there", () => daemon.hub.devices().some(({ name, status }) => name === "lamp" && status === "Online"), 120_000);
      const owner = world.alice.identity.base.link448.public.udf;
      service.malice.refuse = (linkUdf) => (linkUdf === owner ? undefined : refusal(undefined));
      // A wait that is under way ends at the next change.
      await issuePin(world.alice, { roles: ["device"], minutes: 10 });
      await eventually("an alarm is raised", () => daemon.hub.status().service.alarm?.startsWith("ERR_REVOKED") === true, 120_000);
      assert.is(daemon.hub.status().service.reachable, false);
      const said = await house.client().say({ text: "turn on the lamp" });
      assert.is(said.kind, "done", said.text);
      assert.ok(existsSync(join(stateDir, "account", "device.json")));
      assert.not(existsSync(join(stateDir, "account", "removed.json")));
      await daemon.stop();
      const again = house.daemon();
      await again.start();
      onCleanup(() => again.stop());
      assert.match(again.hub.status().service.alarm ?? "", /^ERR_REVOKED/, "over a restart too");
    },
    { timeoutMs: 400_000 },
  );
});
