/** Commands that look at or change this machine: config, doctor, install, uninstall. */
import { asMeshError, catalogue, MeshError } from "../../base/errors.ts";
import { checkConfig, describeConfig } from "../../config/index.ts";
import { accountAddress } from "../../schema/index.ts";
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

  function show({ name, state, message, details = [], hint }: Finding): void {
    output.line(`${{ ok: "ok     ", warning: "warning", failure: "FAILURE" }[state]}  ${name}: ${message}`);
    for (const detail of details) output.line(`         - ${detail}`);
    if (hint !== undefined && state !== "ok") output.line(`         ${hint}`);
  }
}

/** What `install` takes. */
export interface InstallFlags {
  readonly service?: boolean;
  readonly dryRun?: boolean;
  readonly start: boolean;
  readonly ble?: boolean;
  readonly scanner?: boolean;
  readonly matter?: boolean;
  readonly serial?: boolean;
  readonly mic?: boolean;
  readonly withOwner?: boolean;
  readonly account?: string;
}

/** `install`: the hub, the Mesh service, or a household in one box. */
export async function install(invocation: Invocation, flags: InstallFlags): Promise<void> {
  const { service: provider = false, start, ble = false, scanner = false, matter = false, serial = false, mic = false, withOwner = false } = flags;
  const { account, dryRun = false } = flags;
  if (provider && (ble || scanner || matter || serial || mic || withOwner))
    throw new MeshError("ERR_USAGE", "--ble, --scanner, --matter, --serial, --mic and --with-owner belong to the hub", {
      hint: "leave --service out",
    });
  if (account !== undefined && !withOwner) throw new MeshError("ERR_USAGE", "--account goes with --with-owner");
  if (withOwner && !start)
    throw new MeshError("ERR_USAGE", "--with-owner makes an account, for which its service has to run", { hint: "leave --no-start out" });
  const address = account === undefined ? undefined : accountAddress(account);
  const beside = [...(ble ? ["radio" as const] : []), ...(scanner ? ["scanner" as const] : []), ...(matter ? ["matter" as const] : [])];
  const rights = [...(serial ? ["serial" as const] : []), ...(mic ? ["mic" as const] : [])];
  const { actions } = invocation.surroundings;
  await steps(invocation, (print) =>
    withOwner
      ? actions.installHousehold({ ...(address === undefined ? {} : { address }), beside, rights, dryRun, print })
      : actions.install({ provider, beside, rights, start, dryRun, print }),
  );
}

/** What `uninstall` takes. */
export interface UninstallFlags {
  readonly service?: boolean;
  readonly owner?: boolean;
  readonly purge?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `uninstall`: one of the services. */
export async function uninstall(invocation: Invocation, flags: UninstallFlags): Promise<void> {
  const { service: provider = false, owner = false, purge = false, yes = false, dryRun = false } = flags;
  if (provider && owner) throw new MeshError("ERR_USAGE", "--service and --owner are two", { hint: "remove one after the other" });
  if (owner && purge && !yes && !dryRun)
    throw new MeshError("ERR_USAGE", "--owner --purge erases this machine's keys of the account: without another administration device it is lost", {
      hint: "see on the other machine that 'meshman account info' names it an administrator, then say --yes",
    });
  const { actions } = invocation.surroundings;
  await steps(invocation, (print) => actions.uninstall({ part: owner ? "owner" : provider ? "service" : "hub", purge, dryRun, print }));
}

/** The steps as they are done. */
async function steps(invocation: Invocation, task: (print: (line: string) => void) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  await task((line) => {
    lines.push(line);
    if (!invocation.output.json) invocation.output.line(line);
  });
  if (invocation.output.json) report(invocation.output, { steps: lines }, () => undefined);
}
