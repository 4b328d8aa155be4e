import { titleCase } from "../names.ts";
import { byPath } from "../output-fields.ts";
import { itemShape, type ZapierField, zapierItem } from "../zapier/zapier-item.ts";
import { type LintedApp, type Place, pngSize, type Rule } from "./rule.ts";

type Field = ZapierField & { dynamic?: string; choices?: unknown };
type Definition = {
  key: string;
  noun: string;
  display: { label: string; description: string; hidden?: boolean };
  operation: {
    type?: string;
    perform: unknown;
    performList?: unknown;
    performSubscribe?: unknown;
    performUnsubscribe?: unknown;
    inputFields?: Field[];
    outputFields?: ZapierField[];
    sample?: Record<string, unknown>;
  };
};

/** Every trigger that people see, with its file. */
function shown(app: LintedApp): { file: string; trigger: Definition }[] {
  return Object.values(app.load("triggers/index.js") as Record<string, Definition>)
    .filter(({ display }) => !display.hidden)
    .map((trigger) => ({ file: `triggers/${trigger.key}.js`, trigger }));
}

/** For rules about one trigger at a time. */
function each(check: (trigger: Definition, app: LintedApp) => (string | undefined | false)[]): Rule["find"] {
  return (app) =>
    shown(app).flatMap(({ file, trigger }): Place[] =>
      check(trigger, app)
        .filter((message): message is string => typeof message === "string")
        .map((message) => ({ file, message })),
    );
}

const triggerFile = ({ firstKey }: LintedApp): string => `triggers/${firstKey}.js`;
const sampleFile = ({ firstKey }: LintedApp): string => `samples/${firstKey}.json`;

