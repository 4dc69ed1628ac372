/**
 * Writes the files that are made from code: the JSON Schemas of configuration and drivers, the commented example, the table of
 * errors, the classes of devices and their risk, the import rules of the layers.
 *
 *   npm run generate             writes them
 *   npm run generate -- --check  fails when one of them differs from the code
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { catalogue } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { exampleConfig, hubConfigSchema } from "../../src/config/index.ts";
import { driverSchema, loadDrivers } from "../../src/driver/index.ts";
import { errorTable as onboardingTable } from "../../src/hub/onboarding/error-table.ts";
import { warmest } from "../../src/schema/index.ts";
import { lintOverrides } from "./layers.ts";
import { openApi } from "./openapi.ts";

/** Path in the package -> its content. */
export const generated: Readonly<Record<string, () => string>> = {
  "hub.config.json": () => exampleConfig(),
  "src/config/hub.config.schema.json": () =>
    `${JSON.stringify({ title: "hub.config.json", ...toJsonSchema(hubConfigSchema, { typeMode: "input" }) }, null, 2)}\n`,
  // valibot's "finite" has no counterpart in JSON Schema and needs none: JSON has no infinite numbers.
  "drivers/driver.schema.json": () =>
    `${JSON.stringify({ title: "driver.json", ...toJsonSchema(driverSchema, { ignoreActions: ["finite"] }) }, null, 2)}\n`,
  "docs/openapi.json": openApi,
  "docs/errors.md": errorTable,
  "src/schema/device/class-risk.ts": classRisk,
  "docs/drivers.md": driverTable,
  "biome.json": lintRules,
};

function errorTable(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { exit, http, hint }]) => `| \`${code}\` | ${exit} | ${http} | ${hint.replaceAll("|", "\\|")} |`,
  );
  return [
    "# Errors",
    "",
    "Every error has a code. Programs print `error:` with what happened and `hint:` with what to do, and end with the exit status;",
    'with `--json` they print `{"success":false,"error":{code,message,hint,detail}}`. This table is made from `src/base/errors.ts` by `npm run generate`.',
    "A question that `mesh-hub say`, `hear` or `listen` asks back is no failure: it is printed as it is, with `next:`, and the status is that of `ERR_AMBIGUOUS`.",
    "The systemd units start a program again after each of these but 2 and 77, which only a person can mend.",
    "",
    "| code | exit | HTTP | what to do |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## Connecting a device",
    "",
    "The steps are scan, find, describe, link, offer, accept, deliver, commit, register. A failure names its step, the cause and the remedy.",
    "What is not listed here keeps the remedy of its code above. This table is made from `src/hub/onboarding/error-table.ts`.",
    "",
    "| step | code | cause | remedy |",
    "|---|---|---|---|",
    ...onboardingTable.map(({ step, code, cause, remedy }) => `| ${step} | \`${code}\` | ${cause} | ${remedy} |`),
    "",
  ].join("\n");
}

const drivers = () => loadDrivers({ packageDir: packagePath("drivers"), log: silentLog }).drivers.values();

/** The table that every program of an account judges commands by. A command without a risk of its own is left out, so that it counts as risky. */
function classRisk(): string {
  const rows = [...drivers()].map(({ Class, Commands }) => {
    const commands = Commands.flatMap(({ Name, Risk }) => (Risk === undefined ? [] : [`${Name}: "${Risk}"`]));
    return `  { class: "${Class}", commands: { ${commands.join(", ")} } },`;
  });
  return formatted(
    "src/schema/device/class-risk.ts",
    [
      "/** Made from drivers/ by `npm run generate`: what the commands of each class may do. */",
      'import type { ClassRisk } from "./device-class.ts";',
      "",
      "export const classRisk: readonly ClassRisk[] = [",
      ...rows,
      "];",
      "",
    ].join("\n"),
  );
}

function driverTable(): string {
  const rows = [...drivers()].map(({ Class, Summary, Properties, Commands }) => {
    const properties = Properties.map(
      ({ Name, Unit, Writable }) => `${Name}${Unit === undefined ? "" : ` (${Unit})`}${Writable === true ? "" : ", read"}`,
    );
    const commands = Commands.map(({ Name, Risk }) => `\`${Name}\` ${Risk ?? "unknown"}`);
    return `| \`${Class}\` | ${Summary} | ${properties.join("; ")} | ${commands.join("; ")} |`;
  });
  return [
    "# Device classes",
    "",
    "One row for each folder in `drivers/`, made by `npm run generate`. The risk of a command says what may come of it: `open`, `heat`, `alarm`, `move`",
    "or `none`. Whatever is not in this table (an unknown class, a command that a class does not declare, a driver of the user's own)",
    "counts as risky: it is connected by an open window only with a button pressed, and a command from afar lives 30 seconds, not 300.",
    `Keeping a room at up to ${warmest} °C is no harm. A driver that lets more be set says \`heat\`; a device whose maker lets more be set, whatever its`,
    "class, is connected by a window only with its button pressed, and by no split. An order that sets a temperature above it is risky by what it",
    "sets: it lives 30 seconds, and who may give harmless orders alone may not give it.",
    "",
    "| class | what it is | properties | commands and their risk |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** biome.json as it is, with the overrides that the table of layers makes, in biome's own format. */
function lintRules(): string {
  const settings = { ...JSON.parse(readFileSync(packagePath("biome.json"), "utf8")), overrides: lintOverrides() };
  return formatted("biome.json", JSON.stringify(settings));
}

/** Text of a file in biome's own format. */
function formatted(name: string, input: string): string {
  const run = spawnSync(packagePath("node_modules", ".bin", "biome"), ["format", `--stdin-file-path=${packagePath(name)}`], {
    input,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`biome could not format ${name}: ${run.stderr}`);
  return run.stdout;
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
