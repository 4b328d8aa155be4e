import { Layout } from "../shell/layout.tsx";

/** Something to be told, and perhaps where to go on. */
export function MessagePage({ title, message, next }: { title: string; message: string; next?: { href: string; label: string } }) {
  return (
    <Layout title={title}>
      <div class="card">
        <h1>{title}</h1>
        <p>{message}</p>
        {next && (
          <p>
            <a href={next.href}>{next.label}</a>
          </p>
        )}
      </div>
    </Layout>
  );
}
