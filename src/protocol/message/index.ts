/** Every request and response of the Mesh service protocol. */
export * from "./bind.ts";
export * from "./claim.ts";
export * from "./connect.ts";
export * from "./container.ts";
export * from "./download.ts";
export * from "./generate-context.ts";
export * from "./hello.ts";
export * from "./operate.ts";
export * from "./operation.ts";
export * from "./purge.ts";
export * from "./response.ts";
export * from "./stage.ts";
export * from "./status.ts";
export * from "./transact.ts";
