import { fileURLToPath } from "node:url";

/** Where the sources lie, seen from what was built; templates and profiles are read there. */
export const connectorsFolder = fileURLToPath(new URL("../../connectors", import.meta.url));
export const schemasFolder = fileURLToPath(new URL("../../schemas", import.meta.url));
/** Where generated apps go. */
export const outputFolder = fileURLToPath(new URL("../../dist/connectors", import.meta.url));
