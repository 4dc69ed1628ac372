/**
 * A new user goes from `account create` to "the file does not open any more on the lost phone" by the next steps that the programs print, and by
 * nothing else: two machines that know of the service what the steps say, and a service over its port. What the person fills in are the names of
 * files, the code, and yes.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MeshService } from "../../src/provider/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { ports } from "../kit/household.ts";
import type { Ran } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";

const refused = 77;

/** The words of the command among the next steps of an output that has these, with what the person fills in. */
function step({ stderr }: Ran, has: string, filled: Readonly<Record<string, string>> = {}): readonly string[] {
  const printed = stderr
    .split("\n")
    .filter((line) => line.startsWith("next: "))
    .flatMap((line) => [...line.matchAll(/'meshman ([^']+)'/g)].map(([, words = ""]) => words));
  const found = printed.find((words) => words.includes(has));
  assert.ok(found, `'${has}' is no next step of: ${stderr}`);
  return [...found!.matchAll(/"[^"]*"|\S+/g)].map(([word]) => filled[word] ?? word.replaceAll('"', ""));
}

describe("who follows the next steps", (it) => {
  it(
    "comes from a new account to a phone that is lost and opens nothing any more",
    async () => {
      const root = tempDirectory();
      const service = new MeshService();
      await service.start({ bind: { kind: "open" }, dir: join(root, "service"), host: "127.0.0.1", port: 0, ...ports });
      onCleanup(() => service.stop());
      const at = (name: string, words: readonly string[]): Promise<Ran> => machine(join(root, name), "").run(words);
      const does = async (name: string, words: readonly string[]): Promise<Ran> => {
        const ran = await at(name, words);
        assert.is(ran.status, 0, `${name}: ${words.join(" ")}\n${ran.stdout}${ran.stderr}`);
        return ran;
      };

      const made = await does("laptop", ["account", "create", "alice@example.com", "--service", service.url]);
      const pin = await does("laptop", step(made, "account pin --role threshold"));
      const [, code = ""] = /^URI=(\S+)$/m.exec(pin.stdout) ?? [];
      const asked = await does("phone", step(pin, "device request", { URI: code, NAME: "phone" }));
      const letIn = await does("laptop", step(pin, "account sync"));
      step(letIn, "device complete");
      const joined = await does("phone", step(asked, "device complete"));
      const listed = await does("phone", step(joined, "device list"));
      assert.match(listed.stdout, /threshold/);

      const letter = join(root, "letter.txt");
      writeFileSync(letter, "only while they agree");
      const sealed = await does("laptop", step(joined, "dare encode", { FILE: letter }));
      const decode = (out: string): readonly string[] => step(sealed, "dare decode", { OUT: join(root, out) });
      const opened = await does("phone", decode("opened.txt"));
      assert.is(readFileSync(join(root, "opened.txt"), "utf8"), "only while they agree");

      cpSync(join(root, "phone"), join(root, "copy"), { recursive: true });
      const deleted = await does("laptop", [...step(opened, "device delete"), "--yes"]);
      step(deleted, "account pin --role");
      const left = await does("laptop", step(deleted, "device list"));
      assert.not.match(left.stdout, /threshold/);

      for (const name of ["phone", "copy"]) {
        const again = await at(name, decode(`${name}.txt`));
        assert.is(again.status, refused, again.stderr);
        assert.match(again.stderr, /^error: .+\nhint: .+$/m);
        assert.not.ok(existsSync(join(root, `${name}.txt`)));
      }
      await does("laptop", decode("still.txt"));
      assert.is(readFileSync(join(root, "still.txt"), "utf8"), "only while they agree");
    },
    { timeoutMs: 400_000 },
  );
});
