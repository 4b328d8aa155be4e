/** MongoDB's error codes that this store answers with; names as in MongoDB's `error_codes.yml`. */
const names = {
  1: "InternalError",
  2: "BadValue",
  9: "FailedToParse",
  13: "Unauthorized",
  14: "TypeMismatch",
  22: "InvalidBSON",
  16: "InvalidLength",
  20: "IllegalOperation",
  26: "NamespaceNotFound",
  27: "IndexNotFound",
  28: "PathNotViable",
  40: "ConflictingUpdateOperators",
  43: "CursorNotFound",
  48: "NamespaceExists",
  52: "DollarPrefixedFieldName",
  56: "EmptyFieldName",
  50: "MaxTimeMSExpired",
  54: "NotSingleValueField",
  59: "CommandNotFound",
  66: "ImmutableField",
  67: "CannotCreateIndex",
  72: "InvalidOptions",
  73: "InvalidNamespace",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  115: "CommandNotSupported",
  146: "ExceededMemoryLimit",
  175: "QueryPlanKilled",
  171: "CannotIndexParallelArrays",
  238: "NotImplemented",
  10334: "BSONObjectTooLarge",
  291: "NoQueryExecutionPlans",
  292: "QueryExceededMemoryLimitNoDiskUseAllowed",
  11000: "DuplicateKey",
  40324: "Location40324",
  15958: "Location15958",
  40323: "Location40323",
  51108: "Location51108",
  51024: "Location51024",
  5107200: "Location5107200",
  14031: "OutOfDiskSpace",
  15975: "Location15975",
  16410: "Location16410",
  28667: "Location28667",
  28724: "Location28724",
  31249: "Location31249",
  31253: "Location31253",
  31254: "Location31254",
  31274: "Location31274",
  51246: "Location51246",
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
