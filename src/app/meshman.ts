#!/usr/bin/env node
/** meshman: the owner's command line. */
import { startProgram } from "./descriptors.ts";

await startProgram(() => import("./program/meshman.ts"));
