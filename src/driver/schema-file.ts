/**
 * Writes drivers/driver.schema.json, the JSON Schema of driver.json for editors; with --check it only tells whether the file is up to date.
 * A development script (`npm run schema:driver`), never part of a running hub. References between names are beyond JSON Schema (check-driver.ts).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { toJsonSchema } from "@valibot/to-json-schema";
import { packagePath } from "../base/package-root.ts";
import { driverSchema } from "./driver-schema.ts";

/** Where the JSON Schema lies. */
export const schemaFile = packagePath("drivers", "driver.schema.json");

/** The JSON Schema as it follows from driver-schema.ts. */
export function driverJsonSchema(): object {
  // valibot's "finite" has no counterpart and needs none: JSON has no infinite numbers.
  return { title: "driver.json of Mesh Hub", ...toJsonSchema(driverSchema, { ignoreActions: ["finite"] }) };
}

/** True when the file says what driver-schema.ts says; how it is laid out is the formatter's affair. */
export function isSchemaFileCurrent(): boolean {
  return isDeepStrictEqual(JSON.parse(readFileSync(schemaFile, "utf8")), JSON.parse(JSON.stringify(driverJsonSchema())));
}

function main(check: boolean): void {
  if (!check) {
    writeFileSync(schemaFile, `${JSON.stringify(driverJsonSchema(), undefined, 2)}\n`);
    return;
  }
  if (isSchemaFileCurrent()) return;
  process.stderr.write(`error: ${schemaFile} is not up to date\nhint: run 'npm run schema:driver'\n`);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.includes("--check"));
