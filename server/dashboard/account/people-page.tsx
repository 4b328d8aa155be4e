import type { UserRecord } from "../../accounts/user.ts";
import type { FieldError } from "../../errors.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { ProblemSummary, TextField } from "../shell/form-fields.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";

export type PeoplePageData = {
  people: UserRecord[];
  draft: { name: string; email: string; role: string };
  problems: FieldError[];
  /** A link to hand over, on the one page that shows it. */
  link: { name: string; url: string; purpose: string } | undefined;
};

/** Who belongs to the company, and what admins do about it. */
export function PeoplePage({ viewer, data: { people, draft, problems, link } }: { viewer: Viewer; data: PeoplePageData }) {
  return (
    <Settings viewer={viewer} title="People" section="people">
      <PageTitle
        title="People"
        lead={`Who may sign in for ${viewer.company.name}. Admins see and change everything; members manage what they made.`}
      />
      {link && (
        <section class="notice wait" aria-label="Link">
          <p>
            <strong>Hand this link to {link.name}: it is shown this once.</strong>{" "}
            {link.purpose === "reset"
              ? "It lets them choose a new password, within an hour."
              : "It lets them choose a password, within a week."}
          </p>
          <p class="secret">
            <code>{link.url}</code>
            <CopyButton label="Copy the link" text={link.url} wide />
          </p>
        </section>
      )}
      <div class="table">
        <table>
          <caption class="visually-hidden">People</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="w-time">
                Role
              </th>
              <th scope="col" class="w-day">
                Since
              </th>
              {viewer.admin && (
                <th scope="col">
                  <span class="visually-hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr key={person._id} data-key={person._id}>
                <td class="whole">
                  <strong>{person.name}</strong>
                  {person._id === viewer.user._id && <span class="tag">You</span>}
                  <span class="sub">{person.email}</span>
                </td>
                <td class="left">
                  {person.role === "admin" ? "Admin" : "Member"}
                  {!person.passwordHash && <span class="sub">No password</span>}
                </td>
                <td class="right">
                  <Time at={person.createdAt} as="date" />
                </td>
                {viewer.admin && (
                  <td class="whole">
                    <PersonActions person={person} viewer={viewer} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {viewer.admin && (
        <>
          <h2 class="group">Invite somebody</h2>
          <ProblemSummary problems={problems} />
          <Form action="/settings/people" class="card">
            <TextField name="name" label="Name" value={draft.name} problems={problems} maxLength={200} required />
            <TextField name="email" label="Email" type="email" value={draft.email} problems={problems} maxLength={254} required />
            <div class="field">
              <label for="role">Role</label>
              <select id="role" name="role">
                <option value="member" selected={draft.role !== "admin"}>
                  Member
                </option>
                <option value="admin" selected={draft.role === "admin"}>
                  Admin
                </option>
              </select>
            </div>
            <button type="submit">Invite</button>
          </Form>
        </>
      )}
    </Settings>
  );
}

function PersonActions({ person, viewer }: { person: UserRecord; viewer: Viewer }) {
  const here = `/settings/people/${encodeURIComponent(person.externalId)}`;
  const self = person._id === viewer.user._id;
  const whom = <span class="visually-hidden"> {person.name}</span>;
  return (
    <div class="row-actions">
      {!self && (
        <Form action={`${here}/role`} class="inline">
          <input type="hidden" name="role" value={person.role === "admin" ? "member" : "admin"} />
          <button type="submit" class="plain">
            Make {person.role === "admin" ? "member" : "admin"}
            {whom}
          </button>
        </Form>
      )}
      <Form action={`${here}/link`} class="inline">
        <button type="submit" class="plain">
          {person.passwordHash ? "Reset password" : "Invite again"}
          {whom}
        </button>
      </Form>
      {!self && (
        <a class="button danger" href={`${here}/remove`}>
          Remove…{whom}
        </a>
      )}
    </div>
  );
}

export function RemovePersonPage({ viewer, person, apps, hooks }: { viewer: Viewer; person: UserRecord; apps: number; hooks: number }) {
  return (
    <Settings viewer={viewer} title={`Remove ${person.name}?`} section="people">
      <PageTitle title={`Remove ${person.name}?`} />
      <Form action={`/settings/people/${encodeURIComponent(person.externalId)}/remove`} class="card">
        <p>
          {person.name} is signed out everywhere and can’t sign in any more.{" "}
          {apps > 0
            ? `${counted(apps, "app")} that ${person.name} connected ${apps === 1 ? "is" : "are"} disconnected, and with ${apps === 1 ? "it" : "them"} ${counted(hooks, "webhook")}.`
            : "No app is connected by them."}{" "}
          Webhooks made by hand stay.
        </p>
        <div class="actions">
          <button type="submit" class="danger">
            Remove
          </button>
          <a class="button plain" href="/settings/people">
            Cancel
          </a>
        </div>
      </Form>
    </Settings>
  );
}
