import type { CompanyRecord } from "../../accounts/company.ts";
import { PageTitle } from "../shell/layout.tsx";
import { Operator, type OperatorFrame, utc } from "./operator-shell.tsx";

export type CompaniesData = {
  companies: (CompanyRecord & { hooks: number; people: number; installs: number })[];
  q: string;
  next: string | undefined;
};

/** Tenants with their numbers, none of their data. */
export function CompaniesPage({ frame, data: { companies, q, next } }: { frame: OperatorFrame; data: CompaniesData }) {
  return (
    <Operator frame={frame} title="Companies">
      <PageTitle title="Companies" lead="Every tenant of every product. Their data is for their own people only." />
      <form class="filters" method="get" action="/operator/companies">
        <div class="grow">
          <label for="q">Name or id</label>
          <input id="q" type="search" name="q" value={q} />
        </div>
        <div>
          <button type="submit" class="plain">
            Search
          </button>
        </div>
      </form>
      {companies.length === 0 ? (
        <div class="table nothing">
          <p>{q ? "No company matches." : "There are no companies yet. The product’s backend makes them: PUT /v1/companies/{id}."}</p>
        </div>
      ) : (
        <div class="table">
          <table>
            <caption class="visually-hidden">Companies</caption>
            <thead>
              <tr>
                <th scope="col">Company</th>
                <th scope="col" class="w-narrow">
                  Webhooks
                </th>
                <th scope="col" class="w-narrow">
                  Apps
                </th>
                <th scope="col" class="w-narrow">
                  People
                </th>
                <th scope="col" class="w-day">
                  Since
                </th>
              </tr>
            </thead>
            <tbody>
              {companies.map((company) => (
                <tr key={company._id} data-key={company._id}>
                  <td class="whole">
                    <strong>{company.name}</strong>
                    <span class="mono sub">
                      {company.product} · {company.externalId}
                    </span>
                  </td>
                  <td class="left">
                    {company.hooks}
                    <span class="narrow-only"> webhooks</span>
                  </td>
                  <td class="right">
                    {company.installs}
                    <span class="narrow-only"> apps</span>
                  </td>
                  <td class="left">
                    {company.people}
                    <span class="narrow-only"> people</span>
                  </td>
                  <td class="right">{utc(company.createdAt).slice(0, 10)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next && (
        <div class="table-foot">
          <span class="small">Showing {companies.length}</span>
          <nav class="pages" aria-label="Pages">
            <a class="button plain" rel="next" href={`/operator/companies?${new URLSearchParams({ ...(q ? { q } : {}), after: next })}`}>
              Next
            </a>
          </nav>
        </div>
      )}
    </Operator>
  );
}
