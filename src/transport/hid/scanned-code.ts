/** What stands in a scanned text: the code of a device, which is a secret that no message repeats, or something else, which is refused by its kind. */
import { createHash } from "node:crypto";
import { MeshError } from "../../base/errors.ts";
import { parseConnectUri, unwrapConnectUri } from "../../crypto/index.ts";

/** What tells codes apart without keeping them. */
export function digestOf(uri: string): string {
  return createHash("sha256").update(uri).digest("hex");
}

/** The code in a scanned text. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED. */
export function deviceUri(text: string): string {
  const uri = unwrapConnectUri(text.trim());
  if (uri === undefined) {
    throw new MeshError("ERR_CODE_KIND", `what was scanned (${[...text].length} characters) is not the code of a device`, {
      hint: "scan the code that starts with mcu://; a part of one does not count",
    });
  }
  if (parseConnectUri(uri).kind !== "earl") {
    throw new MeshError("ERR_CODE_KIND", "what was scanned is a PIN that connects a computer to an account, not the code of a device");
  }
  return uri;
}
