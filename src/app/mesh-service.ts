#!/usr/bin/env node
/** mesh-service: a Mesh Service Provider as a process. */
import { startProgram } from "./descriptors.ts";

await startProgram(() => import("./program/mesh-service.ts"));
