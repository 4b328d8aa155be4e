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

  async get(path: string): Promise<Page> {
    const answer = await supertest(this.#url).get(path).set("cookie", this.cookies).redirects(0);
    this.#keep(answer.headers);
    return answer as unknown as Page;
  }

  async post(path: string, fields: Record<string, string>): Promise<Page> {
    const answer = await supertest(this.#url).post(path).set("cookie", this.cookies).redirects(0).type("form").send(fields);
    this.#keep(answer.headers);
    return answer as unknown as Page;
  }

  async signIn(email: string, password: string, returnTo = ""): Promise<Page> {
    const page = await this.get(`/sign-in?return_to=${encodeURIComponent(returnTo)}`);
    return this.post("/sign-in", { ...fieldsOf(page), email, password });
  }
}

/** The hidden fields of a page's form. */
export function fieldsOf(page: Page, action?: string): Record<string, string> {
  const forms = [...page.text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)];
  const form = forms.find(([, target]) => action === undefined || target === action)?.[2] ?? "";
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&").replaceAll("&quot;", '"')]));
}
