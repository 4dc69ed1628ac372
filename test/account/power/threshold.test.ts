/** Devices of role `threshold`: what they open together with the service, and that they open nothing any more once their owner has removed them. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { AccountContext, authorizeDevice, edit, openAccountEnvelope, replaceKeys, revokeDevice, storesToRekey } from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { SequenceFile, sealEnvelope } from "../../../src/dare/index.ts";
import type { Catalog, CatalogedCredential, CatalogedPower } from "../../../src/schema/index.ts";
import { accessCatalog, CatalogedCredential as Credential, powerCatalog, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const credentials: Catalog<CatalogedCredential> = {
  label: "MMM_Credential",
  entry: Credential,
  keyOf: ({ Protocol, Service }) => `${Protocol}:${Service}`,
};

/** A file that anybody has sealed to alice. */
function fileFor(context: AccountContext, text: string) {
  return sealEnvelope({ plaintext: utf8(text), recipients: [publicKeyOf(context.profile.AccountEncryption)], random: ports.random });
}

const password = (service: string, text: string) =>
  edit(credentials, `https:${service}`, () => ({ Protocol: "https", Service: service, Password: text }));

function powersOf(context: AccountContext): readonly CatalogedPower["Capability"][] {
  return context.list(powerCatalog).map(({ value }) => value.Capability);
}

async function house(): Promise<Household & { readonly laptop: AccountContext; readonly phone: AccountContext }> {
  const household = await startHousehold();
  const laptop = await household.create("laptop", "alice@example.com");
  const phone = await household.join(laptop, "phone", ["threshold", "command"]);
  return { ...household, laptop, phone };
}

