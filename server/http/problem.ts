import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";

/** Renders every error as RFC 9457 problem+json. What is not the caller's mistake is logged and told as little as needed. */
export function renderProblems({ log }: Pick<Context, "log">): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const known = asAppError(error);
    if (!known) log.error({ err: error, method: req.method, path: req.path }, "a request failed");
    const problem = known ?? new AppError(500, "Something went wrong here; it has been logged. The request may be sent again.");
    for (const [name, value] of Object.entries(problem.headers)) res.setHeader(name, value);
    res
      .status(problem.status)
      .type("application/problem+json")
      .send(
        JSON.stringify({
          type: "about:blank",
          title: problem.status === 500 ? "Internal error" : problem.title,
          status: problem.status,
          detail: problem.message,
          ...(problem.fields.length > 0 ? { errors: problem.fields } : {}),
        }),
      );
  };
}

export const unknownRoute: RequestHandler = (req) => {
  throw new AppError(404, `There is nothing at ${req.method} ${req.path}.`);
};

/** What Express and its body parser throw, in our terms. */
function asAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const { type, status, limit, message } = error as { type?: string; status?: number; limit?: number; message?: string };
  switch (type) {
    case "entity.parse.failed":
      return new AppError(400, `The body is not valid JSON: ${message}`);
    case "entity.too.large":
      return new AppError(413, `The body is larger than ${limit} bytes, the most this call takes.`);
    case "charset.unsupported":
    case "encoding.unsupported":
      return new AppError(415, `${message}; send JSON in UTF-8.`);
  }
  if (error instanceof URIError) return new AppError(400, "The address has a malformed percent sign.");
  return status !== undefined && status >= 400 && status < 500 ? new AppError(status, message ?? "Bad request.") : undefined;
}
