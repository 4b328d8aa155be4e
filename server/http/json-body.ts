import express, { type RequestHandler } from "express";
import { AppError } from "../errors.ts";

/** Parses a JSON body up to `limit` bytes; another content type is told so instead of being passed over. */
export function jsonBody(limit: number): RequestHandler {
  const parse = express.json({ limit, strict: false, type: () => true });
  return (req, res, next) => {
    const hasBody = req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
    // No body stays undefined, so that each call can say whether it needs one.
    if (!hasBody) return next();
    if (!req.is("application/json") && !req.is("application/*+json")) {
      throw new AppError(
        415,
        `The body must be JSON with the header Content-Type: application/json (it is ${req.get("content-type") ?? "missing"}).`,
      );
    }
    parse(req, res, next);
  };
}