describe("role threshold", (it) => {
  it("holds shares of the account's keys and of the credentials, none of them whole", async () => {
    const { laptop, phone, stop } = await house();
    try {
      const { accountEncryption, accountSignature, accountAuthentication, storeKeys, sharedKeys } = phone.keys;
      assert.equal([accountEncryption, accountSignature, accountAuthentication, storeKeys.get("MMM_Credential")], Array(4).fill(undefined));
      assert.equal(sharedKeys.map(({ resource }) => resource).sort(), [
        "AccountAuthentication",
        "AccountEncryption",
        "AccountSignature",
        "MMM_Credential",
      ]);
      assert.ok(storeKeys.has("MMM_Contact"));
      await laptop.sync();
      const powers = powersOf(laptop);
      assert.equal(powers.map(({ tag }) => tag).sort(), [...Array(3).fill("CapabilityDecryptServiced"), "CapabilitySignServiced"]);
      assert.equal(new Set(powers.map(({ value }) => "GranteeUdf" in value && value.GranteeUdf)).size, 1);
    } finally {
      await stop();
    }
  });

  it("opens a file and the credentials with the service, and nothing once it was deleted, also from a copy of its disk", async () => {
    const { laptop, phone, home, stop, dir } = await house();
    try {
      const file = fileFor(laptop, "the file");
      assert.is(fromUtf8(await openAccountEnvelope(phone, file)), "the file");
      await laptop.transact({ catalogs: [password("bank.example", "first")] });
      await phone.sync();
      await throwsMesh(() => phone.list(credentials), "ERR_NOT_AUTHORIZED");
      await phone.openShared("MMM_Credential");
      assert.equal(
        phone.list(credentials).map(({ value }) => value.Password),
        ["first"],
      );
      await phone.transact({ catalogs: [password("shop.example", "second")] });
      await laptop.sync();
      assert.equal(
        laptop.list(credentials).map(({ value }) => value.Password),
        ["first", "second"],
      );

      cpSync(home("phone"), join(dir, "copy"), { recursive: true });
      await revokeDevice(laptop, phone.deviceUdf);
      assert.equal([...new Set(powersOf(laptop).map(({ tag }) => tag))], ["NullCapability"]);
      const copy = await AccountContext.open({ dir: join(dir, "copy"), ports });
      try {
        for (const thief of [phone, copy]) {
          await throwsMesh(openAccountEnvelope(thief, fileFor(laptop, "another")), "ERR_REVOKED");
        }
        await throwsMesh(openAccountEnvelope(copy, file), "ERR_REVOKED");
        await throwsMesh(copy.openShared("MMM_Credential"), "ERR_REVOKED");
        await throwsMesh(() => copy.list(credentials), "ERR_NOT_AUTHORIZED");
      } finally {
        await copy.close();
      }
    } finally {
      await stop();
    }
  });

  it("cannot read on with an exchange that it opened: each group of a shared store has its own", async () => {
    const { laptop, home, stop } = await house();
    try {
      for (const text of ["first", "second"]) await laptop.transact({ catalogs: [password("bank.example", text)] });
      const file = await SequenceFile.open({ path: join(home("laptop"), "stores", "MMM_Credential.dare") });
      const exchanges: string[] = [];
      for await (const { isMeta, header } of file.frames({ from: 1 })) if (!isMeta) exchanges.push(header.kid ?? "");
      await file.close();
      assert.is(exchanges.length, 2);
      assert.is(new Set(exchanges).size, 2);
    } finally {
      await stop();
    }
  });

  it("asks for new keys of what it held whole, and of nothing that it held as a share", async () => {
    const { laptop, phone, stop } = await house();
    try {
      await laptop.transact({ catalogs: [password("bank.example", "first")] });
      await revokeDevice(laptop, phone.deviceUdf);
      const wanted = [...storesToRekey(laptop).keys()];
      assert.not.ok(wanted.includes("MMM_Credential"));
      assert.ok(wanted.includes("MMM_Contact"));
      const { stores } = await replaceKeys(laptop);
      assert.equal([...stores].sort(), [...wanted].sort());
      assert.is(laptop.sizeOf("MMM_Credential").keyEpoch, 0);
    } finally {
      await stop();
    }
  });

  it("has what it held whole before replaced, and is given shares of what takes its place", async () => {
    const { laptop, join: connect, stop } = await house();
    try {
      await laptop.transact({ catalogs: [password("bank.example", "first")] });
      const tablet = await connect(laptop, "tablet", ["web"]);
      await laptop.sync();
      const { isNowShared } = await authorizeDevice(laptop, tablet.deviceUdf, { roles: ["threshold"] });
      assert.ok(isNowShared);
      await tablet.sync();
      assert.is(tablet.keys.storeKeys.get("MMM_Credential"), undefined);
      await tablet.openShared("MMM_Credential");
      assert.equal(
        tablet.list(credentials).map(({ value }) => value.Password),
        ["first"],
      );
      assert.ok(storesToRekey(laptop).has("MMM_Credential"));
      await replaceKeys(laptop);
      assert.is(laptop.sizeOf("MMM_Credential").keyEpoch, 1);
      assert.not.ok(storesToRekey(laptop).has("MMM_Credential"));
      await laptop.transact({ catalogs: [password("shop.example", "second")] });
      await tablet.sync();
      await tablet.openShared("MMM_Credential");
      assert.equal(
        tablet.list(credentials).map(({ value }) => value.Password),
        ["first", "second"],
      );
      assert.is(tablet.keys.storeKeys.get("MMM_Credential"), undefined);
    } finally {
      await stop();
    }
  });

  it("goes on with shares that were dealt anew, and those of a former deal open nothing", async () => {
    const { laptop, phone, stop } = await house();
    try {
      const file = fileFor(laptop, "the file");
      await laptop.sync();
      const former = phone.keys.sharedKeys.find(({ resource }) => resource === "AccountEncryption")!;
      await authorizeDevice(laptop, phone.deviceUdf, { roles: ["threshold"], sharedStores: ["MMM_Task"] });
      await throwsMesh(phone.powers.agree(former, [file.header]), "ERR_NOT_AUTHORIZED");
      // The device learns of it by itself.
      assert.is(fromUtf8(await openAccountEnvelope(phone, file)), "the file");
      assert.ok(phone.keys.sharedKeys.some(({ resource }) => resource === "MMM_Task"));
      const keys = laptop.list(accessCatalog).flatMap(({ value }) => value.Capability.value.Activation?.Keys ?? []);
      assert.ok(keys.some(({ Resource, Shared }) => Resource === "MMM_Task" && Shared));
    } finally {
      await stop();
    }
  });

  it("is refused together with roles that give keys whole", async () => {
    const { laptop, phone, stop } = await house();
    try {
      await throwsMesh(authorizeDevice(laptop, phone.deviceUdf, { roles: ["threshold", "web"] }), "ERR_USAGE");
    } finally {
      await stop();
    }
  });
});
