/** A question before something that cannot be taken back; without a terminal to ask at, the answer has to be in the command. */
import { createInterface } from "node:readline/promises";
import { MeshError } from "../../base/errors.ts";
import { visible } from "../../base/visible.ts";
import type { Output } from "./output.ts";

/** Asks yes or no on the terminal; no is the default. Errors: ERR_USAGE when nobody can be asked, ERR_REJECTED on no. */
export async function confirm(options: {
  readonly output: Output;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly question: string;
}): Promise<void> {
  const { output, input, question } = options;
  if (input.isTTY !== true || !output.isTalkTerminal || output.json) {
    throw new MeshError("ERR_USAGE", "this cannot be taken back, and there is no terminal to ask at", { hint: "add --yes" });
  }
  const lines = createInterface({ input });
  try {
    output.sayRaw(`${visible(question)} [y/N] `);
    const answer = await Promise.race([lines.question(""), new Promise<string>((resolve) => lines.once("close", () => resolve("")))]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new MeshError("ERR_REJECTED", "nothing was changed", { hint: "answer y to go on" });
  } finally {
    lines.close();
  }
}
