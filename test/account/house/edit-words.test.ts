/** Changes that a hub asks for, in words: an offer as this device has checked it, and all rights of a grant, or a refusal. */

import { editInWords, type Offered } from "../../../src/account/house/edit-words.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import type { CatalogedGrant, GrantRight } from "../../../src/schema/index.ts";
import { deviceCatalog, grantCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";

const bob: CatalogedGrant = { Key: "NBOB", Kind: "guest", LocalName: "bob", Address: "bob@example.net", Rights: [], Updated: "2026-03-01T12:00:00Z" };
const context = {
  get: (catalog: unknown, key: string) =>
    catalog === deviceCatalog && key === "MLAMP" ? { LocalName: "hall lamp" } : catalog === grantCatalog && key === bob.Key ? bob : undefined,
  list: () => [{ key: bob.Key, index: 0, value: bob }],
  keys: { storeKeys: new Map([[grantCatalog.label, {}]]) },
} as unknown as AccountContext;

const guest = (Rights: readonly GrantRight[], Address = "carol@example.net") =>
  editInWords(context, { Kind: "guest-add", Address, Grant: { ...bob, Rights } }, []);

describe("account: changes in words", (it) => {
  it("an offer is told by what this device found in it, with the hub's name as the hub's", () => {
    const offered = [
      { messageId: "N1", code: "ABCD-EFGH", offer: {}, device: { maker: "maker@example.com", description: { Class: "lock" } } },
      { messageId: "N2", code: "MABC-DEFG", offer: { Bridge: "zigbee" }, device: { deviceUdf: "MABC", description: { Class: "garage-door" } } },
    ] as unknown as Offered;
    const words = (OfferId: string) => editInWords(context, { Kind: "offer-accept", OfferId, LocalName: 'Hall lamp" (light)' }, offered);
    const called = ', which the hub calls "Hall lamp\\" (light)"';
    assert.is(words("N1"), `connect a lock (made by maker@example.com, code ABCD-EFGH)${called}`);
    assert.is(words("N2"), `connect a garage-door (behind "zigbee", fingerprint MABC-DEFG)${called}`);
    assert.is(words("N3"), `connect a device whose offer does not wait here${called}`);
  });

  it("whether rights reach what may do harm stands first, and every right is shown, by the names of this account", () => {
    const many: GrantRight = { Allows: "command", Devices: ["MLAMP", ...Array.from({ length: 40 }, (_, at) => `MDEVICE-${at}`)] };
    const words = guest([many, { Allows: "command", Risky: true }]);
    assert.match(words, /^let carol@example.net in as a guest, to see and order \(what may do harm, too\), without an end: /);
    assert.ok(words.includes('"hall lamp"') && words.endsWith('{"Allows":"command","Risky":true}]'), words);
    assert.match(guest([many]), /order \(nothing that may do harm\), without/);
  });

  it("who is a guest already is told to have other rights then", () => {
    assert.match(
      guest([{ Allows: "read" }], "Bob@Example.net"),
      /\(nothing that may do harm\), in the place of what may be done now, without an end/,
    );
    const put = editInWords(context, { Kind: "grant-put", Grant: { ...bob, Rights: [{ Allows: "read" }] } }, []);
    assert.match(put, /^let "bob" \(guest\) see and order \(nothing that may do harm\), in the place of what may be done now/);
  });

  it("an address that is none is told as it came, and keeps nothing else from being shown", () => {
    assert.match(guest([{ Allows: "read" }], "nobody\u202e"), /^let nobody.* in as a guest/u);
  });

  it("rights that cannot be shown whole say so", () => {
    const hidden: GrantRight = { Allows: "command", Devices: Array.from({ length: 500 }, (_, at) => `MDEVICE-${at}`) };
    assert.match(guest([hidden, { Allows: "command", Risky: true }]), /more than can be shown: it cannot be accepted$/);
  });
});
