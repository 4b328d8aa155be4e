import { titleCase } from "../names.ts";
import { sourceName } from "../pipedream/generate-pipedream.ts";
import { type LintedApp, type Place, pngSize, type Rule, when } from "./rule.ts";

const triggerFiles = (app: LintedApp): string[] => app.files(/^src\/lib\/triggers\/.*\.ts$/);
const sourceFiles = (app: LintedApp): string[] => app.files(/^sources\/(?!common\/).*-instant\.mjs$/);

function plainHttp(app: LintedApp, pattern: RegExp): Place[] {
  return app.files(pattern).flatMap((file) => when(/http:\/\//.test(app.text(file)), file, "it has an address that is plain HTTP"));
}

const useHttps = "Generate the app with the https:// address of your server: --server https://…";

/** What Activepieces asks of a piece. */
export const activepiecesRules: Rule[] = [
  {
    id: "triggers",
    rule: "Every event type is a trigger of the piece",
    fix: "Generate the app again.",
    find: (app) =>
      app.app.triggers.flatMap(({ type, key }) =>
        when(
          !triggerFiles(app).some((file) => app.text(file).includes(`event: '${type}',`)) || !app.text("src/index.ts").includes("triggers"),
          "src/index.ts",
          `${key} is missing`,
        ),
      ),
    breaks: (app) => app.remove(triggerFiles(app)[0] ?? ""),
  },
  {
    id: "test",
    rule: "Triggers can be tested by samples; without, people would have to make an event happen",
    fix: "Generate the app again.",
    find: (app) =>
      when(!/async test\(/.test(app.text("src/lib/common/hook-trigger.ts")), "src/lib/common/hook-trigger.ts", "there is no test"),
    breaks: (app) => app.edit("src/lib/common/hook-trigger.ts", "async test(", "async tests("),
  },
  {
    id: "shown",
    rule: "Every trigger has a title-case name, a description, sample data and an output schema",
    fix: "Give the event type a title, a description and examples.",
    find: (app) =>
      triggerFiles(app).flatMap((file) => {
        const text = app.text(file);
        const [, name = ""] = /displayName: '([^']+)'/.exec(text) ?? [];
        return [
          ...when(name === "" || name !== titleCase(name), file, `displayName is ${JSON.stringify(name)}`),
          ...when(!/description:\s*'[^']+\.'/.test(text), file, "the description is no sentence"),
          ...when(!/sampleData: \{\s*id:/.test(text), file, "it has no sample data"),
          ...when(!/outputSchema: \{\s*fields: \[/.test(text), file, "it has no output schema"),
        ];
      }),
    breaks: (app) => app.edit(triggerFiles(app)[0] ?? "", "sampleData:", "sample:"),
  },
  {
    id: "logo",
    rule: "The logo is a square PNG of at least 256 pixels",
    fix: "Put such a file at assets/logo.png.",
    find: (app) => {
      const size = app.has("assets/logo.png") ? pngSize(app.bytes("assets/logo.png")) : undefined;
      return when(!size || size.width !== size.height || size.width < 256, "assets/logo.png", "it is missing or of another size");
    },
    breaks: (app) => app.remove("assets/logo.png"),
  },
  {
    id: "https",
    rule: "Everything goes over HTTPS",
    fix: useHttps,
    find: (app) => plainHttp(app, /\.ts$/),
    breaks: (app) => app.edit("src/lib/common/api.ts", "https://", "http://"),
  },
];

/** What Pipedream's guidelines ask of sources. */
export const pipedreamRules: Rule[] = [
  {
    id: "sources",
    rule: "Every event type is a source in a folder of its own, with a key of app and name",
    fix: "Generate the app again.",
    find: (app) =>
      app.app.triggers.flatMap((trigger) => {
        const name = sourceName(trigger);
        const file = `sources/${name}/${name}.mjs`;
        return when(
          !app.has(file) || !app.text(file).includes(`key: "${app.app.product.id}-${name}"`),
          file,
          "it is missing or has another key",
        );
      }),
    breaks: (app) => app.edit(sourceFiles(app)[0] ?? "", /key: "/, 'key: "x-'),
  },
  {
    id: "shown",
    rule: 'Names are in title case, begin with "New" and end in "(Instant)"; descriptions begin "Emit new event" and link the documentation',
    fix: 'Write the event type\'s description as "Triggers when … ."',
    find: (app) =>
      sourceFiles(app).flatMap((file) => {
        const text = app.text(file);
        const [, name = ""] = /\bname: "([^"]+)"/.exec(text) ?? [];
        return [
          ...when(
            !name.startsWith("New ") || !name.endsWith("(Instant)") || name !== titleCase(name),
            file,
            `the name is ${JSON.stringify(name)}`,
          ),
          ...when(
            !/description:\s*"Emit new event .*\[See the documentation\]\(https:/.test(text),
            file,
            "the description is of another form",
          ),
        ];
      }),
    breaks: (app) => app.edit(sourceFiles(app)[0] ?? "", "Emit new event", "Emits"),
  },
  {
    id: "dedupe",
    rule: "Sources dedupe by the event's id, never the record's",
    fix: "Generate the app again.",
    find: (app) => [
      ...sourceFiles(app).flatMap((file) => when(!app.text(file).includes('dedupe: "unique"'), file, "it doesn't dedupe")),
      ...when(
        !/\$emit\(body, \{\s*id: body\.id,/.test(app.text("sources/common/webhook.mjs")),
        "sources/common/webhook.mjs",
        "it doesn't emit the event's id",
      ),
    ],
    breaks: (app) => app.edit("sources/common/webhook.mjs", "id: body.id", "id: body.data.id"),
  },
  {
    id: "hooks",
    rule: "Sources show what happened before (at most 25 events), subscribe and unsubscribe",
    fix: "Generate the app again.",
    find: (app) => {
      const file = "sources/common/webhook.mjs";
      const text = app.text(file);
      return [
        ...["deploy", "activate", "deactivate"].flatMap((hook) => when(!text.includes(`async ${hook}()`), file, `${hook} is missing`)),
        ...when(Number(/mostHistorical = (\d+)/.exec(text)?.[1] ?? 99) > 25, file, "it shows more than 25"),
      ];
    },
    breaks: (app) => app.edit("sources/common/webhook.mjs", "async deactivate()", "async stop()"),
  },
  {
    id: "sample",
    rule: "Every source has a sample event",
    fix: "Give the event type examples.",
    find: (app) =>
      sourceFiles(app).flatMap((file) =>
        when(!app.text(file).includes("sampleEmit") || !app.has(file.replace(/[^/]+$/, "test-event.mjs")), file, "it has none"),
      ),
    breaks: (app) => app.remove(app.files(/test-event\.mjs$/)[0] ?? ""),
  },
  {
    id: "https",
    rule: "Everything goes over HTTPS",
    fix: useHttps,
    find: (app) => plainHttp(app, /\.mjs$/),
    breaks: (app) => app.edit(`${app.app.product.id}.app.mjs`, "https://", "http://"),
  },
];
