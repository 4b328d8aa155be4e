import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { Icon, type IconName, IconSprite } from "./icons.tsx";
import { zoneOffset } from "./times.tsx";
import { useViewer, type Viewer, ViewerContext } from "./viewer.ts";

type HeadProps = { title: string; owner?: string; brand?: string | undefined; script?: boolean };

function Head({ title, owner = "Hookline", brand, script = false }: HeadProps) {
  return (
    <head>
      <meta charSet="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>{`${title} · ${owner}`}</title>
      <link rel="stylesheet" href="/assets/style.css" />
      {brand && <link rel="stylesheet" href={`/assets/brand/${brand}.css`} />}
      {script && <script src="/assets/page.js" defer />}
    </head>
  );
}

/** The frame of the pages before and beside Settings. Preact escapes texts and attributes; nothing is ever put in as HTML. */
export function Layout({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <html lang="en">
      <Head title={title} />
      <body>
        <main class="narrow">{children}</main>
      </body>
    </html>
  );
}

export type Section = "webhooks" | "deliveries" | "events" | "why" | "apps" | "catalogue" | "keys" | "people" | "audit";

const sections: { id: Section; label: string; href: string; icon: IconName; admins?: boolean; group: string }[] = [
  { id: "webhooks", label: "Webhooks", href: "/settings/webhooks", icon: "webhook", group: "Integrations" },
  { id: "deliveries", label: "Deliveries", href: "/settings/deliveries", icon: "list", group: "Integrations" },
  { id: "events", label: "Events", href: "/settings/events", icon: "bolt", group: "Integrations" },
  { id: "apps", label: "Connected apps", href: "/settings/apps", icon: "grid", group: "Integrations" },
  { id: "catalogue", label: "Sample data", href: "/settings/catalogue", icon: "flask", group: "Integrations" },
  { id: "why", label: "Why didn’t it fire?", href: "/settings/why", icon: "help", group: "Integrations" },
  { id: "keys", label: "API keys", href: "/settings/keys", icon: "key", admins: true, group: "Company" },
  { id: "people", label: "People", href: "/settings/people", icon: "people", group: "Company" },
  { id: "audit", label: "Audit log", href: "/settings/audit", icon: "log", admins: true, group: "Company" },
];

/** The frame of Settings: the product's bar, the list of sections, the page. */
export function Settings({
  viewer,
  title,
  section,
  children,
}: {
  viewer: Viewer;
  title: string;
  section: Section;
  children: ComponentChildren;
}) {
  const shown = sections.filter(({ admins }) => !admins || viewer.admin);
  return (
    <ViewerContext.Provider value={viewer}>
      <html lang="en" class={viewer.embedded ? "embedded" : ""}>
        <Head title={title} owner={viewer.product.name} brand={viewer.product.brand ? viewer.product.id : undefined} script />
        <body data-now={viewer.now.toISOString()} data-version={viewer.version}>
          <IconSprite />
          <a class="skip" href="#main">
            Skip to content
          </a>
          {!viewer.embedded && <Bar />}
          <div class="shell">
            <nav class="side" aria-label="Settings">
              {["Integrations", "Company"].map((group) => (
                <section key={group}>
                  <h2>{group}</h2>
                  <ul>
                    {shown
                      .filter((entry) => entry.group === group)
                      .map(({ id, label, href, icon }) => (
                        <li key={id}>
                          <a href={href} aria-current={id === section ? "page" : undefined}>
                            <Icon name={icon} />
                            {label}
                          </a>
                        </li>
                      ))}
                  </ul>
                </section>
              ))}
            </nav>
            <main id="main" tabIndex={-1}>
              <div id="said" role="status" aria-live="polite">
                {viewer.flash && <p class={`notice ${viewer.flash.kind}`}>{viewer.flash.text}</p>}
              </div>
              {children}
              <TimeZone />
            </main>
          </div>
        </body>
      </html>
    </ViewerContext.Provider>
  );
}

function Bar() {
  const { product, company, people, user } = useViewer();
  const initials = user.name
    .split(/\s+/)
    .map((part) => part.charAt(0))
    .join("")
    .slice(0, 2)
    .toUpperCase();
  return (
    <header class="bar">
      <span class="product">
        <span class="mark" aria-hidden="true">
          {product.name.charAt(0)}
        </span>
        <strong>{product.name}</strong>
        <span class="slash" aria-hidden="true">
          /
        </span>
        <span>Settings</span>
      </span>
      <details class="menu who">
        <summary>
          <span class="company">{company.name}</span>
          <span class="visually-hidden">, signed in as {user.name}</span>
          <span class="initials" aria-hidden="true">
            {initials}
          </span>
        </summary>
        <div class="menu-items">
          <p class="small">
            {user.name} · {user.email}
            <br />
            {user.role === "admin" ? "Admin" : "Member"} of {company.name}
          </p>
          {people
            .filter(({ company: { _id } }) => _id !== company._id)
            .map((person) => (
              <Form action="/settings/company" key={person.user._id} as={person.user._id}>
                <button type="submit" class="item">
                  Switch to {person.company.name}
                </button>
              </Form>
            ))}
          <Form action="/sign-out">
            <button type="submit" class="item" name="everywhere" value="">
              Sign out
            </button>
            <button type="submit" class="item" name="everywhere" value="yes">
              Sign out everywhere
            </button>
          </Form>
        </div>
      </details>
    </header>
  );
}

function TimeZone() {
  const { zone, now } = useViewer();
  return (
    <footer class="small">
      Times are in <strong>{zone}</strong> ({zoneOffset(zone, now)}). <a href="/settings/time-zone">Change</a>
    </footer>
  );
}

export function renderPage(page: Parameters<typeof renderToString>[0]): string {
  return `<!doctype html>${renderToString(page)}`;
}

export function Csrf({ token }: { token: string }) {
  return <input type="hidden" name="csrf" value={token} />;
}

/** A form of a page in Settings: of this session, and for the company that the page shows, whatever other tabs do. */
export function Form({
  action,
  children,
  as,
  ...rest
}: {
  action: string;
  children: ComponentChildren;
  as?: string;
  class?: string;
  id?: string;
  "data-live-form"?: string;
}) {
  const { csrf, user } = useViewer();
  return (
    <form method="post" action={action} {...rest}>
      <Csrf token={csrf} />
      <input type="hidden" name="as" value={as ?? user._id} />
      {children}
    </form>
  );
}

export function PageTitle({ title, lead, children }: { title: string; lead?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="title">
      <div>
        <h1>{title}</h1>
        {lead && <p class="quiet">{lead}</p>}
      </div>
      {children && <div class="title-actions">{children}</div>}
    </div>
  );
}
