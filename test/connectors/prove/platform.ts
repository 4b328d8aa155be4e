import type { ConnectorApp, Trigger } from "../../../connectors/connector-app.ts";
import type { OutputField } from "../../../connectors/output-fields.ts";
import type { Inbound } from "./inbox.ts";

/** A person says yes: takes the address to authorize at, gives the one the browser was sent back to. */
export type Consent = (authorizeUrl: string) => Promise<URL>;

export type Credentials = { clientId: string; clientSecret: string };
export type Inputs = Record<string, unknown>;

/** A platform's name for one field it offers for mapping. `open` ones take keys that nobody declared. */
export type Declared = {
  path: string[];
  type: "string" | "number" | "integer" | "boolean" | "date" | "list" | "object" | "any";
  open: boolean;
  /** The event may come without it. */
  optional?: boolean;
};

/** A connector's trigger as its platform runs it. */
export type PlayedTrigger = {
  /** The choices of each input that is filled from the server. */
  dropdowns(): Promise<Record<string, unknown[]>>;
  subscribe(targetUrl: string, inputs: Inputs): Promise<unknown>;
  /** What a flow sees when this request arrives: one item, or none where the connector's code refuses it. */
  receive(subscription: unknown, request: Inbound): Promise<Record<string, unknown>[]>;
  /** What the editor shows as samples; undefined where the platform has no such call. */
  samples: ((inputs: Inputs) => Promise<Record<string, unknown>[]>) | undefined;
  /** The sample in the app itself; undefined where the platform's apps have none. */
  staticSample: Record<string, unknown> | undefined;
  declared: Declared[];
  unsubscribe(subscription: unknown): Promise<void>;
};

/** A generated app, loaded and run as its platform does. */
export type PlayedApp = {
  /** Where the platform takes people back to after consent. */
  redirectUri: string;
  connect(consent: Consent, credentials: Credentials): Promise<void>;
  /** The connection test; fails where the connection is no good. Gives the label that people see, where the app makes one. */
  test(): Promise<string | undefined>;
  refresh(): Promise<void>;
  /** Whether the connector's own code checks signatures. */
  verifies: boolean;
  trigger(trigger: Trigger): Promise<PlayedTrigger>;
  /** Takes the connection back as the platform does when a person deletes it; absent where the platform tells nobody. */
  disconnect?(): Promise<void>;
  /** Ends what the platform runs in a process of its own. */
  stop?(): void;
};

export type Platform = {
  id: string;
  /** What stands in for the platform. */
  playedBy: string;
  /** The platform's own lint, compiler or validation; throws with what it finds. */
  check?(folder: string): Promise<void>;
  load(folder: string, app: ConnectorApp): Promise<PlayedApp>;
};

/** The paths, leaves only, that an event may come without: what didn't change is not in `previous_data`. */
export function optionalPaths({ fields }: Trigger): Set<string> {
  const found = new Set<string>();
  const visit = (field: OutputField, optional: boolean): void => {
    const own = optional || !field.required;
    if (own) found.add(field.path);
    for (const child of field.children) visit(child, own);
  };
  for (const field of fields) visit(field, false);
  return found;
}

/** The event's own schema as declared fields, for platforms whose apps declare none: there users map what arrives. */
export function catalogueFields(trigger: Trigger): Declared[] {
  const optional = optionalPaths(trigger);
  const visit = (field: OutputField): Declared[] =>
    field.type === "object" && field.children.length > 0
      ? field.children.flatMap(visit)
      : [{ path: field.path.split("."), type: typeOf(field), open: field.open, optional: optional.has(field.path) }];
  return trigger.fields.flatMap(visit);
}

function typeOf({ type, format }: OutputField): Declared["type"] {
  if (format === "date-time") return "date";
  return type === "array" ? "list" : type;
}
