/** A question before something that cannot be taken back; without a terminal to ask at, the answer has to be in the command. */
import { createInterface } from "node:readline/promises";
import { MeshError } from "../../base/errors.ts";
import { visible } from "../../base/visible.ts";
import type { Output } from "./output.ts";

/** What is asked, and where. */
export interface Question {
  readonly output: Output;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly question: string;
}

/** Asks yes or no on the terminal; no is the default. Errors: ERR_USAGE when nobody can be asked, ERR_REJECTED on no. */
export async function confirm(question: Question): Promise<void> {
  const answer = await ask(question, "[y/N]");
  if (!/^y(es)?$/i.test(answer)) throw new MeshError("ERR_REJECTED", "nothing was changed", { hint: "answer y to go on" });
}

/** Asks for a text that nobody types by mistake. Errors: ERR_USAGE when nobody can be asked, ERR_REJECTED on another text. */
export async function confirmTyped({ answer: wanted, ...question }: Question & { readonly answer: string }): Promise<void> {
  const answer = await ask(question, `[${visible(wanted)}]`);
  if (answer !== wanted) throw new MeshError("ERR_REJECTED", "nothing was changed", { hint: `type ${wanted} to go on` });
}

async function ask({ output, input, question }: Question, choice: string): Promise<string> {
  if (input.isTTY !== true || !output.isTalkTerminal || output.json) {
    throw new MeshError("ERR_USAGE", "this cannot be taken back, and there is no terminal to ask at", { hint: "add --yes" });
  }
  const lines = createInterface({ input });
  try {
    output.sayRaw(`${visible(question)} ${choice} `);
    const answer = await Promise.race([lines.question(""), new Promise<string>((resolve) => lines.once("close", () => resolve("")))]);
    return answer.trim();
  } finally {
    lines.close();
  }
}
