/**
 * One figure: what was measured, how often, its middle and its tail, and the bar it has to pass. Printed as a line of a table; with MESH_BENCH_FIGURES
 * set to a file they are kept there too, one JSON object a line, so that bench/run.ts can say at the end what was missed.
 */
import { appendFileSync } from "node:fs";

/** What a figure is compared with, taken in the same run. */
export type Better = "less" | "more";

/** A measured figure. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly runs: number;
  readonly median: number;
  readonly p95?: number;
  readonly p99?: number;
  /** Bars: the measured value must not be above (less) or below (more). */
  readonly bar?: { readonly better: Better; readonly median?: number; readonly p95?: number; readonly p99?: number };
  readonly note?: string;
}

/** The value at a share of the sorted samples (nearest rank). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error("no samples");
  return value;
}

/** A figure of samples. */
export function figureOf(name: string, unit: string, samples: readonly number[], options: Pick<Figure, "bar" | "note"> = {}): Figure {
  const median = quantile(samples, 0.5);
  return {
    name,
    unit,
    runs: samples.length,
    median,
    ...(samples.length >= 5 ? { p95: quantile(samples, 0.95) } : {}),
    ...(samples.length >= 50 ? { p99: quantile(samples, 0.99) } : {}),
    ...options,
  };
}

/** The bars that a figure does not pass, in words. */
export function missed({ bar, ...figure }: Figure): string[] {
  if (!bar) return [];
  return (["median", "p95", "p99"] as const).flatMap((part) => {
    const [least, value] = [bar[part], figure[part]];
    if (least === undefined || value === undefined) return [];
    const passes = bar.better === "less" ? value <= least : value >= least;
    return passes ? [] : [`${part} ${shown(value)} ${figure.unit}, bar ${shown(least)}`];
  });
}

/** A value in as many digits as it deserves. */
export function shown(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 1000 ? Math.round(value).toLocaleString("en").replaceAll(",", " ") : value.toPrecision(3);
}

function barOf({ bar }: Figure): string {
  if (!bar) return "";
  const sign = bar.better === "less" ? "≤" : "≥";
  return (["median", "p95", "p99"] as const).flatMap((part) => (bar[part] === undefined ? [] : [`${part} ${sign} ${shown(bar[part])}`])).join(", ");
}

const head = ["figure", "runs", "median", "p95", "p99", "bar", "", "note"];
/** Of the columns; a longer cell moves what follows. */
const widths = [72, 4, 18, 8, 8, 28, 6, 4];

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
}

function cellsOf(figure: Figure): string[] {
  return [
    figure.name,
    String(figure.runs),
    `${shown(figure.median)} ${figure.unit}`,
    shown(figure.p95),
    shown(figure.p99),
    barOf(figure),
    figure.bar ? (missed(figure).length === 0 ? "met" : "MISSED") : "",
    figure.note ?? "",
  ];
}

/** A Markdown table, ready for docs/figures.md, that grows by a line for each figure as it is measured: a bench that ends early leaves what it had. */
export function openTable(title: string): { add(...figures: readonly Figure[]): void } {
  process.stdout.write(`\n## ${title}\n\n${lineOf(head)}\n|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n`);
  const file = process.env.MESH_BENCH_FIGURES;
  return {
    add: (...figures) => {
      for (const figure of figures) {
        process.stdout.write(`${lineOf(cellsOf(figure))}\n`);
        if (file) appendFileSync(file, `${JSON.stringify({ title, ...figure })}\n`);
      }
    },
  };
}
