/** The OpenAPI document of what a hub serves over the web: made from the table of operations and their shapes, so that it cannot say anything else. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { errorBody, operations } from "../../src/api/index.ts";

type Schema = v.GenericSchema;

const streams: Readonly<Record<string, string>> = { "/v1/onboard": "application/x-ndjson", "/v1/events": "text/event-stream" };

/** Requests are what is taken, answers what is given; JSON has no infinite numbers, and what a pattern says in words has no place in a schema. */
function schemaOf(schema: Schema, typeMode: "input" | "output"): object {
  const { $schema: _, ...rest } = toJsonSchema(schema as never, { typeMode, ignoreActions: ["finite"] });
  return rest;
}

/** The document, as docs/openapi.json holds it. */
export function openApi(): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, operation] of Object.entries(operations)) {
    if (operation.right === "machine") continue;
    const { method, path, about, right, response } = operation;
    const isOpen = operationId === "signIn";
    const type = streams[path] ?? "application/json";
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        operationId,
        summary: about,
        description: right === "sign-in" ? "For the page." : `Takes the right \`${right}\`.`,
        ...(isOpen ? { security: [] } : {}),
        ...("request" in operation
          ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(operation.request, "input") } } } }
          : {}),
        responses: {
          200: { description: "done", content: { [type]: { schema: schemaOf(response, "output") } } },
          default: {
            description: "the status is that of the error's code (docs/errors.md)",
            content: { "application/json": { schema: { $ref: "#/components/schemas/error" } } },
          },
        },
      },
    };
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Mesh Hub",
      version: "v1",
      description: "What a hub serves when `web.enabled` is true. Streams give one object a line, or one an event.",
    },
    security: [{ token: [] }, { page: [] }],
    paths,
    components: {
      schemas: { error: schemaOf(errorBody, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token of `mesh-hub token add`." },
        page: { type: "apiKey", in: "cookie", name: "mesh_session", description: "The page's own, set by the link of `mesh-hub open`." },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
