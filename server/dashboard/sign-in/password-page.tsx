import { Csrf, Layout } from "../shell/layout.tsx";

/** Where an invitation or a reset leads: choose a password, once. */
export function PasswordPage({
  csrf,
  token,
  email,
  purpose,
  problem,
}: {
  csrf: string;
  token: string;
  email: string;
  purpose: "invitation" | "reset";
  problem?: string;
}) {
  const title = purpose === "invitation" ? "Welcome: choose a password" : "Choose a new password";
  return (
    <Layout title={title}>
      <div class="card">
        <h1>{title}</h1>
        <p class="quiet">For {email}. At least 10 characters.</p>
        {problem && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action={`/links/${token}`}>
          <Csrf token={csrf} />
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="new-password" minLength={10} maxLength={200} required />
          <div class="actions">
            <button type="submit">Save and sign in</button>
          </div>
        </form>
      </div>
    </Layout>
  );
}
