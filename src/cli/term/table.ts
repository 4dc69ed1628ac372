/**
 * Rows of data: aligned under a header on a terminal; on a pipe tabs, no header, nothing cut. A fingerprint is never cut: it is copied into other
 * commands, and half of one names nothing. A row that does not fit then is wider than the terminal.
 */

import stringWidth from "string-width";
import { greatest } from "../../base/list.ts";
import { visible } from "../../base/visible.ts";
import type { Output } from "./output.ts";

const gap = 2;
const narrowest = 8;
const graphemes = new Intl.Segmenter();

/** Columns that hold what is copied. */
const wholeColumns: ReadonlySet<string> = new Set(["udf"]);

/** Prints rows; `header` names the columns. */
export function printTable(output: Output, header: readonly string[], rows: readonly (readonly string[])[]): void {
  if (!output.isTerminal) {
    for (const row of rows) output.line(row.map((cell) => visible(cell)).join("\t"));
    return;
  }
  const cells = [header.map((name) => name.toUpperCase()), ...rows].map((row) => row.map((cell) => visible(cell)));
  const widths = fit(
    header.map((_, column) =>
      greatest(
        0,
        cells.map((row) => stringWidth(row[column] ?? "")),
      ),
    ),
    { columns: output.width, isWhole: header.map((name) => wholeColumns.has(name)) },
  );
  for (const row of cells) {
    output.line(
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  }
}

/** Prints `name  value` lines, aligned on a terminal; lines without a value are left out. */
export function printFields(output: Output, fields: readonly (readonly [name: string, value: string | undefined])[]): void {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = greatest(
    0,
    present.map(([name]) => stringWidth(name)),
  );
  for (const [name, value] of present)
    output.line(output.isTerminal ? `${pad(name, width)}${" ".repeat(gap)}${visible(value)}` : `${name}\t${visible(value)}`);
}

/** Takes from the widest column that may be cut until the row fits, but from none below what is still readable. */
function fit(widths: number[], { columns, isWhole }: { readonly columns: number | undefined; readonly isWhole: readonly boolean[] }): number[] {
  if (columns === undefined || columns === 0) return widths;
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, width) => sum + width, 0) + gap * (fitted.length - 1);
  while (total() > columns) {
    const most = greatest(
      Number.NEGATIVE_INFINITY,
      fitted.filter((_, column) => !isWhole[column]),
    );
    if (most <= narrowest) break;
    const widest = fitted.findIndex((width, column) => width === most && !isWhole[column]);
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}

function pad(text: string, width: number): string {
  if (stringWidth(text) <= width) return text + " ".repeat(width - stringWidth(text));
  let cut = "";
  let taken = 0;
  // Whole characters as people see them: half of a family of emoji is another family.
  for (const { segment } of graphemes.segment(text)) {
    const next = stringWidth(segment);
    if (taken + next > width - 1) break;
    cut += segment;
    taken += next;
  }
  return `${cut}…${" ".repeat(Math.max(0, width - 1 - taken))}`;
}
