import { Csrf, Layout } from "../shell/layout.tsx";
import type { KeptForm } from "./kept-form.tsx";

type Props = { csrf: string; returnTo: string; email?: string; problem?: string; kept?: KeptForm | undefined };

/** Email and password. `returnTo` is an address of this site, checked by whoever reads the form; so is what `kept` holds. */
export function SignInPage({ csrf, returnTo, email = "", problem, kept }: Props) {
  return (
    <Layout title="Sign in">
      <div class="card">
        <h1>Sign in</h1>
        {problem && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action="/sign-in">
          <Csrf token={csrf} />
          <input type="hidden" name="return_to" value={returnTo} />
          {kept && <input type="hidden" name="kept" value={JSON.stringify(kept)} />}
          <label for="email">Email</label>
          <input id="email" name="email" type="email" autocomplete="username" required value={email} />
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
          <div class="actions">
            <button type="submit">Sign in</button>
          </div>
        </form>
      </div>
    </Layout>
  );
}
