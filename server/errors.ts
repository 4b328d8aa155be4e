/** One bad field of a request: its dotted path as the caller wrote it, and what to do about it. */
export type FieldError = { field: string; message: string };

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Invalid request",
  429: "Too many attempts",
  503: "Not ready",
};

/** A mistake of the caller's; the one error handler renders it as RFC 9457 problem+json. */
export class AppError extends Error {
  readonly status: number;
  readonly fields: FieldError[];
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    detail: string,
    { fields = [], headers = {} }: { fields?: FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = "AppError";
    this.status = status;
    this.fields = fields;
    this.headers = headers;
  }

  get title(): string {
    return titles[this.status] ?? "Error";
  }
}

export function invalid(fields: FieldError[]): AppError {
  const detail = fields.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join("; ");
  return new AppError(422, detail, { fields });
}

/** The same answer for what doesn't exist and for what belongs to another company. */
export function notFound(what: string): AppError {
  return new AppError(404, `${what} was not found.`);
}
