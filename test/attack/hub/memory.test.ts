/**
 * The memory of the real hub process, octet by octet, after it has connected a light and served it: no secret of the owner is in it, and no plaintext
 * of what she keeps for herself; while the hub's own keys are found, which shows that the search would find others.
 */

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { AccountContext } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import { CatalogedContact, CatalogedCredential } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, skipUnless } from "../../harness/suite.ts";
import { House } from "../../kill/house.ts";
import { agree, command, onboard, press } from "../../kill/story.ts";
import { ports } from "../../kit/household.ts";

const kept: readonly CatalogLabel[] = ["MMM_Contact", "MMM_Credential", "MMM_Bookmark", "MMM_Task", "MMM_Application"];
const pieceOctets = 16 << 20;
/** More than the longest needle, so that none is cut in two. */
const overlap = 256;

/** Which of the needles stand in a process's writable memory. Undefined where it may not be read. */
function searchMemory(pid: number, needles: ReadonlyMap<string, Uint8Array>): Set<string> | undefined {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/mem`, "r");
  } catch {
    return undefined;
  }
  const found = new Set<string>();
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      const end = Number.parseInt(to, 16);
      for (let at = Number.parseInt(from, 16); at < end; at += pieceOctets) {
        const piece = Buffer.alloc(Math.min(pieceOctets + overlap, end - at));
        let length = 0;
        try {
          length = readSync(file, piece, 0, piece.length, at);
        } catch {
          // Reserved and never written.
          continue;
        }
        for (const [name, needle] of needles) if (!found.has(name) && piece.subarray(0, length).includes(Buffer.from(needle))) found.add(name);
      }
    }
  } finally {
    closeSync(file);
  }
  return found;
}

describe("attack: the memory of a hub that runs", (it) => {
  it(
    "holds its own keys, and none of the owner's",
    async () => {
      const house = await House.build();
      onCleanup(() => house.close());
      const { alice } = house;
      const put = (store: CatalogLabel, key: string, entry: ReturnType<typeof tag>) =>
        alice.transact({ catalogs: [{ store, key, change: () => entry }] });
      await put("MMM_Contact", "c", tag(CatalogedContact, { Key: "c", Labels: ["contact sentinel of alice"] }));
      const login = { Protocol: "ssh", Service: "example.com", Username: "alice", Password: "password sentinel of alice" };
      await put("MMM_Credential", "ssh:1", tag(CatalogedCredential, login));
      const hub = await AccountContext.open({ dir: `${house.hubDir}/account`, ports });
      const own = [
        hub.identity.base.link448,
        hub.keys.signature,
        hub.keys.encryption,
        ...[...hub.keys.storeKeys.values()].flat().map(({ key }) => key),
      ];
      await hub.close();
      await house.startHub();
      const lamp = await house.lamp();
      await onboard(house, lamp);
      press(lamp, 2);
      await command(house, lamp, true);
      await agree(house, lamp);

      const secrets = [
        alice.keys.administrator?.signature25519,
        alice.keys.administrator?.encryption,
        alice.keys.accountSignature,
        alice.keys.signature,
        alice.keys.encryption,
        alice.identity.base.link448,
        ...kept.flatMap((label) => (alice.keys.storeKeys.get(label) ?? []).map(({ key }) => key)),
      ].filter((key) => key !== undefined);
      assert.ok(secrets.length >= 10, `${secrets.length} secrets`);
      const needles = new Map<string, Uint8Array>(own.map((key, i) => [`own ${i}`, key.export().Private]));
      for (const [i, key] of secrets.entries()) needles.set(`secret ${i} ${key.curve}`, key.export().Private);
      for (const text of ["contact sentinel of alice", "password sentinel of alice"]) needles.set(text, Buffer.from(text));
      needles.set("its name", Buffer.from(alice.accountUdf));
      const found = searchMemory(house.hub?.pid ?? 0, needles);
      skipUnless(found, "needs the right to read another process's memory");
      const names = [...found];
      assert.ok(found.has("its name"));
      assert.ok(names.filter((name) => name.startsWith("own")).length >= 3, `of ${own.length} keys of its own: ${names.join()}`);
      assert.equal(
        names.filter((name) => !name.startsWith("own") && name !== "its name"),
        [],
      );
      await lamp.off();
    },
    { timeoutMs: 90_000 },
  );
});
