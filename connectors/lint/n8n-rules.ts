import { type LintedApp, type Rule, when } from "./rule.ts";

const packageFile = "package.json";

function nodeFile(app: LintedApp): string {
  return app.files(/Trigger\.node\.ts$/)[0] ?? "";
}

function credentialFile(app: LintedApp): string {
  return app.files(/\.credentials\.ts$/)[0] ?? "";
}

/** Sources that are published. */
function sources(app: LintedApp): string[] {
  return app.files(/^(nodes|credentials)\/.*\.ts$/);
}

/** n8n's rules for verified community nodes. n8n's own lint runs beside these, with `npm run connectors:prove`. */
export const n8nRules: Rule[] = [
  {
    id: "package-name",
    rule: "The package is called n8n-nodes-… and has the keyword n8n-community-node-package",
    fix: "Generate the app again.",
    find: (app) => {
      const { name, keywords } = app.json(packageFile);
      return [
        ...when(!/^n8n-nodes-[a-z0-9-]+$/.test(name), packageFile, `the name is ${JSON.stringify(name)}`),
        ...when(!keywords?.includes("n8n-community-node-package"), packageFile, "the keyword is missing"),
      ];
    },
    breaks: (app) => app.editJson(packageFile, (content) => (content.keywords = [])),
  },
  {
    id: "license",
    rule: "The licence is MIT, and the file is there",
    fix: "Generate the app again.",
    find: (app) =>
      when(app.json(packageFile).license !== "MIT" || !app.has("LICENSE"), packageFile, "it is not MIT, or LICENSE is missing"),
    breaks: (app) => app.remove("LICENSE"),
  },
  {
    id: "no-dependencies",
    rule: "There are no runtime dependencies, overrides or bundled packages",
    fix: "Use what n8n-workflow and Node have.",
    find: (app) => {
      const content = app.json(packageFile);
      const found = ["dependencies", "optionalDependencies", "bundledDependencies", "overrides"].filter(
        (key) => content[key] && Object.keys(content[key]).length > 0,
      );
      const peers = Object.keys(content.peerDependencies ?? {}).join();
      return [
        ...found.map((key) => ({ file: packageFile, message: `it has ${key}` })),
        ...when(peers !== "n8n-workflow", packageFile, `its peers are ${peers}`),
      ];
    },
    breaks: (app) => app.editJson(packageFile, (content) => (content.dependencies = { axios: "^1.0.0" })),
  },
  {
    id: "no-lifecycle-scripts",
    rule: "Nothing runs when the package is installed",
    fix: "Take the script out.",
    find: (app) =>
      Object.keys(app.json(packageFile).scripts ?? {})
        .filter((name) => /^(pre|post)?(install|prepare|publish|pack)$|^prepublishOnly$/.test(name))
        .map((name) => ({ file: packageFile, message: `it has a script ${name}` })),
    breaks: (app) => app.editJson(packageFile, (content) => (content.scripts.postinstall = "node x.js")),
  },
  {
    id: "registered",
    rule: "package.json names exactly the compiled node and credential, and publishes dist alone",
    fix: "Generate the app again.",
    find: (app) => {
      const { n8n, files } = app.json(packageFile);
      const wanted = [nodeFile(app), credentialFile(app)].map((file) => `dist/${file.replace(/\.ts$/, ".js")}`);
      return when(
        JSON.stringify([...n8n.nodes, ...n8n.credentials]) !== JSON.stringify(wanted) || files?.join() !== "dist" || n8n.strict !== true,
        packageFile,
        `n8n names ${[...n8n.nodes, ...n8n.credentials].join(", ")} and files ${files}`,
      );
    },
    breaks: (app) => app.editJson(packageFile, (content) => (content.n8n.nodes = [])),
  },
  {
    id: "provenance",
    rule: "A GitHub workflow publishes with provenance",
    fix: "Generate the app again.",
    find: (app) => {
      const file = ".github/workflows/publish.yml";
      const text = app.has(file) ? app.text(file) : "";
      return when(
        !(text.includes("--provenance") && text.includes("id-token: write")),
        file,
        "it is missing or publishes without provenance",
      );
    },
    breaks: (app) => app.edit(".github/workflows/publish.yml", "--provenance ", ""),
  },
  {
    id: "icons",
    rule: "Node and credential have icons for light and dark, which differ",
    fix: "Put two SVG files beside the node.",
    find: (app) => {
      const icons = app.files(/^nodes\/.*\.svg$/);
      const named = [nodeFile(app), credentialFile(app)].flatMap((file) => {
        const names = [...app.text(file).matchAll(/'file:(?:[^']*\/)?([\w.-]+\.svg)'/g)].map(([, name]) => name);
        return when(
          names.length !== 2 || names.some((name) => !icons.some((icon) => icon.endsWith(`/${name}`))),
          file,
          "its icons are not there",
        );
      });
      const same = icons.length !== 2 || app.text(icons[0] ?? "") === app.text(icons[1] ?? "");
      return [...named, ...when(same, icons[0] ?? "nodes", "light and dark are the same or missing")];
    },
    breaks: (app) => app.remove(app.files(/\.dark\.svg$/)[0] ?? ""),
  },
  {
    id: "webhook-lifecycle",
    rule: "The trigger has checkExists, create and delete",
    fix: "Generate the app again.",
    find: (app) =>
      ["checkExists", "create", "delete"]
        .filter((method) => !new RegExp(`async ${method}\\(this: IHookFunctions\\)`).test(app.text(nodeFile(app))))
        .map((method) => ({ file: nodeFile(app), message: `${method} is missing` })),
    breaks: (app) => app.edit(nodeFile(app), "async checkExists(", "async check("),
  },
  {
    id: "signature",
    rule: "Requests are verified over the raw body",
    fix: "Generate the app again.",
    find: (app) =>
      when(
        !/isSigned\(this\.getHeaderData\(\), rawBody/.test(app.text(nodeFile(app))),
        nodeFile(app),
        "webhook() doesn't check the signature",
      ),
    breaks: (app) => app.edit(nodeFile(app), "isSigned(this.getHeaderData(), rawBody", "isSigned(this.getHeaderData(), undefined"),
  },
  {
    id: "restricted",
    rule: "No file system, environment, timers or child processes",
    fix: "Do without; n8n Cloud doesn't allow it.",
    find: (app) =>
      sources(app).flatMap((file) => {
        const [found] =
          /\b(process|globalThis|setTimeout|setInterval|setImmediate|__dirname|__filename|eval)\b(?=[.(])|from '(fs|child_process|os|net|http|https|path)'/.exec(
            app.text(file),
          ) ?? [];
        return when(found !== undefined, file, `it uses ${found}`);
      }),
    breaks: (app) => app.edit(sources(app)[0] ?? "", /$/, "export const leak = process.env;\n"),
  },
  {
    id: "credential",
    rule: "The credential is OAuth 2, registers itself, hides what people needn't see, and has a test",
    fix: "Generate the app again.",
    find: (app) => {
      const file = credentialFile(app);
      const text = app.text(file);
      return [
        ...when(!/extends = \['oAuth2Api'\]/.test(text), file, "it doesn't extend oAuth2Api"),
        ...when(!/useDynamicClientRegistration',\s*type: 'hidden',\s*default: true/.test(text), file, "it doesn't register itself"),
        ...when(!/test: ICredentialTestRequest/.test(text), file, "it has no test"),
      ];
    },
    breaks: (app) => app.edit(credentialFile(app), "default: true", "default: false"),
  },
  {
    id: "https",
    rule: "Everything goes to one HTTPS address of the product's own",
    fix: "Generate the app with the https:// address of your server: --server https://…",
    find: (app) => sources(app).flatMap((file) => when(/http:\/\//.test(app.text(file)), file, "it has an address that is plain HTTP")),
    breaks: (app) => app.edit(credentialFile(app), "https://", "http://"),
  },
  {
    id: "events",
    rule: "The trigger offers every event type of the catalogue",
    fix: "Generate the app again.",
    find: (app) => {
      const file = app.files(/\/events\.ts$/)[0] ?? "";
      return app.app.triggers
        .filter(({ type }) => !app.text(file).includes(`value: '${type}'`))
        .map(({ type }) => ({ file, message: `${type} is missing` }));
    },
    breaks: (app) => app.edit(app.files(/\/events\.ts$/)[0] ?? "", /value: '[^']+'/, "value: 'other'"),
  },
  {
    id: "readme",
    rule: "The README tells how to install, connect and use it, and with which n8n",
    fix: "Generate the app again.",
    find: (app) =>
      ["Installation", "Events", "Credentials", "Compatibility", "Resources"]
        .filter((heading) => !app.has("README.md") || !app.text("README.md").includes(`## ${heading}`))
        .map((heading) => ({ file: "README.md", message: `"${heading}" is missing` })),
    breaks: (app) => app.edit("README.md", "## Compatibility", "## Versions"),
  },
];
