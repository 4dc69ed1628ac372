/**
 * Writes what is made from the configuration schema: the JSON Schema for editors and the commented example.
 *
 *   npm run schema             writes both
 *   npm run schema -- --check  fails when one of them differs from the schema
 */
import { readFileSync, writeFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { packagePath } from "../../src/base/package-root.ts";
import { hubConfigSchema } from "../../src/config/schema.ts";
import { exampleConfig } from "../../src/config/show.ts";

const generated: Readonly<Record<string, () => string>> = {
  "src/config/hub.config.schema.json": () =>
    `${JSON.stringify({ title: "hub.config.json", ...toJsonSchema(hubConfigSchema, { typeMode: "input" }) }, null, 2)}\n`,
  "hub.config.json": () => exampleConfig(),
};

const isCheck = process.argv.includes("--check");
for (const [name, make] of Object.entries(generated)) {
  const path = packagePath(name);
  if (!isCheck) writeFileSync(path, make());
  else if (readFileSync(path, "utf8") !== make()) {
    console.error(`${name} differs from the schema: run npm run schema`);
    process.exitCode = 1;
  }
}
