import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/store.ts";

const clean = fileURLToPath(new URL("../../../connectors/clean.mjs", import.meta.url));

it("a build empties dist and leaves the generated connector apps there", () => {
  const folder = temporaryFolder();
  try {
    const gone = [
      "dist/server/main.js",
      "dist/connectors/names.js",
      "dist/connectors/zapier/zapier-item.js",
      "dist/connectors/proved/x/index.js",
    ];
    const kept = ["dist/connectors/zapier-tesoro/listing.json", "dist/connectors/zapier-tesoro/triggers/deal_won.js"];
    for (const file of [...gone, ...kept]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "");
    }
    execFileSync(process.execPath, [clean], { cwd: folder });
    for (const file of gone) assert.ok(!existsSync(join(folder, file)), file);
    for (const file of kept) assert.ok(existsSync(join(folder, file)), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
