/** MongoDB's error codes that this store answers with; names as in MongoDB's `error_codes.yml`. */
const names = {
  2: "BadValue",
  9: "FailedToParse",
  14: "TypeMismatch",
  20: "IllegalOperation",
  26: "NamespaceNotFound",
  27: "IndexNotFound",
  28: "PathNotViable",
  40: "ConflictingUpdateOperators",
  43: "CursorNotFound",
  48: "NamespaceExists",
  52: "DollarPrefixedFieldName",
  56: "EmptyFieldName",
  59: "CommandNotFound",
  66: "ImmutableField",
  67: "CannotCreateIndex",
  73: "InvalidNamespace",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  115: "CommandNotSupported",
  146: "ExceededMemoryLimit",
  171: "CannotIndexParallelArrays",
  238: "NotImplemented",
  10334: "BSONObjectTooLarge",
  292: "QueryExceededMemoryLimitNoDiskUseAllowed",
  11000: "DuplicateKey",
  40324: "Location40324",
  31254: "Location31254",
} as const;

export type StoreErrorCode = keyof typeof names;

/** A refusal in MongoDB's own terms; the driver turns it into a MongoServerError with the same code. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: StoreErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "StoreError";
    this.code = code;
    this.details = details;
  }

  get codeName(): string {
    return names[this.code];
  }
}
