import type { ComponentChildren } from "preact";
import { IconSprite } from "../shell/icons.tsx";
import { Csrf } from "../shell/layout.tsx";

export type OperatorFrame = { csrf: string; section: "health" | "apps" | "companies"; said: string | undefined };

const sections = [
  { id: "health", label: "Health", href: "/operator" },
  { id: "apps", label: "Apps", href: "/operator/apps" },
  { id: "companies", label: "Companies", href: "/operator/companies" },
] as const;

/** The frame of the operator's pages. They belong to no company and no product; times are in UTC. */
export function Operator({ frame, title, children }: { frame: OperatorFrame; title: string; children: ComponentChildren }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Hookline operator`}</title>
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/page.js" defer />
      </head>
      <body>
        <IconSprite />
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="bar">
          <span class="product">
            <span class="mark" aria-hidden="true">
              H
            </span>
            <strong>Hookline</strong>
            <span class="slash" aria-hidden="true">
              /
            </span>
            <span>Operator</span>
          </span>
          <OperatorForm frame={frame} action="/operator/sign-out">
            <button type="submit" class="plain">
              Leave
            </button>
          </OperatorForm>
        </header>
        <div class="shell">
          <nav class="side" aria-label="Operator">
            <section>
              <h2>Operator</h2>
              <ul>
                {sections.map(({ id, label, href }) => (
                  <li key={id}>
                    <a href={href} aria-current={id === frame.section ? "page" : undefined}>
                      {label}
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          </nav>
          <main id="main" tabIndex={-1}>
            <div id="said" role="status" aria-live="polite">
              {frame.said && <p class="notice ok">{frame.said}</p>}
            </div>
            {children}
            <footer class="small">Times are in UTC.</footer>
          </main>
        </div>
      </body>
    </html>
  );
}

export function OperatorForm({
  frame,
  action,
  children,
  class: className,
}: {
  frame: OperatorFrame;
  action: string;
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <form method="post" action={action} {...(className ? { class: className } : {})}>
      <Csrf token={frame.csrf} />
      {children}
    </form>
  );
}

export function utc(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ");
}
