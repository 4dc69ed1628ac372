/**
 * The scene of the seed, by the commands that people type: a file opens on the second device, which holds shares of the keys alone; the first one
 * deletes it; the same file does not open there any more, nor with a copy of its disk. The service and the protocol are the real ones.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MeshService } from "../../src/provider/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { ports } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";

const refused = 77;

describe("a phone is lost", (it) => {
  it(
    "and opens nothing any more from the moment that it is deleted",
    async () => {
      const dir = tempDirectory();
      const service = new MeshService();
      await service.start({ bind: { kind: "open" }, dir: join(dir, "service"), host: "127.0.0.1", port: 0, ...ports });
      onCleanup(() => service.stop());
      const at = (name: string) => machine(join(dir, name), service.url);
      const laptop = at("laptop");
      const phone = at("phone");

      await laptop.does("account", "create", "alice@example.com", "--name", "laptop");
      const { uri } = await laptop.json("account", "pin", "--role", "threshold", "--name", "phone");
      await phone.does("device", "request", uri);
      await laptop.does("account", "sync");
      await phone.does("device", "complete");
      const info = await phone.json("account", "info");
      assert.equal(info.shares.map(({ name }: { name: string }) => name).sort(), [
        "AccountAuthentication",
        "AccountEncryption",
        "AccountSignature",
        "MMM_Credential",
      ]);

      const files = join(dir, "files");
      mkdirSync(files);
      const letter = join(files, "letter.txt");
      writeFileSync(letter, "only while they agree");
      await laptop.does("dare", "encode", letter, "--encrypt", "self");
      const sealed = `${letter}.dare`;
      await phone.does("dare", "decode", sealed, join(files, "opened"));
      assert.is(readFileSync(join(files, "opened"), "utf8"), "only while they agree");
      await phone.fails(refused, "dare", "encode", letter, join(files, "x.dare"), "--encrypt", "self", "--sign", "account");

      cpSync(join(dir, "phone"), join(dir, "copy"), { recursive: true });
      const deleted = await laptop.run(["device", "delete", "phone", "--yes"]);
      assert.is(deleted.status, 0, deleted.stderr);
      assert.match(deleted.stderr, /opens nothing any more of what it held as shares: .*AccountEncryption.*MMM_Credential/);
      assert.not.match(deleted.stderr, /remains: /);

      for (const name of ["phone", "copy"]) {
        const out = join(files, `again-${name}`);
        await at(name).fails(refused, "dare", "decode", sealed, out);
        assert.not.ok(existsSync(out));
      }
      await laptop.does("dare", "decode", sealed, join(files, "still"));
      assert.is(readFileSync(join(files, "still"), "utf8"), "only while they agree");
    },
    { timeoutMs: 240_000 },
  );
});
