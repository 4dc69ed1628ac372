#!/usr/bin/env node
/** mesh-hub: the home hub and its commands. */
import { startProgram } from "./descriptors.ts";

await startProgram(() => import("./program/mesh-hub.ts"));
