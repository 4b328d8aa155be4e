/** What the components of this app rely on: Pipedream hands these over at run time. */

export type Body = {
  id: string;
  event: string;
  timestamp: string;
  data: Record<string, unknown>;
  [field: string]: unknown;
};

export type App = {
  $auth: { oauth_access_token: string };
  makeRequest(request: {
    $?: Record<string, any>;
    method?: "GET" | "POST" | "DELETE";
    path: string;
    params?: object;
    data?: object;
  }): Promise<any>;
  createHook(hook: object): Promise<{ id: string }>;
  deleteHook(id: string): Promise<void>;
  listSamples(event: string, filter: object | undefined, limit: number): Promise<Body[]>;
  listOptions(event: string, path: string): Promise<{ label: string; value: string | number }[]>;
};

/** What an input asks of an event: its field, and how the two are compared. */
export type Conditions = Record<string, { path: string; operator: "eq" | "gte" | "has" }>;

export type Source = {
  app: App;
  db: { get(key: string): any; set(key: string, value: unknown): void };
  http: { endpoint: string; respond(response: { status: number; body?: string }): void };
  $emit(event: Body, metadata: { id: string; summary: string; ts: number }): void;
  getEvent(): string;
  getLabel(): string;
  getConditions(): Conditions;
  getFilter(): Record<string, unknown> | undefined;
  emit(body: Body): void;
  [prop: string]: any;
};

export type HttpEvent = { headers: Record<string, string>; body: Body; bodyRaw: string };
