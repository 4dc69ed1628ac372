/**
 * The engine bounds the arguments of a call (about 120 000): a spread of a list that grows ends a program on the day that it is long. This
 * test reads the sources and refuses a spread in a call, but for the parameters that a function hands on and the places named below.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { assert, describe } from "./suite.ts";

/** Spreads of lists that cannot grow, by file and text, with the reason. */
const bounded: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "src/schema/access/role.ts": { catalogLabels: "a constant", spoolLabels: "a constant" },
  "src/schema/object.ts": { meshObjects: "a constant" },
  "src/schema/catalog/cataloged-capability.ts": { capabilityStructs: "a constant" },
  "src/schema/catalog/cataloged-contact.ts": { contactStructs: "a constant" },
  "src/schema/contact/contact.ts": { capabilityStructs: "a constant" },
  "src/schema/message/contact-message.ts": { contactStructs: "a constant" },
  "src/crypto/challenge.ts": { parts: "the fields of one challenge" },
  "src/crypto/x509/certificate.ts": {
    "permitted.map((base) => sequence(base))": "the names of one hub and a constant",
    alternatives: "the names and addresses of one hub",
    extensions: "a constant",
    "(isCritical ? [boolean(true)] : [])": "a constant",
  },
  "src/speech/sound/clip.ts": { "file.subarray(at, at + 4)": "four octets" },
  "src/matter/matter-package.ts": { 'name.split("/")': "the name of one package" },
  "src/matter/process/bridge.ts": { "(isOne ? [information] : [])": "a constant", battery: "one or none", "(more[kind] ?? [])": "a constant" },
  "src/matter/process/colour-space.ts": { parts: "three" },
  "src/account/epoch/usurped.ts": { "[floorOf(stores, label), directory.pin(label)].map((head) => head?.Epoch ?? 0)": "two" },
  "src/cli/meshman/message/commands.ts": { allowed: "a constant" },
  "src/crypto/hash.ts": { framed: "two for each part that the caller names" },
  "src/crypto/threshold/possession.ts": { fields: "the fields of one proof" },
  "src/cli/meshman/dare/commands.ts": { force: "a constant", indexFlags: "a constant", legacy: "a constant" },
  "src/cli/hub/command-maker.ts": { "(args.slice(0, -1) as A)": "the arguments of one command" },
};

function sources(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Texts of the spreads in calls that hand on no rest parameter. */
function spreadsOf(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ESNext, true);
  const found: string[] = [];
  const visit = (node: ts.Node, rest: ReadonlySet<string>): void => {
    const own = ts.isFunctionLike(node)
      ? node.parameters.flatMap((parameter) => (parameter.dotDotDotToken === undefined ? [] : [parameter.name.getText()]))
      : [];
    const names = own.length === 0 ? rest : new Set([...rest, ...own]);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const argument of node.arguments ?? []) {
        if (!ts.isSpreadElement(argument) || ts.isArrayLiteralExpression(argument.expression)) continue;
        const text = argument.expression.getText();
        if (!names.has(text)) found.push(text);
      }
    }
    node.forEachChild((child) => visit(child, names));
  };
  visit(source, new Set());
  return found;
}

describe("sources: spreads in calls", (it) => {
  it("none spreads a list that can grow", () => {
    const found = ["src", "firmware-stubs/virtual"].flatMap(sources).flatMap((path) =>
      spreadsOf(path)
        .filter((text) => bounded[path]?.[text] === undefined)
        .map((text) => `${path}: ...${text}`),
    );
    assert.equal(found, []);
  });
});
