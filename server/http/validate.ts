import type { ErrorObject, ValidateFunction } from "ajv";
import { newAjv } from "../../schemas/load-catalogue.ts";
import { AppError, type FieldError, invalid } from "../errors.ts";

const ajv = newAjv();
const mostErrors = 50;

/** Compiles a request schema; the function gives the typed body or throws a 422 that names every bad field. */
export function requestParser<T>(schema: object): (body: unknown) => T {
  const check: ValidateFunction = ajv.compile(schema);
  return (body) => {
    if (body === undefined) throw new AppError(400, "The request needs a JSON body with the header Content-Type: application/json.");
    if (!check(body)) throw invalid(fieldErrors(check.errors ?? []));
    return body as T;
  };
}

/** Ajv's errors in the caller's terms: `data.owner.id: must be integer (it is "x")`. */
export function fieldErrors(errors: readonly ErrorObject[]): FieldError[] {
  const described = errors.filter(({ keyword }) => keyword !== "if").map(describe);
  // An unevaluated field inside allOf branches is reported by each of them.
  return [...new Map(described.map((error) => [`${error.field} ${error.message}`, error])).values()].slice(0, mostErrors);
}

function describe(error: ErrorObject): FieldError {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const { params } = error;
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      return { field: [...path, name].join("."), message: `is not a known field${knownFields(error)}` };
    }
    case "required":
      return { field: [...path, String(params.missingProperty)].join("."), message: "is missing" };
    case "enum":
      return {
        field: path.join("."),
        message: `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(", ")}${actual(error)}`,
      };
    case "const":
      return { field: path.join("."), message: `must be ${JSON.stringify(params.allowedValue)}${actual(error)}` };
    case "type":
      return { field: path.join("."), message: `must be ${[params.type].flat().join(" or ")}${actual(error)}` };
    default:
      return { field: path.join("."), message: `${error.message ?? "is invalid"}${actual(error)}` };
  }
}

function knownFields(error: ErrorObject): string {
  const properties = (error.parentSchema as { properties?: object } | undefined)?.properties;
  const names = properties ? Object.keys(properties) : [];
  return error.keyword === "additionalProperties" && names.length > 0 ? `; known are ${names.join(", ")}` : "";
}

function actual(error: ErrorObject): string {
  const value = error.data;
  if (value === undefined) return "";
  if (Array.isArray(value)) return " (it is an array)";
  if (typeof value === "object" && value !== null) return " (it is an object)";
  const shown = JSON.stringify(value);
  return ` (it is ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown})`;
}
