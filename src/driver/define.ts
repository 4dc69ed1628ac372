/** Reads driver.json and refuses it with file, path and reason, and with the nearest key where one is unknown. */
import * as v from "valibot";
import { MeshError } from "../base/errors.ts";
import { checkDriver } from "./check-driver.ts";
import type { Driver } from "./driver-schema.ts";
import { driverSchema } from "./driver-schema.ts";
import { firstIssue } from "./schema-issue.ts";

/**
 * Driver of the text of a driver.json.
 * @param file named in errors
 * @throws ERR_DRIVER with file, path and reason
 */
export function parseDriver(json: string, file: string): Driver {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw refuse(file, "", "is not JSON", cause);
  }
  return defineDriver(data, file);
}

/** Driver of a value that may be one; errors as parseDriver. */
export function defineDriver(data: unknown, file: string): Driver {
  const result = v.safeParse(driverSchema, data);
  if (!result.success) {
    const { path, reason } = firstIssue(driverSchema, result.issues);
    throw refuse(file, path, reason);
  }
  const [issue] = checkDriver(result.output);
  if (issue !== undefined) throw refuse(file, issue.path, issue.reason);
  return result.output;
}

function refuse(file: string, path: string, reason: string, cause?: unknown): MeshError {
  return new MeshError("ERR_DRIVER", `${file}: ${path === "" ? "" : `${path}: `}${reason}`, { detail: { file, path }, cause });
}
