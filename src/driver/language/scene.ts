/**
 * Scenes by their names: "movie night", "start movie night" (docs/design.md §8). What a scene means is what was understood when it was made; each of its
 * orders is given and judged like one that is said.
 */
import { editDistance } from "../../base/edit-distance.ts";
import type { SpokenOrder } from "./interpret.ts";
import type { NamedThing, NameIndex, Scene } from "./name-index.ts";
import { matchRow } from "./pattern.ts";
import { sayCommand } from "./reply.ts";
import type { Candidate } from "./resolve.ts";
import { keyTokens, looseKey, numbersIn } from "./text.ts";

/** The scenes that a sentence asks for. */
export function scenesMeant(tokens: readonly string[], index: NameIndex): readonly Scene[] {
  if (index.scenes.length === 0) return [];
  const { scenes: rows, language } = index.vocabulary;
  const named = rows
    .fitting(tokens)
    .flatMap(({ row }) => matchRow(row, tokens))
    .map(({ target = [] }) => target);
  // "Start movie night please now": a filler that is no part of the name.
  const isFilled = (target: readonly string[]): boolean => target.length > 1 && language.Fillers.includes(target.at(-1) ?? "");
  const keys = [...named, ...named.filter(isFilled).map((target) => target.slice(0, -1))].map((target) => keyTokens(target, language).join(" "));
  const exact = keys.flatMap((key) => index.scenesByKey.get(key) ?? []);
  const found = exact.length > 0 ? exact : keys.flatMap((key) => index.scenesByLooseKey.get(looseKey(key, language)) ?? []);
  return [...new Set(found)];
}

/** Scenes whose names look like what a sentence asks for, the likest first, and the words that it has for one. */
export function scenesAlike(tokens: readonly string[], index: NameIndex): { readonly phrase: readonly string[]; readonly scenes: readonly Scene[] } {
  const { scenes: rows, language } = index.vocabulary;
  let best: { readonly phrase: readonly string[]; readonly scenes: readonly Scene[]; readonly distance: number } | undefined;
  if (index.scenes.length > 0) {
    for (const { row } of rows.fitting(tokens)) {
      for (const { target: phrase = [] } of matchRow(row, tokens)) {
        const key = keyTokens(phrase, language).join(" ");
        const limit = Math.floor(key.length / 4);
        for (const [known, scenes] of key.length > 64 ? [] : index.scenesByKey) {
          if (numbersIn(known) !== numbersIn(key)) continue;
          const distance = editDistance(key, known, limit);
          if (distance <= limit && (best === undefined || distance < best.distance)) best = { phrase, scenes, distance };
        }
      }
    }
  }
  return best ?? { phrase: [], scenes: [] };
}

/** What a scene orders, in words too; of devices that the account has no more nothing is said. */
export function ordersOf({ orders }: Pick<Scene, "orders">, index: NameIndex): readonly SpokenOrder[] {
  return orders.map(({ command, targets }) => {
    const known = targets.flatMap(({ udf, arguments: args }): { thing: NamedThing; arguments: typeof args }[] => {
      const thing = index.things.find((candidate) => candidate.udf === udf);
      return thing === undefined ? [] : [{ thing, arguments: args }];
    });
    return { command, targets, spoken: sayCommand(command, known, index.vocabulary) };
  });
}

/** A scene as it is offered for choice. */
export function sceneCandidate({ key, name }: Scene): Candidate {
  return { udf: key, name, place: [], class: "scene" };
}
