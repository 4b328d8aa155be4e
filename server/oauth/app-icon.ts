/** A PNG as the operator gives it: a data URL of at most 40 KB. Other formats can carry scripts and are refused. */
export const iconSchema = {
  type: ["string", "null"],
  maxLength: 56_000,
  pattern: "^data:image/png;base64,iVBORw0KGgo[A-Za-z0-9+/]+={0,2}$",
};

const prefix = "data:image/png;base64,";

export function iconBytes(icon: string): Buffer {
  return Buffer.from(icon.slice(prefix.length), "base64");
}

export function iconDataUrl(png: Buffer): string {
  return prefix + png.toString("base64");
}
