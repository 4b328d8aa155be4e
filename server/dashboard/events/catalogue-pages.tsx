import type { EventType } from "../../../schemas/load-catalogue.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { counted, hookName } from "../deliveries/delivery-words.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { JsonView } from "../shell/json-view.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import type { Viewer } from "../shell/viewer.ts";

/** Everything there is an event for. */
export function CataloguePage({ viewer }: { viewer: Viewer }) {
  const { product } = viewer;
  return (
    <Settings viewer={viewer} title="Sample data" section="catalogue">
      <PageTitle
        title="Sample data"
        lead={`The ${counted(product.eventTypes.size, "event")} of ${product.name}, and exactly what each one sends.`}
      />
      <div class="filters scripted">
        <div class="grow">
          <label for="search" class="visually-hidden">
            Search events
          </label>
          <input id="search" type="search" placeholder="Search events" data-filters="[data-event]" />
        </div>
      </div>
      {product.categories.map(({ id, label, description }) => (
        <section key={id} data-group aria-labelledby={`category-${id}`}>
          <h2 class="group" id={`category-${id}`}>
            {label} <span class="small">{description}</span>
          </h2>
          <ul class="card plain-list lines catalogue">
            {[...product.eventTypes.values()]
              .filter(({ category }) => category === id)
              .map(({ type, label: name, description: says }) => (
                <li key={type} data-event>
                  <span>
                    <a href={`/settings/catalogue/${type}`}>
                      <strong>{name}</strong>
                    </a>
                    <span class="sub quiet">{says}</span>
                  </span>
                  <code>{type}</code>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </Settings>
  );
}

export type TypePageData = { eventType: EventType; sample: object; source: "events" | "catalogue"; receivers: HookRecord[] };

/** One event type: a sample, its fields, its schema, and the way to have it sent. */
export function TypePage({ viewer, data: { eventType, sample, source, receivers } }: { viewer: Viewer; data: TypePageData }) {
  const { type, label, description, fields, schema } = eventType;
  const text = JSON.stringify(sample);
  return (
    <Settings viewer={viewer} title={label} section="catalogue">
      <div class="crumbs">
        <nav aria-label="Way back">
          <a href="/settings/catalogue">Sample data</a> <span aria-hidden="true">/</span> {label}
        </nav>
      </div>
      <PageTitle title={label} lead={description}>
        <a class="button" href={`/settings/webhooks/new?event=${type}`}>
          <Icon name="plus" />
          New webhook for it
        </a>
      </PageTitle>
      <div class="columns">
        <section class="card">
          <div class="code-head">
            <h2>Sample</h2>
            <CopyButton label="Copy the sample" text={text} />
          </div>
          <p class="small">
            {source === "events" ? "Your latest real event of this type." : "From the catalogue; you had no such event yet."}
          </p>
          <div id="example">
            <JsonView text={text} label={`Sample of ${type}`} />
          </div>
        </section>
        <div class="stack">
          <section class="card">
            <h2>Send it to…</h2>
            {receivers.length === 0 ? (
              <p class="quiet">None of your webhooks gets {type}.</p>
            ) : (
              <ul class="plain-list lines">
                {receivers.map((hook) => (
                  <li key={hook._id}>
                    <a href={`/settings/webhooks/${hook._id}`}>{hookName(hook)}</a>
                    <Form action={`/settings/webhooks/${hook._id}/test`} class="inline">
                      <input type="hidden" name="event" value={type} />
                      <button type="submit" class="plain">
                        Send test<span class="visually-hidden"> to {hookName(hook)}</span>
                      </button>
                    </Form>
                  </li>
                ))}
              </ul>
            )}
            <p class="small">A test sends the catalogue’s example, marked as a test in the history.</p>
          </section>
          <section class="card">
            <h2>Fields</h2>
            <div class="field-table">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Field</th>
                    <th scope="col">What it is</th>
                  </tr>
                </thead>
                <tbody>
                  {[...fields.values()].map((field) => (
                    <tr key={field.path}>
                      <th scope="row">
                        <span class="mono">{field.path}</span>
                        <span class="sub small">
                          {field.items ? `list of ${field.items}` : field.type}
                          {field.format && `, ${field.format}`}
                          {field.nullable && ", or null"}
                        </span>
                      </th>
                      <td>
                        {field.title}. <span class="quiet">{field.description}</span>
                        {field.values && field.values.length > 1 && (
                          <span class="sub small">One of: {field.values.map(String).join(", ")}</span>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <section class="card">
            <details>
              <summary>
                <strong>JSON Schema</strong>
              </summary>
              <JsonView text={JSON.stringify({ ...schema, examples: undefined })} label={`JSON Schema of ${type}`} />
            </details>
          </section>
        </div>
      </div>
    </Settings>
  );
}
