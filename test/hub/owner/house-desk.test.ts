/** What a page is shown of the house, and the changes it asks for: what cannot be is refused before the owner is asked. */
import type { AccountContext } from "../../../src/account/index.ts";
import type { EditRequest } from "../../../src/api/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { recentLog } from "../../../src/base/recent-log.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import { loadLanguage } from "../../../src/driver/index.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { EditsToSign } from "../../../src/hub/owner/edits-to-sign.ts";
import type { HouseDeskOptions } from "../../../src/hub/owner/house-desk.ts";
import { HouseDesk } from "../../../src/hub/owner/house-desk.ts";
import type { NameBook } from "../../../src/names/name-book.ts";
import type { CatalogedGrant, EditChange, RequestEdit } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

const clock = new ManualClock();

/** A desk over a kitchen with a lamp and a device of another hub. */
function desk() {
  const asked: EditChange[] = [];
  const requests: RequestEdit[] = [];
  const places = new Map([
    ["P1", { key: "P1", name: "Ground floor" }],
    ["P2", { key: "P2", name: "Kitchen", parent: "P1" }],
  ]);
  const devices = new Map([
    ["MLAMP", { udf: "MLAMP", name: "lamp", own: true }],
    ["MFAR", { udf: "MFAR", name: "far lamp", own: false }],
  ]);
  const book = {
    index: { places, ancestors: new Map([["P2", ["P2", "P1"]]]) },
    device: (udf: string) => devices.get(udf),
    placeName: (key: string) => places.get(key)?.name ?? key,
    show: (_udf: string, { Name, Value }: { Name: string; Value: unknown }) => `${Name} ${String(Value)}`,
    scenes: () => [
      { key: "NS", name: "movie night", orders: [{ command: "Set", targets: [{ udf: "MLAMP", arguments: [{ Name: "Brightness", Value: 20 }] }] }] },
    ],
    vocabulary: { language: loadLanguage("en") },
  } as unknown as NameBook;
  const grants: CatalogedGrant[] = [
    { Key: "NG", Kind: "guest", LocalName: "Bob", Rights: [{ Allows: "read", Places: ["P2"] }], NotOnOrAfter: "2020-01-01T00:00:00Z" },
  ];
  const log = recentLog(silentLog, clock);
  const options = {
    account: { deviceUdf: "MHUB", ports: { clock, random: systemRandom, log: silentLog } } as unknown as AccountContext,
    book,
    grants: { list: () => grants },
    questions: {
      seen: () => [],
      askEdit: ({ change, about, parts, signed }: Parameters<HouseDeskOptions["questions"]["askEdit"]>[0]) => {
        asked.push(change);
        if (signed) requests.push(signed);
        const at = "2026-05-01T12:00:00Z";
        return {
          messageId: "N1",
          kind: "edit" as const,
          principal: "o",
          about,
          parts,
          asked: at,
          expires: at,
          state: "sending" as const,
          outcome: Promise.resolve(),
        };
      },
    },
    editsToSign: new EditsToSign({ deviceUdf: "MHUB", ports: { clock, random: systemRandom, log: silentLog } }),
    passkeyOf: ({ id }) =>
      id === "owner" ? { CredentialId: Uint8Array.of(1), PublicKey: Uint8Array.of(2), LocalName: "alice", RelyingParty: "hub.local" } : undefined,
    onboarding: { offers: () => [{ id: "NOFF", device: "MNEW", expires: clock.now() + 1000 }] },
    bridges: { offers: () => [{ id: "NOLD", device: "MOLD", bridge: "b", foreignId: "1", expires: clock.now() - 1 }] },
    recent: log.recent,
    voice: {
      doubts: async (udf: string, wanted: string) => [`${udf} as ${wanted}`],
      namesInDoubt: async () => ({ doubts: ["lamp"], more: 0, remedies: [] }),
    },
  } as HouseDeskOptions;
  return { desk: new HouseDesk(options, socketOwner), stranger: new HouseDesk(options, { ...socketOwner, id: "x" }), asked, requests, log: log.log };
}

