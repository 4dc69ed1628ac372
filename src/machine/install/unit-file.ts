/** Unit files of the package made to fit one machine: where the program lies, and what the sandbox must let through to reach it. */
import { dirname } from "node:path";
import { MeshError } from "../../base/errors.ts";

/** The services that the package can install; the owner's comes with a household in one box. */
export type ServiceName = "mesh-hub" | "mesh-service" | "mesh-owner";

/** Where the program lies, absolute paths, and which version it is. */
export interface ProgramPlace {
  readonly node: string;
  readonly packageRoot: string;
  readonly version: string;
}

/**
 * Fills in the command of a unit file, and the version, which systemd ignores: so another version changes the unit, and what runs is restarted.
 * A package or a Node in a home directory is bound into the sandbox, which hides homes otherwise.
 * Errors: ERR_USAGE when the package lies in a temporary directory, which the service would not see.
 */
export function fitUnit(template: string, place: ProgramPlace): string {
  const homes = [place.packageRoot, dirname(dirname(place.node))].filter(isInHome);
  if (/^\/(var\/)?tmp\//.test(`${place.packageRoot}/`)) {
    throw new MeshError("ERR_USAGE", `the package lies in ${place.packageRoot}, which a service cannot see`, {
      hint: "install it with 'sudo npm install --global', or move it out of the temporary directory",
    });
  }
  const unit = template.replace(/^ExecStart=\/usr\/bin\/env (mesh[a-z-]*)/m, (_, program: string) => {
    return `ExecStart=${quote(place.node)} ${quote(`${place.packageRoot}/dist/src/app/${program}.js`)}`;
  });
  const versioned = unit.replace(/^\[Unit\]$/m, () => `[Unit]\nX-MeshHubVersion=${place.version}`);
  if (homes.length === 0) return versioned;
  return versioned.replace(/^ProtectHome=yes$/m, () => ["ProtectHome=tmpfs", ...homes.map((path) => `BindReadOnlyPaths=${quote(path)}`)].join("\n"));
}

/** Whether program or Node lie in a home directory, which other users cannot read. */
export function liesInHome({ packageRoot, node }: ProgramPlace): boolean {
  return [packageRoot, node].some(isInHome);
}

function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(`${path}/`);
}

/** A path as systemd.syntax(7) wants it; `%` starts a specifier, `$` a variable. */
function quote(path: string): string {
  const escaped = path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./@%+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
