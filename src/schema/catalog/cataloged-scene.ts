/**
 * Scenes: several orders under one name ("movie night"). Entries of MMM_Automation, written by administration devices alone, read by hubs and by whoever
 * uses devices; the service cannot read them. Orders are of devices, as the resolver understood them when the scene was made. docs/extensions.md §22.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { StateValue } from "../device/state.ts";
import { LocalName } from "./cataloged-place.ts";

/** What one device is told. */
export interface SceneTarget {
  readonly DeviceUdf: string;
  readonly Arguments: readonly StateValue[];
}
export const SceneTarget: Struct<SceneTarget> = struct<SceneTarget>("SceneTarget", { DeviceUdf: string, Arguments: list(StateValue) });

/** One order to one or more devices. */
export interface SceneOrder {
  readonly Command: string;
  readonly Targets: readonly SceneTarget[];
}
export const SceneOrder: Struct<SceneOrder> = struct<SceneOrder>("SceneOrder", { Command: string, Targets: list(SceneTarget) });

/** A scene. Key: a random nonce. */
export interface CatalogedScene {
  readonly Key: string;
  readonly LocalName: string;
  /** What it is called as well, in other languages too. */
  readonly LocalNames?: readonly LocalName[];
  /** In this order, each judged by itself. */
  readonly Orders: readonly SceneOrder[];
  readonly Updated?: string;
}
export const CatalogedScene: Struct<CatalogedScene> = struct<CatalogedScene>("CatalogedScene", {
  Key: string,
  LocalName: string,
  LocalNames: optional(list(LocalName)),
  Orders: list(SceneOrder),
  Updated: optional(dateTime),
});

/** Scenes of an account; orders and devices of one. What is more is refused when it is made, and not read. */
export const mostScenes = 128;
export const mostSceneOrders = 16;
export const mostSceneTargets = 64;

/** True for a scene that has orders, and no more than one may have. */
export function isScene({ Orders }: Pick<CatalogedScene, "Orders">): boolean {
  const targets = Orders.reduce((sum, { Targets }) => sum + Targets.length, 0);
  return Orders.length <= mostSceneOrders && targets > 0 && targets <= mostSceneTargets;
}