export const zapierRules: Rule[] = [
  {
    id: "D003",
    rule: "Every trigger has a label of 2 to 64 characters and a noun",
    fix: "Give the event type a title, and its data too.",
    find: each(({ display, noun }) => [
      !(display.label?.length >= 2 && display.label.length <= 64) && `the label is ${JSON.stringify(display.label)}`,
      !(noun?.length >= 2) && `the noun is ${JSON.stringify(noun)}`,
    ]),
    breaks: (app) => app.edit(triggerFile(app), /noun: '[^']*'/, "noun: ''"),
  },
  {
    id: "D004",
    rule: "What takes an ID is a dropdown",
    fix: "Let the input be filled from the field-values endpoint.",
    find: each(({ key, operation }, { app }) => {
      const filters = app.triggers.find((trigger) => trigger.key === key)?.filters ?? [];
      return (operation.inputFields ?? []).map((field) => {
        const path = filters.find((filter) => filter.key === field.key)?.path ?? "";
        return /(\.id|_id)$/.test(path) && !field.dynamic && !field.choices && `${field.key} takes an id and is no dropdown`;
      });
    }),
    breaks: (app) => {
      const [file = ""] = app.files(/^triggers\/.*\.js$/).filter((path) => /dynamic: '/.test(app.text(path)));
      app.edit(file, /dynamic: '[^']*',/, "");
    },
  },
  {
    id: "D006",
    rule: "A REST hook has a performList for the editor",
    fix: "Generate the app again.",
    find: each(({ operation }) => [typeof operation.performList !== "function" && "performList is missing"]),
    breaks: (app) => app.edit(triggerFile(app), "performList:", "performLists:"),
  },
  {
    id: "D007",
    rule: "Every request goes over HTTPS",
    fix: "Generate the app with the https:// address of your server: --server https://…",
    find: (app) =>
      app.files(/\.js$/).flatMap((file) => {
        const [found] = /http:\/\/[^\s'"`]+/.exec(app.text(file)) ?? [];
        return found ? [{ file, message: `${found} is plain HTTP` }] : [];
      }),
    breaks: (app) => app.edit("lib/api.js", "https://", "http://"),
  },
  {
    id: "D010",
    rule: "Hooks are not deduplicated, so that every item's id is the event's own",
    fix: "Take the event's id as id; the record's has a name of its own.",
    find: each(({ key, operation }, { app }) => {
      const trigger = app.triggers.find((candidate) => candidate.key === key);
      const fields = operation.outputFields ?? [];
      return [
        trigger && operation.sample?.id !== trigger.sample.id && "id of the sample is not the event's",
        !fields.some((field) => field.key === "id" && field.primary) && "id is not the primary output field",
      ];
    }),
    breaks: (app) => app.edit(triggerFile(app), ", primary: true", ""),
  },
  {
    id: "D012",
    rule: "Every trigger has a sample with an id",
    fix: "Give the event type examples.",
    find: each(({ operation }) => [!operation.sample?.id && "there is no sample with an id"]),
    breaks: (app) => app.editJson(sampleFile(app), (sample) => delete sample.id),
  },
  {
    id: "D016",
    rule: "No static webhooks: a trigger subscribes by itself",
    fix: "Generate the app again.",
    find: each(({ operation }) => [
      operation.type !== "hook" && `the type is ${JSON.stringify(operation.type)}`,
      typeof operation.performSubscribe !== "function" && "performSubscribe is missing",
    ]),
    breaks: (app) => app.edit(triggerFile(app), "performSubscribe:", "performSubscribes:"),
  },
  {
    id: "D017",
    rule: "What subscribed is unsubscribed",
    fix: "Generate the app again.",
    find: each(({ operation }) => [typeof operation.performUnsubscribe !== "function" && "performUnsubscribe is missing"]),
    breaks: (app) => app.edit(triggerFile(app), "performUnsubscribe:", "performUnsubscribes:"),
  },
  {
    id: "D018",
    rule: "Labels are in title case",
    fix: "Write the event type's title in title case; fields' labels follow by themselves.",
    find: each(({ display, operation }) =>
      [display.label, ...[...(operation.inputFields ?? []), ...(operation.outputFields ?? [])].map(({ label }) => label)].map(
        (label) => label !== titleCase(label) && `${JSON.stringify(label)} would be ${JSON.stringify(titleCase(label))}`,
      ),
    ),
    breaks: (app) =>
      app.edit(triggerFile(app), /(display: \{\s*label: '\w+ )(\w)/, (_, before = "", letter = "") => before + letter.toLowerCase()),
  },
  {
    id: "D021",
    rule: 'Descriptions read "Triggers when … ." and have at most 1,000 characters',
    fix: "Write the event type's description that way.",
    find: each(({ display }) => [
      !(/^Triggers when [a-z].*[^.]\.$/.test(display.description) && display.description.length <= 1_000) &&
        `the description is ${JSON.stringify(display.description)}`,
    ]),
    breaks: (app) => app.edit(triggerFile(app), "Triggers when", "This triggers when"),
  },
  {
    id: "D023",
    rule: "Times in samples are ISO 8601 with an offset",
    fix: "Write the catalogue's example that way: 2026-04-05T14:30:00Z.",
    find: each(({ operation }) =>
      (operation.outputFields ?? [])
        .filter(({ type }) => type === "datetime")
        .map(({ key }) => {
          const value = at(operation.sample, key);
          return (
            typeof value === "string" &&
            !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(value) &&
            `${key} is ${JSON.stringify(value)}`
          );
        }),
    ),
    breaks: (app) => app.editJson(sampleFile(app), (sample) => (sample.timestamp = "05/04/2026 14:30")),
  },
  {
    id: "D024",
    rule: "Samples have the types that the output fields declare",
    fix: "Mend the example or the schema in the catalogue.",
    find: each(({ operation }) =>
      (operation.outputFields ?? []).map(({ key, type, list }) => {
        const value = at(operation.sample, key);
        if (value === undefined || value === null) return false;
        const actual = Array.isArray(value) ? "list" : Number.isInteger(value) && type === "integer" ? "integer" : typeof value;
        const wanted = list ? "list" : type === "datetime" ? "string" : type;
        return wanted !== undefined && actual !== wanted && `${key} is declared ${wanted} and is ${JSON.stringify(value)}`;
      }),
    ),
    breaks: (app) => app.editJson(sampleFile(app), (sample) => (sample.event = 7)),
  },
  {
    id: "T004",
    rule: "The static sample has no key that a live item may lack",
    fix: "Generate the app again; keys that are not required by the schema stay out of the sample.",
    find: each(({ key, operation }, { app }) => {
      const trigger = app.triggers.find((candidate) => candidate.key === key);
      if (!trigger) return [`the catalogue has no ${key}`];
      const live = new Set(Object.keys(zapierItem(trigger.sample, itemShape(trigger))));
      return Object.keys(operation.sample ?? {}).map((name) => !live.has(name) && `${name} is in the sample and not in every live item`);
    }),
    breaks: (app) => app.editJson(sampleFile(app), (sample) => (sample.only_here = 1)),
  },
  {
    id: "T006",
    rule: "What performList gives has the keys of what the hook brings",
    fix: "Let performList and perform shape their items by the same function.",
    find: each(({ operation }) => [
      !(/toItem\(/.test(String(operation.perform)) && /toItem\(/.test(String(operation.performList))) &&
        "perform and performList don't shape their items alike",
    ]),
    breaks: (app) => app.edit(triggerFile(app), /bodies\.map\(.*\)/, "bodies"),
  },
  {
    id: "M002",
    rule: 'The app is introduced as "<App> is a …" in 40 to 140 characters',
    fix: 'Begin the product\'s description with "A" or "An", and keep its first sentence short.',
    find: (app) => {
      const { name, tagline } = app.json("listing.json");
      const good =
        (tagline.startsWith(`${name} is a `) || tagline.startsWith(`${name} is an `)) && tagline.length >= 40 && tagline.length <= 140;
      return good ? [] : [{ file: "listing.json", message: `the tagline is ${JSON.stringify(tagline)}` }];
    },
    breaks: (app) => app.editJson("listing.json", (listing) => (listing.tagline = "The best app.")),
  },
  {
    id: "key",
    rule: "Keys are letters, digits and _, begin with a letter, and have at least 2 characters",
    fix: "Rename the event type.",
    find: each(({ key }) => [!/^[a-zA-Z]+[a-zA-Z0-9_]*$/.test(key) && `the key is ${JSON.stringify(key)}`]),
    breaks: (app) => app.edit(triggerFile(app), /key: '(\w+)',\n {2}noun/, "key: '1$1',\n  noun"),
  },
  {
    id: "fields",
    rule: "Every field of the event has a labelled output field",
    fix: "Generate the app again.",
    find: each(({ key, operation }, { app }) => {
      const trigger = app.triggers.find((candidate) => candidate.key === key);
      const count = (operation.outputFields ?? []).filter(({ label }) => label).length;
      const leaves = trigger ? [...byPath(trigger.fields).values()].filter(({ children }) => children.length === 0).length : 0;
      return [count < leaves && `${count} output fields with labels for ${leaves} fields`];
    }),
    breaks: (app) => app.edit(triggerFile(app), /\{ key: 'event', [^}]*\},/, ""),
  },
  {
    id: "icon",
    rule: "The icon is a square PNG of at least 256 pixels",
    fix: "Put such a file at icon.png.",
    find: (app) => {
      const size = app.has("icon.png") ? pngSize(app.bytes("icon.png")) : undefined;
      return size && size.width === size.height && size.width >= 256
        ? []
        : [{ file: "icon.png", message: size ? `it is ${size.width} by ${size.height}` : "it is missing or no PNG" }];
    },
    breaks: (app) => app.remove("icon.png"),
  },
];

function at(sample: Record<string, unknown> | undefined, key: string): unknown {
  return key.split("__").reduce<unknown>((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], sample);
}
