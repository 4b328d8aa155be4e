import { startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";

/** Runs the embedded store on a folder until it is killed; says when it can be reached. */
const { uri } = await startEmbeddedMongo(process.argv[2] as string);
process.send?.({ uri });
// Whoever started it is gone: nobody would end it.
process.on("disconnect", () => process.exit(0));
