import { type Connection, type Model, Schema } from "mongoose";

export type Role = "admin" | "member";

/** A person of a company. `_id` is `company key/id`. */
export type UserRecord = {
  _id: string;
  externalId: string;
  company: string;
  email: string;
  name: string;
  role: Role;
  passwordHash?: string;
  /** Grows when the person signs out everywhere; sessions of an earlier epoch are over. */
  epoch?: number;
  createdAt: Date;
  updatedAt: Date;
};

const userSchema = new Schema<UserRecord>(
  {
    _id: String,
    externalId: String,
    company: String,
    email: String,
    name: String,
    role: String,
    passwordHash: String,
    epoch: Number,
    createdAt: Date,
    updatedAt: Date,
  },
  { versionKey: false },
);
// Two requests may provision the same address at once; the second must fail.
userSchema.index({ company: 1, email: 1 }, { unique: true });
userSchema.index({ email: 1 });

export function users(db: Connection): Model<UserRecord> {
  return db.models.User ?? db.model<UserRecord>("User", userSchema);
}

export function presentUser(user: UserRecord) {
  return {
    id: user.externalId,
    email: user.email,
    name: user.name,
    role: user.role,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}
