import supertest from "supertest";

export type Page = { status: number; headers: Record<string, string>; text: string };

/** A person's browser as far as pages without scripts need one: cookies, forms, and redirects that are looked at. */
export class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  get cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(headers: Record<string, unknown>): void {
    for (const cookie of (headers["set-cookie"] as string[] | undefined) ?? []) {
      const [pair = ""] = cookie.split(";");
      const equals = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    const answer = await supertest(this.#url)
      .get(path)
      .set({ ...headers, cookie: this.cookies })
      .redirects(0);
    this.#keep(answer.headers);
    return answer as unknown as Page;
  }

  /** A list stands for several fields of one name, as checkboxes send them. */
  async post(path: string, fields: Record<string, string | string[]>, headers: Record<string, string> = {}): Promise<Page> {
    const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    const body = new URLSearchParams(pairs).toString();
    const answer = await supertest(this.#url)
      .post(path)
      .set({ ...headers, cookie: this.cookies })
      .redirects(0)
      .type("form")
      .send(body);
    this.#keep(answer.headers);
    return answer as unknown as Page;
  }

  async signIn(email: string, password: string, returnTo = ""): Promise<Page> {
    const page = await this.get(`/sign-in?return_to=${encodeURIComponent(returnTo)}`);
    return this.post("/sign-in", { ...fieldsOf(page), email, password });
  }
}

/** Submits a form of a page with its hidden fields and these beside them, and follows to where it leads. */
export async function submit(
  browser: Browser,
  page: Page,
  action: string,
  fields: Record<string, string | string[]> = {},
): Promise<Page & { path: string }> {
  const answer = await browser.post(action, { ...fieldsOf(page, action), ...fields });
  if (answer.status !== 303) return { ...answer, status: answer.status, text: answer.text, headers: answer.headers, path: action };
  const path = answer.headers.location as string;
  const next = await browser.get(path);
  return { status: next.status, text: next.text, headers: next.headers, path };
}

/** A page's words as people read them. */
export function wordsOf(page: Pick<Page, "text">): string {
  return page.text
    .replace(/<(script|style|svg|head)\b.*?<\/\1>/gs, " ")
    .replace(/<[^>]+>/g, " ")
    .replace(/&amp;/g, "&")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/\s+/g, " ")
    .replace(/ ([.,;!?)])/g, "$1");
}

/** The hidden fields of a page's form. */
export function fieldsOf(page: Page, action?: string): Record<string, string> {
  const forms = [...page.text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)];
  const form = forms.find(([, target]) => action === undefined || target === action)?.[2] ?? "";
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&").replaceAll("&quot;", '"')]));
}
