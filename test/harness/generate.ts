/**
 * Writes the files that are made from code: the JSON Schemas of configuration and drivers, the commented example, the table of errors.
 *
 *   npm run generate             writes them
 *   npm run generate -- --check  fails when one of them differs from the code
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { catalogue } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { exampleConfig, hubConfigSchema } from "../../src/config/index.ts";
import { driverSchema } from "../../src/driver/index.ts";
import { errorTable as onboardingTable } from "../../src/hub/error-table.ts";

/** Path in the package -> its content. */
export const generated: Readonly<Record<string, () => string>> = {
  "hub.config.json": () => exampleConfig(),
  "src/config/hub.config.schema.json": () =>
    `${JSON.stringify({ title: "hub.config.json", ...toJsonSchema(hubConfigSchema, { typeMode: "input" }) }, null, 2)}\n`,
  // valibot's "finite" has no counterpart in JSON Schema and needs none: JSON has no infinite numbers.
  "drivers/driver.schema.json": () =>
    `${JSON.stringify({ title: "driver.json", ...toJsonSchema(driverSchema, { ignoreActions: ["finite"] }) }, null, 2)}\n`,
  "docs/errors.md": errorTable,
};

function errorTable(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { exit, http, hint }]) => `| \`${code}\` | ${exit} | ${http} | ${hint.replaceAll("|", "\\|")} |`,
  );
  return [
    "# Errors",
    "",
    "Every error has a code. Programs print `error:` with what happened and `hint:` with what to do, and end with the exit status;",
    'with `--json` they print `{"error":{code,message,hint,detail}}`. This table is made from `src/base/errors.ts` by `npm run generate`.',
    "",
    "| code | exit | HTTP | what to do |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## Connecting a device",
    "",
    "The steps are scan, find, describe, link, offer, accept, deliver, commit, register. A failure names its step, the cause and the remedy.",
    "What is not listed here keeps the remedy of its code above. This table is made from `src/hub/error-table.ts`.",
    "",
    "| step | code | cause | remedy |",
    "|---|---|---|---|",
    ...onboardingTable.map(({ step, code, cause, remedy }) => `| ${step} | \`${code}\` | ${cause} | ${remedy} |`),
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const isCheck = process.argv.includes("--check");
  for (const [name, make] of Object.entries(generated)) {
    const path = packagePath(name);
    if (!isCheck) writeFileSync(path, make());
    else if (!existsSync(path) || readFileSync(path, "utf8") !== make()) {
      console.error(`${name} differs from the code: run npm run generate`);
      process.exitCode = 1;
    }
  }
}
