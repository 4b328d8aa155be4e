import { Csrf, Layout } from "../shell/layout.tsx";

export function OperatorSignInPage({ csrf, problem }: { csrf: string; problem?: string }) {
  return (
    <Layout title="Operator">
      <div class="card">
        <h1>Operator</h1>
        <p class="quiet">
          With a key from <code>npx hookline keys add --operator</code>.
        </p>
        {problem && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action="/operator/sign-in">
          <Csrf token={csrf} />
          <label for="key">Operator key</label>
          <input id="key" name="key" type="password" autocomplete="off" required />
          <div class="actions">
            <button type="submit">Open</button>
          </div>
        </form>
      </div>
    </Layout>
  );
}
