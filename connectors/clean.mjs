import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

// Empties dist before a build, so that no deleted file is tested or shipped. The apps that `npm run connectors` wrote there
// (each has a listing.json) are somebody's work and stay.
const list = (folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []);
const built = list("dist").filter((path) => path !== join("dist", "connectors"));
const compiled = list(join("dist", "connectors")).filter((path) => !existsSync(join(path, "listing.json")));
for (const path of [...built, ...compiled]) rmSync(path, { recursive: true, force: true });
