/** Two builds measured in turns: for each figure both medians over the rounds, and how they stand to each other. */
import { existsSync, readFileSync } from "node:fs";
import { type Figure, quantile, shown } from "./figure.ts";

/** The figures that benches have written, in their order. */
export function readFigures(file: string): (Figure & { readonly title: string })[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Figure & { readonly title: string });
}

/** Titles end with the machine they were taken on, which changes with its load. */
const keyOf = ({ title, name }: Figure & { readonly title: string }): string => `${title.replace(/ \(.*/, "")}: ${name}`;

function medians(figures: readonly (Figure & { readonly title: string })[]): Map<string, { readonly unit: string; readonly values: number[] }> {
  const found = new Map<string, { readonly unit: string; readonly values: number[] }>();
  for (const figure of figures) {
    const known = found.get(keyOf(figure)) ?? { unit: figure.unit, values: [] };
    found.set(keyOf(figure), known);
    known.values.push(figure.median);
  }
  return found;
}

/** Prints a row for each figure that both builds have. */
export function compare(
  ours: readonly (Figure & { readonly title: string })[],
  theirs: readonly (Figure & { readonly title: string })[],
  name: string,
): void {
  const before = medians(theirs);
  process.stdout.write(`\n## This build against ${name}, in turns: medians over the rounds\n\n`);
  process.stdout.write("| figure | rounds | this build | before | ratio |\n|---|---|---|---|---|\n");
  for (const [key, { unit, values }] of medians(ours)) {
    const known = before.get(key);
    if (!known) continue;
    const [now, then] = [quantile(values, 0.5), quantile(known.values, 0.5)];
    const ratio = then === 0 ? "" : (now / then).toFixed(2);
    process.stdout.write(`| ${key} | ${values.length} | ${shown(now)} ${unit} | ${shown(then)} ${unit} | ${ratio} |\n`);
  }
}
