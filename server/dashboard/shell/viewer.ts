import type { Request, Response } from "express";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Product } from "../../../schemas/load-catalogue.ts";
import { companyScopes } from "../../accounts/api-key.ts";
import { type CompanyRecord, companies } from "../../accounts/company.ts";
import type { UserRecord } from "../../accounts/user.ts";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import type { CompanyCaller } from "../../http/authenticate.ts";
import { csrfToken, signedIn } from "../../people/session.ts";

/** One of the companies that the person at the browser belongs to, and who they are there. */
export type Person = { user: UserRecord; company: CompanyRecord; product: Product };

/** Who looks at a page, and how they want it shown. */
export type Viewer = Person & {
  people: Person[];
  admin: boolean;
  csrf: string;
  zone: string;
  /** Shown inside the product's own page, which has its own bar. */
  embedded: boolean;
  now: Date;
  /** What had changed until the page was rendered; see `Changes`. */
  version: number;
  /** Path and query of the page, for forms that come back to it. */
  url: string;
  flash: { kind: "ok" | "bad" | "wait"; text: string } | undefined;
};

export type ViewingParts = Pick<Context, "db" | "clock" | "catalogue" | "engine">;

export const ViewerContext = createContext<Viewer | undefined>(undefined);

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("this part of a page needs a viewer");
  return viewer;
}

export function viewerOf(res: Response): Viewer {
  return res.locals.viewer as Viewer;
}

/** The viewer as the rooms' verbs know callers. */
export function callerOf(res: Response): CompanyCaller {
  const { user, company, product } = viewerOf(res);
  return {
    product: product.id,
    company: company._id,
    user: user._id,
    install: undefined,
    scopes: [...companyScopes],
    id: user._id,
    name: user.name,
    address: res.req.ip ?? "",
  };
}

/**
 * Who is signed in, and in which of their companies: the one the form was made in (`as`), otherwise the one they looked at
 * last. undefined where nobody is.
 */
export async function findViewer(ctx: ViewingParts, req: Request): Promise<Viewer | undefined> {
  const users = await signedIn(ctx, req);
  if (users.length === 0) return undefined;
  const found = await companies(ctx.db)
    .find({ _id: { $in: users.map(({ company }) => company) } })
    .lean();
  const people = users.flatMap((user): Person[] => {
    const company = found.find(({ _id }) => _id === user.company);
    const product = company && ctx.catalogue.get(company.product);
    return company && product ? [{ user, company, product }] : [];
  });
  const wanted = typeof req.body?.as === "string" ? req.body.as : req.session.current;
  const person = people.find(({ user }) => user._id === wanted) ?? people[0];
  if (!person) return undefined;
  const { flash } = req.session;
  if (flash && req.method === "GET" && !isFragment(req)) delete req.session.flash;
  if (req.session.current !== person.user._id) req.session.current = person.user._id;
  return {
    ...person,
    people,
    admin: person.user.role === "admin",
    csrf: csrfToken(req),
    zone: zoneOf(req),
    embedded: req.session.embedded === true,
    now: ctx.clock.now(),
    version: ctx.engine.changes.version,
    url: req.originalUrl,
    flash,
  };
}

/** A record of another of the person's companies was opened by its address: then that company is the one they look at. */
export function viewAs(req: Request, res: Response, company: string): Viewer {
  const viewer = viewerOf(res);
  if (viewer.company._id === company) return viewer;
  const person = viewer.people.find((one) => one.company._id === company);
  if (!person) throw new AppError(404, "There is nothing here, or it belongs to a company you are not signed in to.");
  req.session.current = person.user._id;
  const switched: Viewer = { ...viewer, ...person, admin: person.user.role === "admin" };
  res.locals.viewer = switched;
  return switched;
}

/** Asked for by the page's script, to bring parts of the page up to date. */
export function isFragment(req: Request): boolean {
  return req.get("x-fragment") === "1";
}

const knownZones = new Set<string>();

/** The reader's time zone, from the cookie that the page's script or the form sets; UTC until then. */
function zoneOf(req: Request): string {
  const given = /(?:^|;\s*)tz=([^;]{1,100})/.exec(req.headers.cookie ?? "")?.[1];
  if (!given) return "UTC";
  try {
    return checkedZone(decodeURIComponent(given)) ?? "UTC";
  } catch {
    return "UTC";
  }
}

export function checkedZone(name: string): string | undefined {
  if (knownZones.has(name)) return name;
  if (!/^[A-Za-z0-9_+/-]{1,60}$/.test(name)) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return undefined;
  }
  if (knownZones.size < 1_000) knownZones.add(name);
  return name;
}

/** Says something on the next page that is shown. */
export function flash(req: Request, text: string, kind: "ok" | "bad" | "wait" = "ok"): void {
  req.session.flash = { kind, text };
}
