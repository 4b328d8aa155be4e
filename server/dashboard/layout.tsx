import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";

/** The frame of every page. Preact escapes texts and attributes; nothing here is ever put in as HTML. */
export function Layout({ title, wide = false, children }: { title: string; wide?: boolean; children: ComponentChildren }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Hookline`}</title>
        <link rel="stylesheet" href="/assets/style.css" />
      </head>
      <body>
        <main class={wide ? "wide" : ""}>{children}</main>
      </body>
    </html>
  );
}

export function renderPage(page: Parameters<typeof renderToString>[0]): string {
  return `<!doctype html>${renderToString(page)}`;
}

export function Csrf({ token }: { token: string }) {
  return <input type="hidden" name="csrf" value={token} />;
}
