import { type Connection, type Model, Schema } from "mongoose";
import type { FieldError } from "../errors.ts";

/** An event that the product's backend sent and that broke its schema: for "why didn't this fire?". Its data is not kept. */
export type RefusalRecord = {
  _id: string;
  company: string;
  type: string;
  /** The product's id of it, where it gave one. */
  eventId: string | null;
  /** The record's id, if it had one. */
  recordId: string | null;
  problems: FieldError[];
  at: Date;
};

const refusalSchema = new Schema<RefusalRecord>(
  {
    _id: String,
    company: String,
    type: String,
    eventId: String,
    recordId: String,
    problems: [{ _id: false, field: String, message: String }],
    at: Date,
  },
  { versionKey: false },
);
refusalSchema.index({ company: 1, at: 1 });
refusalSchema.index({ at: 1 }, { expireAfterSeconds: 7 * 24 * 3_600 });

export function refusals(db: Connection): Model<RefusalRecord> {
  return db.models.Refusal ?? db.model<RefusalRecord>("Refusal", refusalSchema);
}
