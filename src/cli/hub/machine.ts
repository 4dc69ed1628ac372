/** Commands that look at or change this machine: config, doctor, install, uninstall. */

import { asMeshError, catalogue, MeshError } from "../../base/errors.ts";
import { checkConfig, describeConfig } from "../../config/index.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Finding, Invocation } from "./invocation.ts";

/** `config check`: all faults of the file, by path. Errors: ERR_CONFIG when there is one. */
export function configCheck({ output, flags, load }: Invocation, file: string | undefined): void {
  const path = file ?? flags.config;
  if (path !== undefined) {
    const issues = checkConfig(path);
    for (const issue of issues) output.say(`${path}: ${issue.path}: ${issue.reason}`);
    if (issues.length > 0)
      throw new MeshError("ERR_CONFIG", `${path}: ${issues.length} fault${issues.length === 1 ? "" : "s"}`, {
        hint: "correct the keys named above",
        detail: { issues },
      });
  }
  const loaded = path === undefined ? load() : undefined;
  const checked = path ?? loaded?.file;
  report(output, { file: checked, issues: [] }, () => output.line(checked === undefined ? "no file: the defaults are used" : `${checked} is right`));
}

/** `config show`: what counts, and where each value comes from. */
export function configShow({ output, load }: Invocation, options: { readonly origin: boolean }): void {
  const loaded = load();
  const lines = describeConfig(loaded).filter(({ value }) => value !== undefined);
  report(output, { file: loaded.file, config: loaded.config, origins: loaded.origins }, () =>
    printTable(
      output,
      options.origin ? ["key", "value", "from"] : ["key", "value"],
      lines.map(({ key, value, origin }) => [key, typeof value === "string" ? value : JSON.stringify(value), ...(options.origin ? [origin] : [])]),
    ),
  );
}

/** `doctor`: what works and what does not. @returns the exit status: not 0 when something the hub needs is missing */
export async function doctor({ output, load, surroundings }: Invocation): Promise<number> {
  let loaded: ReturnType<typeof load> | MeshError;
  try {
    loaded = load();
  } catch (error) {
    loaded = asMeshError(error);
  }
  const findings = await surroundings.actions.doctor(loaded);
  const isUsable = findings.every(({ state }) => state !== "failure");
  report(output, { success: isUsable, findings }, () => {
    for (const finding of findings) show(finding);
  });
  return isUsable ? 0 : catalogue.ERR_ADAPTER.exit;

  function show({ name, state, message, hint }: Finding): void {
    output.line(`${{ ok: "ok     ", warning: "warning", failure: "FAILURE" }[state]}  ${name}: ${message}`);
    if (hint !== undefined && state !== "ok") output.line(`         ${hint}`);
  }
}

/** `install` and `uninstall`: the steps as they are done. */
export async function service(invocation: Invocation, task: (print: (line: string) => void) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  await task((line) => {
    lines.push(line);
    if (!invocation.output.json) invocation.output.line(line);
  });
  if (invocation.output.json) report(invocation.output, { steps: lines }, () => undefined);
}
