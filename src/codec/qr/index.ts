/** QR codes and the PNG pictures they come in. */
export * from "./qr-code.ts";