function codeOf(task: () => unknown): string {
  try {
    task();
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("the house as a page sees it", (it) => {
  it("has places by their path, grants with names and ends, scenes in words, and what waits to be let in", () => {
    const { desk: house } = desk();
    assert.equal(
      house.places().map(({ path }) => path.join("/")),
      ["Ground floor", "Ground floor/Kitchen"],
    );
    assert.equal(
      house.grants().map(({ name, rights, ended }) => [name, rights[0]?.places, ended]),
      [["Bob", ["Kitchen"], true]],
    );
    assert.equal(house.scenes()[0]?.orders[0]?.shown, ["Brightness 20"]);
    assert.equal(
      house.offers().map(({ id }) => id),
      ["NOFF"],
    );
  });

  it("keeps the newest events of the log, without those of debugging, in a bound", () => {
    const { desk: house, log } = desk();
    log.child("sync").warn("sync.failed", { reason: new Error("away"), count: 3n });
    log.debug("noise");
    assert.equal(
      house.logs().map(({ module, event, level, data }) => [module, event, level, data]),
      [["sync", "sync.failed", "warn", '{"reason":"away","count":"3"}']],
    );
    for (let i = 0; i < 1000; i++) log.info("more", { long: "x".repeat(5000) });
    assert.is(house.logs().length, 400);
    assert.ok(house.logs().every(({ data = "" }) => data.length <= 600));
  });
});

describe("changes that a page asks for", (it) => {
  it("become what the owner's machine is asked", async () => {
    const { desk: house, asked } = desk();
    const { question } = house.edit({ kind: "rename", device: "MLAMP", name: " stove lamp " });
    assert.equal(question.change, { kind: "rename", key: "MLAMP", subject: "lamp", object: "stove lamp" });
    assert.equal(await house.doubts({ kind: "rename", device: "MLAMP", name: " stove lamp " }), ["MLAMP as stove lamp"]);
    assert.equal((await house.namesInDoubt()).doubts, ["lamp"]);
    assert.equal(await house.doubts({ kind: "move", device: "MLAMP", place: "P2" }), []);
    house.edit({ kind: "move", device: "MLAMP", place: "P2" });
    house.edit({ kind: "remove", device: "MLAMP" });
    house.edit({ kind: "place-add", name: "Cellar", within: "P1" });
    house.edit({ kind: "place-delete", place: "P2" });
    house.edit({ kind: "grant-delete", grant: "NG" });
    house.edit({ kind: "offer-accept", offer: "NOFF" });
    house.edit({ kind: "scene-delete", scene: "NS" });
    assert.equal(asked, [
      { Kind: "rename", DeviceUdf: "MLAMP", LocalName: "stove lamp" },
      { Kind: "move", DeviceUdf: "MLAMP", Place: "P2" },
      { Kind: "remove", DeviceUdf: "MLAMP" },
      { Kind: "place-add", LocalName: "Cellar", Place: "P1" },
      { Kind: "place-delete", Place: "P2" },
      { Kind: "grant-delete", GrantKey: "NG" },
      { Kind: "offer-accept", OfferId: "NOFF", LocalName: "MNEW" },
      { Kind: "scene-delete", SceneKey: "NS" },
    ]);
  });

  it("name a guest by his folded address alone, with rights and an end, and no token", () => {
    const { desk: house, asked } = desk();
    const { secret, question } = house.edit({ kind: "guest-add", guest: { address: "Bob@Example.NET", allows: "command", places: ["P2"], days: 7 } });
    assert.is(secret, undefined);
    assert.equal(question.change, { kind: "guest-add", subject: "bob@example.net" });
    const [{ Address, Grant } = {} as EditChange] = asked;
    assert.is(Address, "bob@example.net");
    assert.equal(Grant?.Rights, [
      { Allows: "read", Places: ["P2"] },
      { Allows: "command", Places: ["P2"] },
    ]);
    assert.is(Date.parse(Grant?.NotOnOrAfter ?? "") - clock.now(), 7 * 86_400_000);
    assert.is(Grant?.SecretDigest, undefined);
  });

  it("give a token once, of which the owner's machine sees the digest alone", () => {
    const { desk: house, asked } = desk();
    const { secret = "" } = house.edit({
      kind: "grant-put",
      grant: { kind: "token", name: "wall panel", allows: "command", places: ["P2"], days: 7 },
    });
    const { Grant } = asked[0] ?? {};
    assert.ok(secret.length > 20);
    assert.equal(Grant?.SecretDigest, sha512(utf8(secret)));
    assert.not.ok(JSON.stringify(asked).includes(secret));
    assert.equal(Grant?.Rights, [
      { Allows: "read", Places: ["P2"] },
      { Allows: "command", Places: ["P2"] },
    ]);
  });

  it("go with what the page's passkey has signed, once and for the page that asked; its own key is what it asks for", () => {
    const { desk: house, stranger, asked, requests } = desk();
    const use = { id: "AQ", clientData: "Ag", authenticatorData: "Aw", signature: "BA" };
    const { challenge } = house.editToSign({ kind: "grant-put", grant: { kind: "token", name: "panel", allows: "read" } });
    assert.equal(asked, []);
    assert.is(
      codeOf(() => stranger.editSigned({ challenge, use })),
      "ERR_NOT_FOUND",
    );
    const { question, secret = "" } = house.editSigned({ challenge, use });
    assert.is(question.change?.subject, "panel");
    assert.equal(requests[0]?.Change.Grant?.SecretDigest, sha512(utf8(secret)));
    assert.equal(requests[0]?.Assertion?.Signature, Uint8Array.of(4));
    assert.is(
      codeOf(() => house.editSigned({ challenge, use })),
      "ERR_NOT_FOUND",
    );
    assert.is(
      codeOf(() => house.editToSign({ kind: "rename", device: "MFAR", name: "mine" })),
      "ERR_NOT_FOUND",
    );
    house.edit({ kind: "passkey-add" });
    assert.is(asked.at(-1)?.Passkey?.RelyingParty, "hub.local");
    assert.is(
      codeOf(() => stranger.edit({ kind: "passkey-add" })),
      "ERR_NOT_FOUND",
    );
  });

  it("are refused before anybody is asked, where they could not be made", () => {
    const { desk: house, asked } = desk();
    const refused: [EditRequest, string][] = [
      [{ kind: "rename", device: "MFAR", name: "mine" }, "ERR_NOT_FOUND"],
      [{ kind: "rename", device: "MLAMP", name: "everything" }, "ERR_NAME"],
      [{ kind: "move", device: "MLAMP", place: "P9" }, "ERR_NOT_FOUND"],
      [{ kind: "remove", device: "MHUB" }, "ERR_NOT_FOUND"],
      [{ kind: "place-add", name: "\u202eevil" }, "ERR_NAME"],
      [{ kind: "grant-delete", grant: "NX" }, "ERR_NOT_FOUND"],
      [{ kind: "offer-accept", offer: "NOLD" }, "ERR_NOT_FOUND"],
      [{ kind: "guest-add", guest: { address: "nobody", allows: "read" } }, "ERR_USAGE"],
      [{ kind: "guest-add", guest: { address: "bob@example.net", allows: "read", places: ["P9"] } }, "ERR_NOT_FOUND"],
      [{ kind: "scene-delete", scene: "NONE" }, "ERR_NOT_FOUND"],
      [{ kind: "grant-put", grant: { kind: "satellite", name: "kitchen", allows: "command", risky: true } }, "ERR_USAGE"],
      [{ kind: "grant-put", grant: { kind: "token", name: "x1", allows: "read", devices: ["MFAR"] } }, "ERR_NOT_FOUND"],
    ];
    for (const [request, code] of refused)
      assert.is(
        codeOf(() => house.edit(request)),
        code,
        JSON.stringify(request),
      );
    assert.equal(asked, []);
  });
});
